import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../engine/errors.ts';
import { pageLayout } from '../../engine/fetch/json-page.ts';
import { RecordWalk } from '../../engine/fetch/record-walk.ts';

/** What is found out of a list, or why it is none. */
function readOf(list: string | Buffer, walk?: RecordWalk): unknown {
  try {
    const { count, offsets, list: slice, lossyNumbers } = pageLayout(Buffer.from(list), [], walk);
    return { offsets: offsets.subarray(0, count * 2), slice, lossyNumbers };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { code: error.code, kind: error.kind, message: error.message };
  }
}

describe('a page whose members are noted', () => {
  const name = fc.oneof(fc.constantFrom('a', 'b', 'id', 'ü'), fc.string());
  const number = fc.constantFrom(1, 12345, -1, 1.5, 1e25, 2 ** 60);
  const value = fc.oneof(number, fc.string(), fc.jsonValue({ maxDepth: 4 }));
  const records = fc.array(fc.dictionary(name, value, { maxKeys: 6 }), { maxLength: 6 });

  it('is read, and refused where it is damaged, as without that', () => {
    const walk = new RecordWalk();
    const damage = fc.constantFrom(...'{}[]",:\\0-.eEtn \n\u0000\u001f\u007fx/');
    fc.assert(
      fc.property(records, fc.nat(), fc.nat({ max: 2 }), damage, (list, place, removed, inserted) => {
        const whole = JSON.stringify(list, null, place % 3);
        const at = place % whole.length;
        const damaged = whole.slice(0, at) + inserted + whole.slice(at + removed);
        for (const text of [whole, damaged, whole.slice(0, at)]) {
          expect(readOf(text, walk)).toEqual(readOf(text));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['that is nested as deep as may be', `[${'{"a":'.repeat(63)}1${'}'.repeat(63)}]`],
    ['that is nested deeper', `[${'{"a":'.repeat(64)}1${'}'.repeat(64)}]`],
    ['with lists that are nested deeper', `[{"a":1},{"a":${'['.repeat(64)}${']'.repeat(64)}}]`],
    ['with numbers that a double would lose', '[{"a":[12345678901234567890,{"a":1,"a":1e400}]},{"a":1e999}]'],
    [
      'with bytes that are no UTF-8',
      Buffer.from([...Buffer.from('[{"aaaaaaa'), 0xff, ...Buffer.from('":1}]')]),
    ],
    ['that goes on as another record did', '[{"a":1,"b":2},{"a":1,"b":}]'],
  ])('is read or refused as without that: one %s', (_, list) => {
    expect(readOf(list, new RecordWalk())).toEqual(readOf(list));
  });
});
