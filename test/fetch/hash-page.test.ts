import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentHash } from '../../engine/fetch/content-hash.ts';
import { contentOf } from '../../engine/fetch/hash-page.ts';
import { JsonPage, pageLayout, readJsonPage } from '../../engine/fetch/json-page.ts';
import { RecordWalk } from '../../engine/fetch/record-walk.ts';

const RULES = { isCamelCase: false, ignored: [] as string[][], asked: [] as string[] };

/** The hash of each record of a list, as text; the members are noted in the walk, where one is given. */
function hashed(list: string, rules = RULES, walk?: RecordWalk): string[] {
  const page = new JsonPage(pageLayout(Buffer.from(list), [], walk));
  const hashes = Buffer.from(contentOf(page, rules, walk).hashes);
  return Array.from({ length: page.recordCount }, (_, index) =>
    hashes.toString('hex', index * 16, index * 16 + 16),
  );
}

/** What each record is known by when it is parsed. */
function expected(list: string, rules = RULES): string[] {
  const page = readJsonPage(Buffer.from(list), []);
  return page.records(0, page.recordCount).map((record) => contentHash(record, rules.ignored));
}

const value = fc.jsonValue({ maxDepth: 3, noUnicodeString: false } as never);
const name = fc.oneof(fc.constantFrom('a', 'b', 'c', 'id', 'ü'), fc.string());
const record = fc.dictionary(name, fc.oneof(fc.constantFrom('', null, 'text', 7), value), { maxKeys: 8 });

