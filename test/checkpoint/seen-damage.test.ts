import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { firstCheckpoint } from '../../engine/checkpoint/checkpoint.ts';
import type { LaneStore } from '../../engine/checkpoint/lane-store.ts';
import type { Seen } from '../../engine/checkpoint/seen.ts';
import { EngineError } from '../../engine/errors.ts';
import { failingByteFiles } from '../support/failing-byte-files.ts';
import { commit, copied, filesOf, hashOf, inLane, kept, newPath } from '../support/seen-lane.ts';

const KEYS = ['first', 'again', 'second', 'third'];

/** What each commit adds, and what is known after it, by key: a byte of the hash. */
const COMMITS: [Seen[], Record<string, number>][] = [
  [[of('first', 1), of('again', 1)], { first: 1, again: 1 }],
  [[of('second', 2), of('again', 2)], { first: 1, again: 2, second: 2 }],
  [[of('third', 3), of('again', 3)], { first: 1, again: 3, second: 2, third: 3 }],
];

function of(key: string, byte: number): Seen {
  return { ...kept(key, 'p'), hash: hashOf(byte) };
}

/** A closed lane after so many commits, and how long its seen file was after each. */
function laneOf(commits: number): { path: string; lengths: number[] } {
  const path = newPath();
  const lengths = [0];
  inLane(path, (lane) => {
    for (const [index, [seen]] of COMMITS.slice(0, commits).entries()) {
      commit(lane, seen, String(index + 1));
      lengths.push(statSync(`${path}.seen-1`).size);
    }
  });
  return { path, lengths };
}

function knownOf(lane: LaneStore): Record<string, number> {
  const found = KEYS.flatMap((key) => {
    const known = lane.find(key);
    return known ? [[key, Number.parseInt(known.hash.slice(0, 2), 16)]] : [];
  });
  return Object.fromEntries(found);
}

const knownAfter = (commits: number) => COMMITS[commits - 1]?.[1] ?? {};

describe('a run that is killed', () => {
  test('while it appends leaves what was committed, whatever of it has reached the disk', () => {
    const { path, lengths } = laneOf(2);
    const [from = 0, to = 0] = [lengths[2], statSync(`${laneOf(3).path}.seen-1`).size];
    inLane(path, (lane) => {
      const images: string[] = [];
      const before = copied(path);
      commit(lane, COMMITS[2]?.[0] ?? []);
      const whole = readFileSync(`${path}.seen-1`);
      expect(whole).toHaveLength(to);
      for (let end = from; end <= to; end += 29) {
        for (const tail of [
          whole.subarray(0, end),
          Buffer.concat([whole.subarray(0, end), Buffer.alloc(to - end)]),
        ]) {
          const image = copied(before);
          writeFileSync(`${image}.seen-1`, tail);
          images.push(image);
        }
      }
      expect(images.length).toBeGreaterThan(9);
      for (const image of images)
        inLane(image, (killed) => {
          expect([killed.damage, killed.checkpoint()?.watermark, knownOf(killed)]).toEqual([
            [],
            '2',
            knownAfter(2),
          ]);
          expect(statSync(`${image}.seen-1`).size).toBe(from);
        });
    });
  });

  test('before its first commit leaves a lane that begins anew', () => {
    const path = newPath();
    inLane(path, () => writeFileSync(`${path}.seen-1`, randomBytes(500)));
    inLane(path, (lane) => {
      expect(filesOf(path)).not.toContain('lane.seen-1');
      commit(lane, COMMITS[0]?.[0] ?? []);
      expect(knownOf(lane)).toEqual(knownAfter(1));
    });
  });

  test('while it writes the file anew leaves nothing of that behind', () => {
    const { path } = laneOf(2);
    writeFileSync(`${path}.seen-2`, readFileSync(`${path}.seen-1`).subarray(0, 99));
    inLane(path, (lane) => expect(knownOf(lane)).toEqual(knownAfter(2)));
    expect(filesOf(path)).toEqual(['lane.checkpoint-0', 'lane.checkpoint-1', 'lane.lock', 'lane.seen-1']);
  });
});

