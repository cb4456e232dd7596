import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeByteFiles } from '../../engine/byte-files.ts';
import { openLane } from '../../engine/checkpoint/lane-store.ts';
import { createJoinTable } from '../../engine/join/join-table.ts';
import { inspectLanes } from '../../engine/run/inspect-lanes.ts';
import { commit, copied, hashOf, inLane, LANE, newPath } from '../support/seen-lane.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const inspected = (path: string) => inspectLanes(dirname(path), nodeByteFiles);

/** A lane after three commits, with a kept join. */
function lane(): string {
  const path = newPath();
  inLane(path, (open) => {
    for (const byte of [1, 2, 3])
      commit(open, [{ key: `key ${byte}`, hash: hashOf(byte) }], `2025-01-0${byte}`);
  });
  const keeping = { keepMs: 1000, now: 1, question: 'what?' };
  const table = createJoinTable(`${path}.other.join`, nodeByteFiles, keeping);
  table.put('key', Buffer.from('record'));
  table.finish?.();
  table.close();
  return path;
}

/** Content and mode of all files beside the path, by name. */
function disk(path: string): Record<string, unknown> {
  const directory = dirname(path);
  const entries = readdirSync(directory).map((name) => {
    const file = join(directory, name);
    return [name, [readFileSync(file, 'hex'), statSync(file).mode]] as const;
  });
  return Object.fromEntries(entries);
}

test('a state that is whole is told with its checkpoint, and nothing of it changes', () => {
  const path = lane();
  const before = disk(path);
  expect(inspected(path)).toMatchObject([
    {
      name: 'lane',
      path,
      isHeld: false,
      generation: 3,
      committedAt: 1,
      checkpoint: { watermark: '2025-01-03' },
      seenRecords: 3,
      damage: [],
      joins: [{ name: 'other', isSealed: true }],
    },
  ]);
  expect(disk(path)).toEqual(before);
});

test('a damaged byte anywhere is told, and nothing of it is mended', () => {
  const whole = lane();
  const names = readdirSync(dirname(whole)).filter((name) => name !== 'lane.lock');
  expect(names).toHaveLength(4);
  for (const name of names) {
    const path = copied(whole);
    const file = join(dirname(path), name);
    const bytes = readFileSync(file);
    for (let at = 0; at < bytes.length; at += 7) {
      bytes[at] = (bytes[at] ?? 0) ^ 4;
      writeFileSync(file, bytes);
      const before = disk(path);
      const [found] = inspected(path);
      const isTold = (found?.damage.length ?? 0) > 0 || found?.joins.some(({ isSealed }) => !isSealed);
      expect([name, at, isTold]).toEqual([name, at, true]);
      expect(disk(path)).toEqual(before);
      bytes[at] = (bytes[at] ?? 0) ^ 4;
    }
  }
});

test('a lane that a run holds is told as held, and one of which nothing can be trusted as what a run would say', () => {
  const path = lane();
  const held = openLane(path, LANE);
  expect(inspected(path)).toMatchObject([{ isHeld: true, damage: [] }]);
  held.close();
  for (const slot of [0, 1]) writeFileSync(`${path}.checkpoint-${slot}`, 'x');
  expect(inspected(path)).toMatchObject([{ generation: 0, damage: [{ code: 'state-corrupt' }] }]);
  expect(inspectLanes(join(temporaryDirectory(), 'none'), nodeByteFiles)).toEqual([]);
});
