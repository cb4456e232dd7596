import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeByteFiles } from '../../engine/byte-files.ts';
import type { Seen } from '../../engine/checkpoint/seen.ts';
import { NOTHING_SEEN, type SeenPosition, SeenSet } from '../../engine/checkpoint/seen-set.ts';
import { newPath } from '../support/seen-lane.ts';

type Model = Map<string, Seen>;

interface Committed {
  position: SeenPosition;
  model: Model;
}

const KEYS = ['', 'a', 'b', 'c', 'é', '\ud800', '\udc00', '€', 'x\0', 'x', 'long '.repeat(40)];

const entry: fc.Arbitrary<Seen> = fc.record(
  {
    key: fc.constantFrom(...KEYS),
    hash: fc.stringMatching(/^[0-9a-f]{32}$/),
    version: fc.nat(),
    state: fc.constantFrom('known', 'incomplete', 'missing', 'gone'),
    instant: fc.constantFrom('1', '2', '3', 'Ā'),
    kept: fc.record(
      { record: fc.json(), parent: fc.constantFrom('p', 'q', '€', '\udfff') },
      { requiredKeys: ['record'] },
    ),
  },
  { requiredKeys: ['key', 'hash'] },
) as fc.Arbitrary<Seen>;

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ put: fc.array(entry, { maxLength: 12 }) }) },
  fc.record({ forget: fc.constantFrom('2', '3'), isAll: fc.boolean() }),
  ...['commit', 'abandon', 'reopen', 'fall back', 'compact'].map((name) => fc.constant(name)),
);

test('what is put, committed, forgotten, written anew and fallen back to is what a map would hold', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const path = newPath();
      let set = opened(path, NOTHING_SEEN);
      let model: Model = new Map();
      let newest: Committed = { position: NOTHING_SEEN, model: new Map() };
      let before = newest;
      const commit = (position: SeenPosition) => {
        before = newest;
        newest = { position, model: new Map(model) };
        set.committed(position);
      };
      for (const one of steps) {
        if (typeof one === 'object' && 'put' in one) {
          for (const entry of one.put) set.put(entry);
          for (const seen of one.put) model.set(seen.key, putAfter(model.get(seen.key), seen));
        } else if (typeof one === 'object') {
          set.forgetBefore(one.forget, one.isAll);
          for (const [key, { instant, state }] of model)
            if (instant !== undefined && instant < one.forget && (one.isAll || state === 'gone'))
              model.delete(key);
        } else if (one === 'commit') commit(set.save());
        else if (one === 'abandon') {
          set.save();
          set.abandon();
          model = new Map(newest.model);
        } else {
          if (one === 'compact' && set.greatestId > 0) {
            commit(set.save());
            commit(set.compact());
          }
          if (one === 'fall back') newest = before;
          set.close();
          set = opened(path, newest.position);
          model = new Map(newest.model);
        }
        expectSame(set, model);
      }
      set.close();
    }),
    { numRuns: 100 },
  );
});

function opened(path: string, position: SeenPosition): SeenSet {
  const set = new SeenSet(path, nodeByteFiles, randomBytes);
  expect(set.load(position)).toEqual([]);
  return set;
}

/** What is kept stays where nothing is brought, and goes with what is gone. */
function putAfter(before: Seen | undefined, { kept, ...seen }: Seen): Seen {
  const left = seen.state === 'gone' ? undefined : (kept ?? before?.kept);
  return { ...seen, ...(left && { kept: left }) };
}

function expectSame(set: SeenSet, model: Model): void {
  const found = KEYS.flatMap((key) => {
    const { id, ...known } = set.find(key) ?? { id: 0 };
    return id === 0 ? [] : [[key, id, known] as const];
  });
  const expected = [...model.values()];
  expect(new Map(found.map(([key, , known]) => [key, known]))).toEqual(
    new Map(
      expected.map(({ key, hash, version = 0, state = 'known', instant }) => [
        key,
        { hash, version, state, ...(instant !== undefined && { instant }) },
      ]),
    ),
  );
  expect(set.live).toBe(model.size);
  const ids = found.map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const there = found.filter(([key]) => model.get(key)?.state !== 'gone').map(([, id]) => id);
  expect([...set.ids(set.greatestId)]).toEqual(there.sort((a, b) => a - b));
  const kept = expected.flatMap(({ key, kept: one }) => (one ? [[key, one.record]] : []));
  expect(new Map(set.kept(ids).map(({ key, record }) => [key, record]))).toEqual(new Map(kept as never));
  for (const parent of ['p', '\udfff'])
    expect([...set.keptOf((one) => one === parent)].map(({ key }) => key).sort()).toEqual(
      expected
        .filter((seen) => seen.kept?.parent === parent)
        .map(({ key }) => key)
        .sort(),
    );
}