describe('a damaged byte', () => {
  test('of what the newest commit appended makes the one before it count', () => {
    const { path, lengths } = laneOf(3);
    const [, , from = 0, to = 0] = lengths;
    for (let at = from; at < to; at += 31) {
      const image = withDamage(path, at);
      inLane(image, (lane) => {
        expect([lane.fellBack, lane.damage.map(({ code }) => code)]).toEqual([true, ['state-fell-back']]);
        expect([lane.checkpoint()?.watermark, knownOf(lane)]).toEqual(['2', knownAfter(2)]);
        commit(lane, COMMITS[2]?.[0] ?? []);
      });
      inLane(image, (lane) => expect([lane.damage, knownOf(lane)]).toEqual([[], knownAfter(3)]));
    }
  });

  test('of what is older is told, and nothing is believed of the frame that it lies in', () => {
    const { path, lengths } = laneOf(3);
    const [, first = 0, second = 0] = lengths;
    for (let at = 0; at < second; at += 43) {
      const image = withDamage(path, at);
      const { again = 0, ...left } = knownAfter(3);
      const { first: _, ...withoutFirst } = left;
      const { second: __, ...withoutSecond } = left;
      const known = { again, ...(at < first ? withoutFirst : withoutSecond) };
      inLane(image, (lane) => {
        expect([lane.fellBack, lane.checkpoint()?.watermark, knownOf(lane)]).toEqual([false, '3', known]);
        expect(lane.damage).toHaveLength(1);
        expect(lane.damage[0]).toMatchObject({ code: 'state-records-lost', kind: 'state' });
        expect(lane.damage[0]?.message).toContain('1 of 4 delivered records');
      });
      // Told once: the file was written anew without it.
      inLane(image, (lane) => {
        expect([lane.damage, lane.checkpoint()?.watermark, knownOf(lane)]).toEqual([[], '3', known]);
        expect([...lane.keptOf(() => true)]).toHaveLength(3);
      });
    }
  });

  test('that hides that a record was forgotten does not make it known twice', () => {
    const path = newPath();
    const dated = { ...of('again', 1), instant: '1' };
    inLane(path, (lane) => {
      commit(lane, [dated]);
      lane.commit({ checkpoint: firstCheckpoint(), pruneBefore: '2' });
      commit(lane, [{ ...dated, instant: '3', hash: hashOf(2) }]);
      commit(lane, [of('first', 1)]);
      expect(lane.find('again')?.id).toBe(2);
    });
    const forgetting = readFileSync(`${path}.seen-1`).indexOf(Buffer.from('seen'), 1);
    inLane(withDamage(path, forgetting), (lane) => {
      expect(lane.damage).toHaveLength(1);
      expect(knownOf(lane)).toEqual({ again: 2, first: 1 });
      expect([...lane.ids(9)]).toHaveLength(2);
    });
  });

  test('among many is a loss of one frame', () => {
    const path = newPath();
    inLane(path, (lane) => {
      for (let from = 0; from < 20_000; from += 10_000)
        commit(
          lane,
          Array.from({ length: 10_000 }, (_, index) => of(`key ${from + index}`, 1)),
        );
      commit(lane, []);
    });
    inLane(withDamage(path, 500_000), (lane) => {
      const left = Array.from({ length: 20_000 }, (_, index) => lane.find(`key ${index}`)).filter(
        Boolean,
      ).length;
      expect(left).toBeGreaterThan(18_000);
      expect(lane.damage[0]?.message).toContain(`${20_000 - left} of 20000 delivered records`);
    });
  });

  test('of the file that was just written anew is told, and what else the lane knows stays', () => {
    const { path } = laneOf(3);
    // What is older is damaged: it is written anew, and told by whoever closes the lane.
    const image = withDamage(path, 50);
    inLane(image, (lane) => expect(lane.damage.map(({ code }) => code)).toEqual(['state-records-lost']));
    const again = copied(image);
    const bytes = readFileSync(`${again}.seen-2`);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(`${again}.seen-2`, bytes);
    inLane(again, (lane) => {
      expect(lane.damage.map(({ code }) => code)).toEqual(['state-records-lost']);
      expect([lane.checkpoint()?.watermark, knownOf(lane)]).toEqual(['3', {}]);
    });
    inLane(again, (lane) => expect(lane.damage).toEqual([]));
  });

  test('is told again until a run that found it has closed the lane', () => {
    const codes = (lane: LaneStore) => lane.damage.map(({ code }) => code);
    const image = withDamage(laneOf(3).path, 50);
    const left: string[] = [];
    inLane(image, (lane) => {
      commit(lane, [of('fourth', 4)], '4');
      // What lies on the disk now is what a run leaves that is killed here.
      left.push(copied(image));
    });
    inLane(left[0] ?? '', (lane) => {
      expect([codes(lane), lane.checkpoint()?.watermark]).toEqual([['state-records-lost'], '4']);
    });
    for (const path of [image, left[0] ?? '']) inLane(path, (lane) => expect(codes(lane)).toEqual([]));
  });

  test('anywhere in a checkpoint makes the other one count', () => {
    const { path } = laneOf(3);
    const outcomes = [0, 1].map((slot) => {
      const file = `${path}.checkpoint-${slot}`;
      const codes = new Set<string>();
      for (let at = 0; at < statSync(file).size; at++) {
        const image = withDamage(path, at, file);
        inLane(image, (lane) => {
          const commits = slot === 1 ? 2 : 3;
          expect([lane.checkpoint()?.watermark, knownOf(lane)]).toEqual([
            String(commits),
            knownAfter(commits),
          ]);
          for (const { code } of lane.damage) codes.add(code);
          expect(lane.damage).toHaveLength(1);
        });
        // Told once.
        inLane(image, (lane) => expect(lane.damage).toEqual([]));
      }
      return [...codes];
    });
    expect(outcomes).toEqual([['state-fell-back'], ['state-fell-back']]);
  });
});