describe('the content of the records of a page', () => {
  test.each([
    ['members in any order', '[{"b":1,"a":"x"},{"a":"x","b":1},{"a":"x","b":2}]'],
    ['what says nothing', '[{"a":null,"b":"","c":[],"d":{},"e":{"f":[{}]},"g":0},{"g":0},{}, {"a":null}]'],
    ['lists and objects', '[{"z":[1,null,{"y":2,"x":[]}],"a":{"c":1,"b":{"q":"ü"}}}]'],
    ['spaces anywhere', '[ { "b" : 1 ,\n "a" : [ 1 , 2 ] } , {"b" : 1, "a":[1,2]}\t]'],
    ['escapes', String.raw`[{"a":"\u00fc\n","b":1},{"\u0061":"ü\n","b":1},{"a":"ü","b":"\ud800"}]`],
    [
      'numbers in other spellings',
      '[{"n":1.0,"m":1e2,"o":-0,"p":-5},{"n":1,"m":100,"o":0,"p":-5},{"n":0.1}]',
    ],
    ['numbers that a double would lose', '[{"n":12345678901234567890},{"n":12345678901234567891}]'],
    ['numbers that grow', `[{"n":[${Array(400).fill('1e20')}],"o":"${'x'.repeat(100)}","p":"y"}]`],
    ['names twice', '[{"a":1,"a":2},{"a":2}]'],
    ['names like those of all objects', '[{"__proto__":1,"constructor":"c","toString":null}]'],
    ['what is no object', '[1,"a",null,[{"b":1}],true]'],
    ['more members than are remembered', `[{${Array.from({ length: 1200 }, (_, i) => `"m${i}":${i}`)}}]`],
    [
      'a member more or less from one to the next',
      '[{"a":1},{"a":1,"b":2},{"a":1},{"b":2,"a":1},{"a":"x","c":3}]',
    ],
    [
      'spaces where the record before has none',
      '[{"a":"x","b":{"c":1}},{"a": "x","b": {"c" :1}, "d": true}]',
    ],
    ['lists in lists', '[{"a":[[1,"x",[]],[{}, {"b":[""]}],[ ],null],"b":[[[[[[[[{"d":1,"c":2}]]]]]]]]}]'],
    [
      'objects of several kinds in a list',
      '[{"a":[{"y":1,"x":null},{"x":{"z":[],"b":2}},{"y":1,"x":null},{ }]}]',
    ],
    ['names twice below a record', '[{"a":{"c":1,"b":0,"c":2},"b":[{"x":1,"x":[]}]}]'],
    ['objects deeper than are gone into', `[${'{"b":1,"a":'.repeat(12)}[{"z":1,"y":""}]${'}'.repeat(12)}]`],
    [
      'escapes that canonical JSON has, and others',
      String.raw`[{"a":"C:\\x \"y\"\r\n\t\b\f","b":"a\/b","c":"\u001f","d":"\\u0041","e":"\u0041"}]`,
    ],
    [
      'long texts and short ones',
      `[{"a":"${'x'.repeat(700)}","b":"${'y'.repeat(257)}","c":1},{"a":"","b":"z","c":2}]`,
    ],
    [
      'names that are data',
      `[${Array.from({ length: 100 }, (_, i) => `{"n${i % 60}":{"m${i}":1,"a":2}}`).join()}]`,
    ],
    ['letters of all kinds', '[{"ä":"ß","😀":"日本","a b":"€"},{"😀":"日本","ä":"ß","a b":"€"}]'],
  ])('is hashed as that of parsed records: %s', (_, list) => {
    expect(hashed(list)).toEqual(expected(list));
  });

  test('does not depend on the pages that were read before', () => {
    const walk = new RecordWalk();
    const pages = [
      '[{"a":1,"b":[{"x":"y"}]},{"a":2,"b":[]}]',
      '[{"c":"x"},{"a":{"b":1}},7]',
      '[{"a":1,"b":[{"x":"y"}]},{"a":{"b":1}}]',
      '[]',
      `[${Array.from({ length: 5_000 }, (_, i) => `{"a":${i},"m${i % 7}":{"n${i}":[${i}]}}`).join()}]`,
      '[{"a":2,"b":[]}]',
    ];
    for (const list of pages) expect(hashed(list, RULES, walk)).toEqual(expected(list));
  });

  test('is there for lists of any length', () => {
    const list = `[{"b":[${'1,'.repeat(2_000_000)}2],"a":{"c":[${'"",'.repeat(9)}3]}},{"b":[],"a":1}]`;
    expect(hashed(list, RULES, new RecordWalk())).toEqual(expected(list));
  });

  test('does not depend on the order of names, or on members that say nothing', () => {
    const [one, ...others] = hashed('[{"a":1,"b":"x"},{"b":"x","a":1,"c":null},{"c":[],"a":1,"b":"x"}]');
    expect(others).toEqual([one, one]);
  });

  test.each([
    ['a member', [['a']]],
    ['two members, one of which no record has', [['b'], ['nothing']]],
    ['a member of a member', [['o', 'x']]],
    ['the whole record', [[]]],
  ])('is without what is ignored: %s', (_, ignored) => {
    const list = '[{"a":1,"b":2,"o":{"x":1,"y":2}},{"a":3,"b":2,"o":{"x":4,"y":2}}]';
    const rules = { ...RULES, ignored };
    expect(hashed(list, rules)).toEqual(expected(list, rules));
  });

  test('is that of the names in camel case where they are read so', () => {
    const rules = { ...RULES, isCamelCase: true };
    expect(hashed('[{"Id":1,"OsName":"x"}]', rules)).toEqual(hashed('[{"id":1,"osName":"x"}]'));
  });

  test('tells where the members lie that will be asked for', () => {
    const page = readJsonPage(
      Buffer.from('[{"a":1,"b":"x"},{"b":"y"},{"a":[2],"b":"z\\n"},{"a":3,"b":""}]'),
      [],
    );
    const { spans } = contentOf(page, { ...RULES, asked: ['a', 'b', 'c'] });
    const known = new JsonPage({ ...page.layout, spans });
    const read = known.picker([['a'], ['b'], ['c'], ['a', 'x']]);
    expect([0, 1, 2, 3].map(read)).toEqual([
      [1, 'x', undefined, undefined],
      [undefined, 'y', undefined, undefined],
      [[2], 'z\n', undefined, undefined],
      [3, '', undefined, undefined],
    ]);
    expect([...(spans.get('a') ?? [])].map((offset) => offset > 0)).toEqual(
      [true, false, true, true].flatMap((isKnown) => [isKnown, isKnown]),
    );
  });

  test('of any records is hashed as that of parsed ones', () => {
    const walk = new RecordWalk();
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), fc.constantFrom(0, 1), (records, spaces) => {
        const list = JSON.stringify(records, undefined, spaces);
        expect(hashed(list, RULES, walk)).toEqual(expected(list));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a page without the members that are of no use', () => {
  const [needed, asked] = [
    ['a', 'c', 'ü', 'q"uote'],
    ['c', 'q"uote', 'a'],
  ];

  function narrow(list: string): { whole: JsonPage; page: JsonPage } {
    const walk = new RecordWalk();
    const layout = pageLayout(Buffer.from(list), [], walk);
    const content = contentOf(new JsonPage(layout), { ...RULES, asked, needed }, walk);
    return { whole: readJsonPage(Buffer.from(list), []), page: new JsonPage({ ...layout, ...content }) };
  }

  const isPlain = (one: unknown) => typeof one === 'object' && one !== null && !Array.isArray(one);
  const kept = (one: unknown) =>
    isPlain(one)
      ? Object.fromEntries(Object.entries(one as object).filter(([key]) => needed.includes(key)))
      : one;
  const all = (page: JsonPage) => page.records(0, page.recordCount);

  test.each([
    ['members of use between others', '[{"x":1,"a":"y","z":[1],"b":2,"c":{"d":1},"ü":"ä"},{"a":1}]', 0],
    ['members of use beside each other', '[{"a":"one","c":2,"ü":[3],"x":4},{"x":1,"a":2,"c":3}]', 0],
    ['none of use', '[{"x":1},{},{"y":2}]', 0],
    ['spaces anywhere', '[ { "x" : 1 ,\n "a" : [ 1 , 2 ] , "c":\t3 } , {"c" : 1, "a":[1,2]}\t]', 0],
    ['records that get longer', `[{"a":1},{"a":"${'x'.repeat(5_000)}","x":1},{"c":"${'ü'.repeat(300)}"}]`, 0],
    ['what is no object', '[1,"a",null,[{"b":1}],true,{"x":1,"a":2}]', 0],
    ['a name twice, which keeps all of a record', '[{"a":1,"x":2,"a":3},{"x":1,"a":2}]', 1],
    ['a name with escapes, which keeps all of a record', String.raw`[{"q\"uote":1,"\u0061":2,"x":3}]`, 1],
  ])('has the records with the others only: %s', (_, list, unusual) => {
    const { whole, page } = narrow(list);
    const expected = all(whole).map((one, index) => (index < unusual ? one : kept(one)));
    expect(all(page)).toEqual(expected);
    expect(page.layout.list).toBeUndefined();
  });

  test('has the hashes of the whole records, and knows where what is asked for lies', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), fc.constantFrom(0, 1), (records, spaces) => {
        const list = JSON.stringify(records, undefined, spaces);
        const { whole, page } = narrow(list);
        const hashes = Array.from({ length: page.recordCount }, (_, index) => page.contentHash(index));
        expect(hashes).toEqual(expected(list));
        const paths = asked.map((name) => [name]);
        for (let index = 0; index < page.recordCount; index++) {
          expect(page.picker(paths)(index)).toEqual(whole.picker(paths)(index));
          expect(kept(page.record(index))).toEqual(kept(whole.record(index)));
          expect(page.bytes(index).length).toBeLessThanOrEqual(whole.bytes(index).length);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('is the page itself where its numbers are not what they seem, or its names', () => {
    const page = readJsonPage(Buffer.from('[{"a":12345678901234567890,"x":1}]'), []);
    expect(contentOf(page, { ...RULES, needed })).not.toHaveProperty('bytes');
    const other = readJsonPage(Buffer.from('[{"A":1,"X":1}]'), []);
    expect(contentOf(other, { ...RULES, needed, isCamelCase: true })).not.toHaveProperty('bytes');
  });
});
