import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { valueAt } from '../../engine/definition/path.ts';
import { MemberFinder, memberName } from '../../engine/fetch/json-members.ts';
import { readJsonPage } from '../../engine/fetch/json-page.ts';
import { readNdjsonPage } from '../../engine/fetch/ndjson-page.ts';

/** The values at the paths of each record, and what reading all of the record gives. */
function picked(
  records: readonly string[],
  paths: readonly (readonly string[])[],
): [unknown[][], unknown[][]] {
  const page = readJsonPage(Buffer.from(`{"n":1,"value":[${records.join(' ,\n')}]}`), ['value']);
  const pick = page.picker(paths);
  const all = records.map((_, index) => index);
  const inOrder = all.map(pick);
  // In whatever order they are asked for.
  expect(all.toReversed().map(page.picker(paths)).toReversed()).toEqual(inOrder);
  expect(all.toReversed().map(pick).toReversed()).toEqual(inOrder);
  return [inOrder, all.map((index) => paths.map((path) => valueAt(page.record(index), path)))];
}

describe('a picked member', () => {
  test.each([
    ['{"a":1,"k":"x","b":2}', 'x'],
    ['{"k":"first","k":"last"}', 'last'],
    ['{"k":"first","\\u006b":"escaped"}', 'escaped'],
    ['{"\\u006b":"escaped","k":"plain"}', 'plain'],
    ['{ "a" : { "k" : 1 , "l" : [ "}" , "\\"" ] } , "k" : "x" }', 'x'],
    ['{"a":"\\"k\\":1","k":"\\"ü\\ud800\\n"}', '"ü\ud800\n'],
    ['{"k":12345678901234567890}', '12345678901234567890'],
    ['{"k":[1,12345678901234567890]}', [1, '12345678901234567890']],
    ['{"k":-0.5e1}', -5],
    ['{"k":{"deep":[{}]}}', { deep: [{}] }],
    ['{"k":null}', null],
    ['{"k":""}', ''],
    ['{"k":true}', true],
    ['{"a":{"k":1},"kk":2,"K":3}', undefined],
    ['{}', undefined],
    ['[{"k":1}]', undefined],
    ['"k"', undefined],
    ['7', undefined],
  ])('of %s is %j', (record, value) => {
    expect(picked([record], [['k']])[0]).toEqual([[value]]);
  });

  test('may lie below others, in a list, and under any name', () => {
    const record = '{"a":{"b":{"c":1}},"a":{"b":[{"c":"x"},5]},"__proto__":{"toString":2},"":"e","ü":"u"}';
    const paths = [
      ['a', 'b', '0', 'c'],
      ['a', 'b', 'length'],
      ['__proto__', 'toString'],
      ['toString'],
      [''],
      ['ü'],
      ['a', 'b', 'c'],
      [],
    ];
    const [found, expected] = picked([record], paths);
    expect(found[0]?.slice(0, 7)).toEqual(['x', 2, 2, undefined, 'e', 'u', undefined]);
    expect(found).toEqual(expected);
  });

  test('is what reading the whole record finds, however it is written', () => {
    const name = fc.constantFrom('k', 'kk', 'a', 'b"', '\\', 'ü', '', '0', '\u2028', 'length');
    const { value } = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('1', '-0', '1e400', '12345678901234567890', 'true', 'null', '[]', '{}', '[ ]'),
        fc.string({ unit: 'binary' }).map(written),
        fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
        fc
          .array(fc.tuple(name.chain(anyWay), fc.constantFrom('', ' ', '\n\t'), tie('value')), {
            maxLength: 5,
          })
          .map(
            (members) =>
              `{${members.map(([key, space, item]) => `${space}${key}${space}:${space}${item}`).join(',')}${members[0]?.[1] ?? ''}}`,
          ),
      ),
    }));
    const path = fc.array(name, { maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 4 }),
        fc.array(path, { minLength: 1, maxLength: 3 }),
        (records, paths) => {
          const [found, expected] = picked(records, paths);
          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('the bytes of a record are its JSON, with numbers as the record has them', () => {
  const records = ['{"a":"ü"}', '{"n":12345678901234567890}', '{"a":2}'];
  for (const page of [
    readJsonPage(Buffer.from(`[${records.join(',')}]`), []),
    readNdjsonPage(Buffer.from(`${records.join('\n')}\n`)),
  ]) {
    const texts = records.map((_, index) => Buffer.from(page.bytes(index)).toString());
    expect(texts).toEqual(['{"a":"ü"}', '{"n":"12345678901234567890"}', '{"a":2}']);
  }
});

test('a member that no record has does not cost a search of the whole page each time', () => {
  const count = 300;
  const bytes = Buffer.from(`[${Array.from({ length: count }, (_, id) => `{"id":${id},"k":"x"}`).join()}]`);
  let inVain = 0;
  const indexOf = bytes.indexOf.bind(bytes) as (wanted: number | Buffer, from: number) => number;
  // As often as it is told, in batches, each of them twice.
  bytes.indexOf = ((wanted: number | Buffer, from: number) => {
    const at = indexOf(wanted, from);
    if (at === -1) inVain++;
    return at;
  }) as typeof bytes.indexOf;
  const finder = new MemberFinder(bytes, memberName('absent'));
  const page = readJsonPage(Buffer.from(bytes), []);
  for (let from = 0; from < count; from += 10) {
    for (let turn = 0; turn < 20; turn++) {
      const { start, end } = page.slice(from + (turn % 10));
      expect(finder.find(start, end)).toBe(-1);
    }
  }
  expect(inVain).toBeLessThanOrEqual(4);
});

/** A name as JSON, each of its units escaped or not. */
function anyWay(name: string): fc.Arbitrary<string> {
  return fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }).map((escapes) => {
    const units = [...escapes.entries()].map(([at, isEscaped]) =>
      isEscaped
        ? `\\u${name.charCodeAt(at).toString(16).padStart(4, '0')}`
        : JSON.stringify(name.charAt(at)).slice(1, -1),
    );
    return `"${units.join('')}"`;
  });
}

function written(text: string): string {
  return JSON.stringify(text);
}