test('a seen file that is missing is told as all of it damaged, and begun anew', () => {
  const { path } = laneOf(3);
  rmSync(`${path}.seen-1`);
  inLane(path, (lane) => {
    expect(lane.damage.map(({ code }) => code)).toEqual(['state-fell-back', 'state-records-lost']);
    expect(lane.damage[1]?.message).toContain('3 of 3 delivered records are forgotten');
    expect(knownOf(lane)).toEqual({});
    commit(lane, COMMITS[0]?.[0] ?? []);
  });
  inLane(path, (lane) => expect([lane.damage, knownOf(lane)]).toEqual([[], knownAfter(1)]));
});

describe('a call on the files that fails', () => {
  /** Two runs of three commits, the first of which opens a damaged file and writes it anew. */
  function runs(
    image: string,
    files: ReturnType<typeof failingByteFiles>,
  ): { committed: number; mayBe: number; codes: string[] } {
    let committed = 2;
    let mayBe = 2;
    const codes: string[] = [];
    const noted = (work: () => void) => {
      try {
        work();
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        codes.push(error.code);
      }
    };
    for (let run = 0; run < 2; run++)
      noted(() =>
        inLane(
          image,
          (lane) => {
            // Only an opening tells whether a commit counts that failed too late.
            committed = Number(lane.checkpoint()?.watermark);
            for (let count = 0; count < 3; count++)
              noted(() => {
                mayBe = Math.max(mayBe, committed + 1);
                commit(lane, [of(`c${committed + 1}`, committed + 1)], String(committed + 1));
                committed++;
              });
            if (!lane.isUncertain) mayBe = committed;
            expect(lane.checkpoint()?.watermark).toBe(String(committed));
          },
          { files },
        ),
      );
    return { committed, mayBe, codes };
  }

  test('is an error of that commit, and nothing else of what was committed', () => {
    const image = withDamage(laneOf(2).path, 50);
    appendFileSync(`${image}.seen-1`, 'what was never committed');
    const whole = failingByteFiles(() => false);
    expect(runs(copied(image), whole)).toEqual({ committed: 8, mayBe: 8, codes: [] });
    expect(new Set(whole.calls)).toEqual(
      new Set([
        ...['makeDirectory', 'lock', 'open', 'size', 'read', 'write', 'sync', 'length', 'truncate'],
        ...['names', 'rename', 'remove', 'syncDirectory'],
      ]),
    );
    for (let nth = 0; nth < whole.calls.length; nth++) {
      const copy = copied(image);
      const code = nth % 2 ? 'ENOSPC' : 'EIO';
      const files = failingByteFiles((_, index) => index === nth, code);
      const { committed: least, mayBe, codes } = runs(copy, files);
      // What follows a commit of which nobody knows whether it counts has another cause.
      expect(codes[0] ?? '').toMatch(code === 'ENOSPC' ? /^(state-full)?$/ : /^(state-unwritable)?$/);
      inLane(copy, (lane) => {
        const committed = Number(lane.checkpoint()?.watermark);
        expect([least, mayBe]).toContain(committed);
        for (let count = 3; count <= committed; count++)
          expect(lane.find(`c${count}`)?.hash).toBe(hashOf(count));
        expect(lane.find(`c${committed + 1}`)).toBeUndefined();
      });
    }
  });

  test('to bring it to the disk is final: no later commit of that run counts', async () => {
    const { path } = laneOf(2);
    const files = failingByteFiles(
      (name) => name === 'sync' && files.calls.filter((call) => call === 'sync').length === 1,
    );
    inLane(
      path,
      (lane) => {
        for (let count = 0; count < 2; count++)
          expect(() => commit(lane, [of('third', 3)])).toThrow('cannot open or write state');
        expect(() => lane.find('first')).toThrow();
      },
      { files },
    );
    inLane(path, (lane) => expect(knownOf(lane)).toEqual(knownAfter(2)));
  });
});

