/** What does a state directory hold, and is it whole? Told without changing any of it. */
import { join } from 'node:path';
import type { ByteFiles } from '../byte-files.ts';
import { wholeText } from '../checked-line.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { readGenerations } from '../checkpoint/generations.ts';
import { recovered } from '../checkpoint/recovered.ts';
import { SeenSet } from '../checkpoint/seen-set.ts';
import { telling } from '../checkpoint/state-error.ts';
import { EngineError } from '../errors.ts';
import { CALLS_SUFFIX, callPageOf, damagedCalls } from '../fetch/call-page.ts';
import { AppendFile } from '../join/append-file.ts';
import { isSealed } from '../join/seal.ts';

export interface InspectedLane {
  /** Of its files, without their endings. */
  name: string;
  path: string;
  /** A run is at work on it: what is told here may be over by now. */
  isHeld: boolean;
  /** The committed checkpoint in force; absent before the first commit, and where none can be trusted. */
  checkpoint?: Checkpoint;
  /** Number of its generation; 0 before the first commit. */
  generation: number;
  /** When it was committed, milliseconds since the epoch. */
  committedAt?: number;
  /** Delivered records that are known. */
  seenRecords: number;
  /** What is damaged, as a run would tell it, or what would make it refuse the lane. Empty when all is whole. */
  damage: EngineError[];
  /** Kept lists of joins. One that is not sealed is unfinished or damaged: the next run reads it from the vendor anew. */
  joins: { name: string; bytes: number; isSealed: boolean }[];
}

/** Looks while a run commits: so often at most. */
const LOOKS_MAX = 5;

/** The lanes of a state directory, in the order of their names; none where there is no such directory. */
export function inspectLanes(directory: string, files: ByteFiles): InspectedLane[] {
  const names = telling(directory, () => files.names(directory));
  const lanes = new Set(names.flatMap((name) => /^(.+)\.checkpoint-[01]$/.exec(name)?.[1] ?? []));
  return [...lanes].sort().map((name) => {
    const path = join(directory, name);
    const prefix = `${name}.`;
    // Names of other lanes may begin alike; those of joins have no dot.
    const joined = names.filter(
      (one) => one.startsWith(prefix) && /^[^.]+\.join$/.test(one.slice(prefix.length)),
    );
    return {
      name,
      path,
      isHeld: isHeld(`${path}.lock`, files),
      ...lookedAt(path, files),
      joins: joined.map((one) => ({
        name: one.slice(prefix.length, -'.join'.length),
        ...joinFile(join(directory, one), files),
      })),
    };
  });
}

/** What lanes share: files of calls that are not as they were written. */
export function inspectCalls(directory: string, files: ByteFiles): EngineError[] {
  const names = telling(directory, () => files.names(directory)).filter((name) =>
    name.endsWith(CALLS_SUFFIX),
  );
  return names.sort().flatMap((name) => {
    const path = join(directory, name);
    // One that is gone meanwhile was taken over by another run.
    const text = telling(path, () => wholeText(path, files));
    return text === undefined || callPageOf(text) ? [] : [damagedCalls(path)];
  });
}

type Look = Pick<InspectedLane, 'checkpoint' | 'generation' | 'committedAt' | 'seenRecords' | 'damage'>;

/** What looks damaged may have been replaced while it was read. */
function lookedAt(path: string, files: ByteFiles): Look {
  let look = lookAt(path, files);
  for (let looks = 1; look.damage.length > 0 && looks < LOOKS_MAX; looks++) {
    const again = lookAt(path, files);
    if (again.generation === look.generation) break;
    look = again;
  }
  return look;
}

function lookAt(path: string, files: ByteFiles): Look {
  // Nothing of the files is to change, their modes neither.
  const readOnly: ByteFiles = { ...files, open: (name) => files.open(name, 'read') };
  const seen = new SeenSet(path, readOnly, (size) => new Uint8Array(size));
  try {
    return telling(path, () => {
      const { newest, damage } = recovered(path, readGenerations(path, readOnly), seen);
      return {
        ...(newest && { checkpoint: newest.checkpoint, committedAt: newest.at }),
        generation: newest?.number ?? 0,
        seenRecords: seen.live,
        damage,
      };
    });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { generation: 0, seenRecords: 0, damage: [error] };
  } finally {
    seen.close();
  }
}

function isHeld(path: string, files: ByteFiles): boolean {
  if (files.size(path) === undefined) return false;
  try {
    files.lock(path).release();
    return false;
  } catch {
    return true;
  }
}

function joinFile(path: string, files: ByteFiles): { bytes: number; isSealed: boolean } {
  let file: AppendFile | undefined;
  try {
    file = AppendFile.open(path, files);
    return { bytes: file?.size ?? 0, isSealed: file !== undefined && isSealed(file) };
  } catch {
    return { bytes: file?.size ?? 0, isSealed: false };
  } finally {
    file?.close();
  }
}
