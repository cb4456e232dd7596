/** Lanes for tests of what has been delivered: opened, worked with and closed, as one run does. */
import { randomBytes } from 'node:crypto';
import { copyFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nodeByteFiles } from '../../engine/byte-files.ts';
import { firstCheckpoint } from '../../engine/checkpoint/checkpoint.ts';
import { type LaneStore, type LaneStoreOptions, openLane } from '../../engine/checkpoint/lane-store.ts';
import type { Seen } from '../../engine/checkpoint/seen.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** What a lane is opened with. */
export const LANE: LaneStoreOptions = { now: () => 1, randomBytes, files: nodeByteFiles };

export const hashOf = (byte: number) => Buffer.alloc(16, byte).toString('hex');

export function newPath(): string {
  return join(temporaryDirectory(), 'lane');
}

export function inLane<T>(
  path: string,
  work: (lane: LaneStore) => T,
  options: Partial<LaneStoreOptions> = {},
): T {
  const lane = openLane(path, { ...LANE, ...options });
  try {
    return work(lane);
  } finally {
    lane.close();
  }
}

export function commit(lane: LaneStore, seen: readonly Seen[], watermark = '1'): void {
  lane.commit({ checkpoint: { ...firstCheckpoint(), watermark }, seen });
}

/** With its content kept, and the key of what it stands and falls with. */
export function kept(key: string, parent?: string, rest: Partial<Seen> = {}): Seen {
  const record = JSON.stringify({ key });
  return { key, hash: hashOf(1), kept: { record, ...(parent !== undefined && { parent }) }, ...rest };
}

export const keysOf = (records: Iterable<{ key: string }>) => [...records].map(({ key }) => key);

/** The files of a lane, by name. */
export function filesOf(path: string): string[] {
  return readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)));
}

/** The lane's files as they are now, elsewhere. */
export function copied(path: string): string {
  const copy = newPath();
  for (const name of filesOf(path))
    copyFileSync(join(dirname(path), name), `${copy}${name.slice(basename(path).length)}`);
  return copy;
}
