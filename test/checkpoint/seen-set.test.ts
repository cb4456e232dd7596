import { statSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { firstCheckpoint } from '../../engine/checkpoint/checkpoint.ts';
import { type LaneStore, openLane } from '../../engine/checkpoint/lane-store.ts';
import type { Seen } from '../../engine/checkpoint/seen.ts';
import { commit, filesOf, hashOf, inLane, kept, keysOf, LANE, newPath } from '../support/seen-lane.ts';

/** An open lane, and the same once more after it was closed. */
function openedLane(): {
  lane: LaneStore;
  reopened: () => LaneStore;
  nowAndLater: () => Iterable<LaneStore>;
} {
  const path = newPath();
  let open = openLane(path, LANE);
  onTestFinished(() => open.close());
  const reopened = () => {
    open.close();
    open = openLane(path, LANE);
    return open;
  };
  function* nowAndLater() {
    yield open;
    yield reopened();
  }
  return { lane: open, reopened, nowAndLater };
}

const everyParent = () => true;

describe('a record', () => {
  test('is found as it was put, and what is left out counts as known in its first version', () => {
    const { lane, nowAndLater } = openedLane();
    commit(lane, [{ key: 'a', hash: hashOf(7) }]);
    commit(lane, [
      { key: 'b', hash: '0123456789abcdef0f1e2d3c4b5a6978', version: 3, state: 'incomplete', instant: '2' },
      { key: 'c', hash: hashOf(9), state: 'missing', instant: '' },
      { key: 'd', hash: hashOf(255), state: 'gone', version: 2 ** 32 - 1, instant: 'Ā' },
    ]);
    for (const one of nowAndLater())
      expect(['a', 'b', 'c', 'd', 'e'].map((key) => one.find(key))).toEqual([
        { id: 1, hash: hashOf(7), version: 0, state: 'known' },
        { id: 2, hash: '0123456789abcdef0f1e2d3c4b5a6978', version: 3, state: 'incomplete', instant: '2' },
        { id: 3, hash: hashOf(9), version: 0, state: 'missing', instant: '' },
        { id: 4, hash: hashOf(255), version: 2 ** 32 - 1, state: 'gone', instant: 'Ā' },
        undefined,
      ]);
  });

  test('keeps its id when it is put again, with all else new', () => {
    const { lane, nowAndLater } = openedLane();
    commit(lane, [kept('a'), kept('b')]);
    commit(lane, [{ key: 'a', hash: hashOf(2), version: 1, state: 'incomplete', instant: '5' }]);
    expect(lane.find('a')).toEqual({ id: 1, hash: hashOf(2), version: 1, state: 'incomplete', instant: '5' });
    commit(lane, [{ key: 'a', hash: hashOf(3) }]);
    for (const one of nowAndLater()) {
      expect(one.find('a')).toEqual({ id: 1, hash: hashOf(3), version: 0, state: 'known' });
      expect(one.greatestId).toBe(2);
    }
  });

  test('that is put twice at once counts as it was put last, with what was kept first', () => {
    const { lane, nowAndLater } = openedLane();
    commit(lane, [kept('a', 'p'), { key: 'a', hash: hashOf(2) }, kept('b'), { key: 'b', hash: hashOf(3) }]);
    for (const one of nowAndLater()) {
      expect([one.find('a')?.hash, one.find('b')?.hash]).toEqual([hashOf(2), hashOf(3)]);
      expect([keysOf(one.kept([1, 2])), keysOf(one.keptOf(everyParent))]).toEqual([['a', 'b'], ['a']]);
    }
  });

  test('may be larger than what is read or written at once', () => {
    const { lane, nowAndLater } = openedLane();
    const large = 'ä€'.repeat(500_000);
    const key = 'k'.repeat(300_000);
    commit(lane, [kept('a'), kept(key, large, { kept: { record: large, parent: large } }), kept('z')]);
    for (const one of nowAndLater()) {
      expect(one.kept([1, 2, 3]).map((record) => record.record.length)).toEqual([11, 1_000_000, 11]);
      expect(keysOf(one.keptOf((parent) => parent === large))).toEqual([key]);
      expect(['a', key, 'z'].map((known) => one.find(known)?.id)).toEqual([1, 2, 3]);
    }
  });
});

describe('what was kept', () => {
  test('comes with what is known of it, in the order of first delivery', () => {
    const { lane } = openedLane();
    commit(lane, [kept('z', undefined, { version: 2, instant: '1' }), kept('a'), kept('m'), hashed('x')]);
    expect(lane.kept([4, 3, 1, 99])).toEqual([
      { id: 1, hash: hashOf(1), version: 2, state: 'known', instant: '1', key: 'z', record: '{"key":"z"}' },
      { id: 3, hash: hashOf(1), version: 0, state: 'known', key: 'm', record: '{"key":"m"}' },
    ]);
  });

  test('is replaced by what is kept later, stays where nothing is kept, and goes with what is gone', () => {
    const { lane, reopened, nowAndLater } = openedLane();
    commit(lane, [kept('a', 'p'), kept('b', '€')]);
    commit(lane, [{ key: 'b', hash: hashOf(1), state: 'missing', instant: '2' }]);
    for (const one of nowAndLater()) {
      expect(keysOf(one.keptOf(everyParent))).toEqual(['a', 'b']);
      expect(keysOf(one.keptOf((parent) => parent === '€'))).toEqual(['b']);
      expect(one.kept([2])).toMatchObject([{ state: 'missing', instant: '2', record: '{"key":"b"}' }]);
    }
    const again = reopened();
    commit(again, [{ key: 'a', hash: hashOf(2), kept: { record: '{"n":2}' } }]);
    expect(again.kept([1]).map(({ record }) => record)).toEqual(['{"n":2}']);
    // Without a parent: it had no match any more.
    expect(keysOf(again.keptOf(everyParent))).toEqual(['b']);
    commit(again, [{ key: 'b', hash: hashOf(1), state: 'gone' }]);
    expect(keysOf(again.kept([1, 2]))).toEqual(['a']);
    expect([...again.keptOf(everyParent)]).toEqual([]);
    expect([...again.ids(9)]).toEqual([1]);
    // Back again, and nothing of what was kept before comes back with it.
    commit(again, [hashed('b')]);
    expect(keysOf(again.kept([1, 2]))).toEqual(['a']);
  });

  test('is listed whole while what is listed goes, as a run tells it', () => {
    const { lane } = openedLane();
    const all = Array.from({ length: 3_000 }, (_, index) => kept(`k${index}`, `p${index % 7}`));
    commit(lane, all);
    const listed: string[] = [];
    for (const { key, hash } of lane.keptOf((parent) => parent !== 'p3')) {
      listed.push(key);
      if (listed.length % 500 === 0) commit(lane, [{ key, hash, state: 'gone' }]);
    }
    expect(listed).toEqual(keysOf(all.filter(({ kept }) => kept?.parent !== 'p3')));
  });
});

describe('what lies before an instant', () => {
  const seen: Seen[] = [
    kept('old', 'p', { instant: '1' }),
    kept('old and gone', 'p', { instant: '1', state: 'gone' }),
    kept('gone', 'p', { instant: '2', state: 'gone' }),
    kept('none', 'p'),
    kept('none and gone', 'p', { state: 'gone' }),
  ];
  const keys = keysOf(seen);

  test('is forgotten, all of it, with what was kept of it', () => {
    const { lane, nowAndLater } = openedLane();
    lane.commit({ checkpoint: firstCheckpoint(), seen, pruneBefore: '2' });
    for (const one of nowAndLater()) {
      expect(keys.filter((key) => one.find(key))).toEqual(['gone', 'none', 'none and gone']);
      expect(keysOf(one.kept([1, 2, 3, 4, 5]))).toEqual(['none']);
      expect([...one.ids(9)]).toEqual([4]);
    }
  });

  test('is forgotten only where it is gone', () => {
    const { lane, nowAndLater } = openedLane();
    commit(lane, seen);
    lane.commit({ checkpoint: firstCheckpoint(), pruneGoneBefore: '2' });
    for (const one of nowAndLater()) {
      expect(keys.filter((key) => one.find(key))).toEqual(['old', 'gone', 'none', 'none and gone']);
      expect(keysOf(one.keptOf(everyParent))).toEqual(['old', 'none']);
    }
  });

  test('gets a new id when it is delivered again', () => {
    const { lane, nowAndLater } = openedLane();
    lane.commit({ checkpoint: firstCheckpoint(), seen, pruneBefore: '2' });
    commit(lane, [hashed('old')]);
    for (const one of nowAndLater()) expect(one.find('old')?.id).toBe(6);
  });
});

describe('a file of which more than half no longer counts', () => {
  const COUNT = 12_000;
  const text = 'x'.repeat(400);
  const versionOf = (index: number, version: number): Seen =>
    kept(`k${index}`, `p${index % 3}`, {
      version,
      instant: String(index % 2),
      kept: { record: JSON.stringify([index, text]), parent: `p${index % 3}` },
    });
  const all = (version: number) => Array.from({ length: COUNT }, (_, index) => versionOf(index, version));

  test('is written anew on opening, and holds the same; the one before it stays until the next commit but one', () => {
    const path = newPath();
    inLane(path, (lane) => {
      for (const version of [0, 1]) commit(lane, all(version));
      lane.commit({ checkpoint: firstCheckpoint(), seen: [hashed('last')], pruneBefore: '1' });
    });
    const before = statSync(`${path}.seen-1`).size;
    inLane(path, (lane) => {
      expect(filesOf(path)).toEqual(expect.arrayContaining(['lane.seen-1', 'lane.seen-2']));
      expect(statSync(`${path}.seen-2`).size).toBeLessThan(before * 0.3);
      expect([lane.damage, lane.checkpoint(), lane.committedAt()]).toEqual([[], firstCheckpoint(), 1]);
      expect(lane.greatestId).toBe(COUNT / 2 + 1);
      expect(lane.find('last')?.id).toBe(lane.greatestId);
      for (let index = 0; index < COUNT; index++)
        expect(lane.find(`k${index}`)?.version).toBe(index % 2 ? 1 : undefined);
      expect(lane.kept([1])).toMatchObject([{ key: 'k1', record: JSON.stringify([1, text]) }]);
      expect([...lane.keptOf((parent) => parent === 'p1')]).toHaveLength(COUNT / 6);
      commit(lane, [versionOf(0, 0)]);
      expect(filesOf(path)).not.toContain('lane.seen-1');
    });
    inLane(path, (lane) => expect(lane.find('k0')?.id).toBe(COUNT / 2 + 2));
    expect(filesOf(path)).toEqual(['lane.checkpoint-0', 'lane.checkpoint-1', 'lane.lock', 'lane.seen-2']);
  });
});

test('200,000 records are found in any order, and take some 16 bytes of memory each', () => {
  const COUNT = 200_000;
  const path = newPath();
  const keyOf = (index: number) => `record ${(index * 7_919) % COUNT}`;
  inLane(path, (lane) => {
    for (let from = 0; from < COUNT; from += 20_000)
      commit(
        lane,
        Array.from({ length: 20_000 }, (_, index) => ({
          ...hashed(keyOf(from + index)),
          version: from + index,
        })),
      );
  });
  const buffers = () => process.memoryUsage().arrayBuffers;
  const before = buffers();
  inLane(path, (lane) => {
    // Beside the index there are what is read and what is written at once.
    expect(buffers() - before).toBeLessThan(COUNT * 16 + 3_000_000);
    const wrong: number[] = [];
    for (let index = 0; index < COUNT; index++)
      if (lane.find(keyOf(index))?.version !== index) wrong.push(index);
    for (let at = 0; at < 2_000; at++) {
      const index = (at * 104_729) % COUNT;
      if (lane.find(keyOf(index))?.version !== index) wrong.push(index);
      if (lane.find(`no ${keyOf(index)}`)) wrong.push(-index);
    }
    expect(wrong).toEqual([]);
    let sum = 0;
    for (const id of lane.ids(COUNT - 1)) sum += id;
    expect(sum).toBe(((COUNT - 1) * COUNT) / 2);
  });
});

function hashed(key: string): Seen {
  return { key, hash: hashOf(1) };
}