test('a commit that the disk refuses leaves nothing in the seen-set, and the next one counts', () => {
  const { path } = laneOf(2);
  let isFull = false;
  const files = failingByteFiles((name) => isFull && name === 'write', 'ENOSPC');
  inLane(
    path,
    (lane) => {
      isFull = true;
      expect(() => commit(lane, [of('third', 9), of('again', 9)], 'no')).toThrow('no space left');
      isFull = false;
      expect([lane.isUncertain, knownOf(lane)]).toEqual([false, knownAfter(2)]);
      commit(lane, COMMITS[2]?.[0] ?? [], '3');
      expect(knownOf(lane)).toEqual(knownAfter(3));
    },
    { files },
  );
  inLane(path, (lane) => expect([lane.damage, knownOf(lane)]).toEqual([[], knownAfter(3)]));
  expect(existsSync(`${path}.seen-2`)).toBe(false);
});

test('after a commit whose place is not certain to be on the disk nothing more is committed', () => {
  const { path } = laneOf(2);
  let isFailing = false;
  const files = failingByteFiles((name) => isFailing && name === 'syncDirectory');
  inLane(
    path,
    (lane) => {
      isFailing = true;
      expect(() => commit(lane, COMMITS[2]?.[0] ?? [], '3')).toThrow('cannot open or write state');
      isFailing = false;
      expect(lane.isUncertain).toBe(true);
      expect(() => commit(lane, [], '4')).toThrow('for certain');
    },
    { files },
  );
  inLane(path, (lane) => expect([lane.checkpoint()?.watermark, knownOf(lane)]).toEqual(['3', knownAfter(3)]));
});

/** A copy of the lane with a byte of its seen file, or of the file named, changed. */
function withDamage(path: string, at: number, file = `${path}.seen-1`): string {
  const image = copied(path);
  const damaged = `${image}${file.slice(path.length)}`;
  const bytes = readFileSync(damaged);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
  writeFileSync(damaged, bytes);
  return image;
}
