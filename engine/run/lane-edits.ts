/** What an operator changes of a lane by hand: its watermark, or all that it remembers. Never while a run holds it. */
import { dirname, join } from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { readGenerations } from '../checkpoint/generations.ts';
import { formatInstant, instantOfMs, parseInstant } from '../checkpoint/instant.ts';
import { openLane } from '../checkpoint/lane-store.ts';
import { telling } from '../checkpoint/state-error.ts';
import type { Env } from '../env.ts';
import { EngineError } from '../errors.ts';
import { openDestination, parseDestination } from '../write/index.ts';
import { ndjsonDirectory } from '../write/ndjson-directory.ts';

type World = Pick<Env, 'files' | 'byteFiles' | 'clock' | 'randomBytes'>;

/** A lane as `inspectLanes` finds it. */
export interface LanePlace {
  /** Of its files, without their endings: the stream comes first. */
  name: string;
  path: string;
}

/** Where a watermark that is set by hand comes to lie. */
export interface WatermarkMove {
  /** RFC 3339 with nine digits of the second, as lanes write it. */
  to: string;
  /** `forward`: what lies between the watermarks is asked for by no run, but by a regular sweep. */
  direction: 'back' | 'forward' | 'nowhere';
}

/**
 * @param before the watermark as it is
 * @param now milliseconds since the epoch
 * @throws EngineError `usage-option` for what is no instant, or is in the future
 */
export function watermarkMove(before: string | undefined, asked: string, now: number): WatermarkMove {
  const to = parseInstant(asked);
  if (to === undefined) throw badWatermark(`is \`${asked}\`, expected an instant`, now);
  if (to > instantOfMs(now))
    throw badWatermark(
      `is \`${asked}\`, which is in the future: what comes until then would be asked for by no run`,
      now,
    );
  const from = parseInstant(before);
  const direction = from === to ? 'nowhere' : from !== undefined && to < from ? 'back' : 'forward';
  return { to: formatInstant(to, 9), direction };
}

/**
 * Commits a generation that differs in the watermark. What an unfinished scan was asking for is forgotten, and so is what it began:
 * the next run asks from the watermark.
 * @param watermark RFC 3339
 * @throws EngineError `state-locked` while a run holds the lane; `state-` as for a run
 */
export function moveWatermark(
  lane: LanePlace,
  watermark: string,
  { byteFiles, clock, randomBytes }: World,
): void {
  const store = openLane(lane.path, { files: byteFiles, now: () => clock.now(), randomBytes });
  try {
    const before = store.checkpoint();
    if (!before) throw neverCommitted(lane);
    const { scan: _, ...rest } = before;
    store.commit({ checkpoint: { ...rest, watermark } });
  } finally {
    store.close();
  }
}

/**
 * Deletes what the lane remembers, whole or damaged, after its output has been brought to its committed end: nothing else would do
 * that any more. Killed in between, it is told as damage, and can be done again.
 * @returns the files that are gone
 * @throws EngineError `state-locked` while a run holds the lane, `state-unwritable`; `destination-` as for a run
 */
export async function forgetLane(lane: LanePlace, world: World): Promise<string[]> {
  const { byteFiles } = world;
  const folder = dirname(lane.path);
  const lock = telling(lane.path, () => byteFiles.lock(`${lane.path}.lock`));
  try {
    await finishOutput(lane, world);
    return telling(lane.path, () => {
      const names = byteFiles.names(folder).filter((name) => isFileOf(lane.name, name));
      // The checkpoints first: nothing names the others then.
      const isCheckpoint = (name: string) => name.includes('.checkpoint-');
      names.sort((a, b) => Number(isCheckpoint(b)) - Number(isCheckpoint(a)) || (a < b ? -1 : 1));
      for (const name of names) byteFiles.remove(join(folder, name));
      byteFiles.syncDirectory(folder);
      return names;
    });
  } finally {
    lock.release();
  }
}

/** Parts that a killed run left open get their committed length and their name; who could tell it is about to be forgotten. */
async function finishOutput(lane: LanePlace, { files, byteFiles, clock, randomBytes }: World): Promise<void> {
  const found = readable(lane, byteFiles);
  const [newest] = found?.whole ?? [];
  if (!found?.lane || !newest) return;
  const [stream = ''] = lane.name.split('.');
  const about = { stream, lane: found.lane, generation: () => 0, env: { files, clock, randomBytes } };
  const { destinations }: Checkpoint = newest.checkpoint;
  const others = Object.values(destinations);
  const directories = [dirname(lane.path)];
  for (const [name, position] of Object.entries(destinations)) {
    if (!name.startsWith('ndjson:')) continue;
    const spec = parseDestination(name);
    await openDestination(spec, about).recover(position, others);
    if (spec.type === 'ndjson') directories.push(spec.directory);
  }
  for (const directory of directories) {
    const dead = ndjsonDirectory({ ...about, name: 'dead-letters', directory: join(directory, 'dead') });
    await dead.recover(destinations['dead-letters'], others);
  }
}

function readable(
  { path }: LanePlace,
  files: World['byteFiles'],
): ReturnType<typeof readGenerations> | undefined {
  try {
    return readGenerations(path, files);
  } catch {
    // Nobody can tell any more what was committed.
    return undefined;
  }
}

/** The lock stays: whoever deletes one takes it from under another's hands. Other lanes' names may begin alike. */
function isFileOf(lane: string, name: string): boolean {
  if (!name.startsWith(`${lane}.`)) return false;
  return /^(checkpoint-(0|1|next)|seen-\d+|groups[^.]*|[^.]+\.join)$/.test(name.slice(lane.length + 1));
}

function badWatermark(observed: string, now: number): EngineError {
  const example = formatInstant(instantOfMs(Math.floor(now / 86_400_000) * 86_400_000));
  return new EngineError({
    code: 'usage-option',
    kind: 'usage',
    message: `--watermark ${observed}`,
    fix: `give it in RFC 3339, as in --watermark ${example}`,
  });
}

function neverCommitted({ name }: LanePlace): EngineError {
  return new EngineError({
    code: 'state-uncommitted',
    kind: 'state',
    message: `the lane \`${name}\` has committed nothing yet`,
    fix: 'let a run finish first',
  });
}
