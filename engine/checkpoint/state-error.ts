/** What is wrong with the state? What the file system refuses, as `state-` errors. */
import { EngineError } from '../errors.ts';

/** Runs `work` on the state at `path` and tells what fails as an EngineError. */
export function telling<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof EngineError ? error : stateError(path, error);
  }
}

function stateError(path: string, cause: unknown): EngineError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const text = cause instanceof Error ? cause.message : String(cause);
  if (code === 'ELOCKED') {
    return new EngineError({
      code: 'state-locked',
      kind: 'state',
      message: `another run holds this lane: \`${path}\` is locked`,
      fix: 'wait for the other run to end, or use another --state',
      cause,
    });
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new EngineError({
      code: 'state-full',
      kind: 'state',
      message: `no space left to write state to \`${path}\``,
      fix: 'free space on that file system, or use another --state',
      cause,
    });
  }
  return new EngineError({
    code: 'state-unwritable',
    kind: 'state',
    message: `cannot open or write state at \`${path}\`: ${text}`,
    fix: 'give this user write access to the state directory, or use another --state',
    cause,
  });
}

/** The state holds something that cannot be trusted. */
export function corruptState(path: string, found: string, cause?: unknown): EngineError {
  return new EngineError({
    code: 'state-corrupt',
    kind: 'state',
    message: `state at \`${path}\` is damaged: ${found}`,
    fix: 'restore its files, or remove them to begin this lane again: every event is then sent once more',
    cause,
  });
}
