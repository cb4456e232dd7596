import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonPage, parseJson, readJsonPage } from '../../engine/fetch/json-page.ts';
import { failureOf } from '../support/failure-of.ts';

const page = (text: string, path: string[] = ['value']) => readJsonPage(Buffer.from(text), path);
const records = (read: JsonPage) =>
  Array.from({ length: read.recordCount }, (_, index) => read.record(index));

async function expectFailure(bytes: Buffer | string, path: string[], code: string) {
  const error = await failureOf(() => readJsonPage(Buffer.from(bytes), path));
  const isTransient = code === 'page-truncated' || code === 'page-empty-body';
  expect(error).toMatchObject(
    isTransient ? { code, kind: 'transient', retry: 'backoff' } : { code, kind: 'contract', retry: 'never' },
  );
  return error;
}

describe('a page', () => {
  it('gives its records, their text as written, and what lies around them', () => {
    const read = page(
      '\ufeff {"@odata.context":"c", "value" : [ {"id": 1} ,"two", [3] ,null ] ,"@odata.nextLink":"n"} \n',
    );
    expect(records(read)).toEqual([{ id: 1 }, 'two', [3], null]);
    expect([0, 1, 2, 3].map((index) => read.recordText(index))).toEqual([
      '{"id": 1}',
      '"two"',
      '[3]',
      'null',
    ]);
    expect(read.rest).toEqual({ '@odata.context': 'c', value: [], '@odata.nextLink': 'n' });
    expect(() => read.record(4)).toThrow(RangeError);
    expect(() => read.record(-1)).toThrow(RangeError);
  });

  it('may be the list itself, or hold it deep inside', () => {
    expect(records(page('[1,2]', []))).toEqual([1, 2]);
    expect(page('[1,2]', []).rest).toEqual([]);
    const deep = page('{"a":{"x":[9],"b":{"c":[1]},"y":0}}', ['a', 'b', 'c']);
    expect(records(deep)).toEqual([1]);
    expect(deep.rest).toEqual({ a: { x: [9], b: { c: [] }, y: 0 } });
  });

  it('may have no records', () => {
    expect(page('{"value":[ ]}').recordCount).toBe(0);
  });

  it('may have more records than fit the first block of offsets', () => {
    const many = Array.from({ length: 5000 }, (_, id) => ({ id }));
    expect(records(page(JSON.stringify({ value: many })))).toEqual(many);
  });

  it('counts the last of several members of one name, as JSON.parse does', async () => {
    expect(records(page('{"value":[1],"value":[2,3]}'))).toEqual([2, 3]);
    expect(page('{"value":[1],"value":[2,3]}').rest).toEqual({ value: [] });
    await expectFailure('{"value":[1],"value":{}}', ['value'], 'page-no-records');
    await expectFailure('{"a":{"value":[1]},"a":{}}', ['a', 'value'], 'page-no-records');
    expect(records(page('{"a":{"value":[1]},"a":{"value":[4]}}', ['a', 'value']))).toEqual([4]);
  });

  it('finds a name whatever its spelling', () => {
    expect(records(page('{"v\\u0061lue":[1]}'))).toEqual([1]);
    expect(records(page('{"größe":[1]}', ['größe']))).toEqual([1]);
    expect(records(page('{"__proto__":[1]}', ['__proto__']))).toEqual([1]);
  });

  it('keeps `__proto__` as data', () => {
    const [record] = records(page('{"value":[{"__proto__":{"isAdmin":true},"constructor":1}]}')) as [object];
    expect(Object.keys(record)).toEqual(['__proto__', 'constructor']);
    expect('isAdmin' in record).toBe(false);
  });
});

/** What `JSON.parse` reads back, with the numbers that a double cannot tell from their neighbours as digits. */
function exact(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, member: unknown) => {
    if (typeof member !== 'number' || Math.abs(member) <= Number.MAX_SAFE_INTEGER) return member;
    const text = JSON.stringify(member);
    return /e/.test(text) && text.replace(/e.*|[-.]/g, '').length <= 15 ? member : text;
  });
}

describe('what JSON.parse says', () => {
  const value = fc.jsonValue({ maxDepth: 8, noUnicodeString: false });
  const layout = fc.constantFrom(0, 1, '\t', ' \n');

  it('is what a page of random values says, with any layout', () => {
    fc.assert(
      fc.property(fc.array(value), fc.dictionary(fc.string(), value), layout, (list, around, space) => {
        const document = { ...around, value: list };
        const read = page(JSON.stringify(document, null, space));
        expect(records(read)).toEqual(exact(list));
        expect(read.rest).toEqual(exact({ ...document, value: [] }));
        if (list.length > 0)
          expect(JSON.parse(read.recordText(0))).toEqual(JSON.parse(JSON.stringify(list[0])));
      }),
      { numRuns: 300 },
    );
  });

  it('is what parseJson says of a random document', () => {
    fc.assert(
      fc.property(value, layout, (document, space) => {
        const text = JSON.stringify(document, null, space);
        expect(parseJson(Buffer.from(text))).toEqual(exact(document));
      }),
      { numRuns: 300 },
    );
  });

  it('is refused together with it when a random document is damaged', async () => {
    const characters = [...'{}[]",:\\0123456789.eE+-truefalsn \n\u0000\u001f\u007fx/'];
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 1 }),
        fc.nat(),
        fc.nat({ max: 2 }),
        fc.constantFrom(...characters),
        async (document, place, removed, inserted) => {
          const whole = JSON.stringify(document, null, place % 2);
          const at = place % whole.length;
          // By way of bytes, since the cut may have gone through a surrogate pair.
          const text = Buffer.from(whole.slice(0, at) + inserted + whole.slice(at + removed)).toString();
          let expected: unknown;
          try {
            expected = JSON.parse(text);
          } catch {
            const error = await failureOf(() => parseJson(Buffer.from(text)));
            expect(error.code).toMatch(/^page-(truncated|not-json|empty-body)$/);
            return;
          }
          // A damaged number may have become one that comes out as its digits: compare those as numbers.
          const read = parseJson(Buffer.from(text));
          if (!/\d{15}|\d[eE]/.test(text)) expect(read).toEqual(expected);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    '01',
    '-',
    '-01',
    '1.',
    '.1',
    '+1',
    '1e',
    '1e+',
    '0x1',
    'NaN',
    'Infinity',
    '-Infinity',
    'undefined',
    'True',
    'nul',
    'nulll',
    '"\\x"',
    '"\\u12g4"',
    '"\t"',
    '"\n"',
    "'a'",
    '[1,]',
    '[,1]',
    '[1 2]',
    '{"a":1,}',
    '{a:1}',
    '{"a" 1}',
    '{"a":}',
    '{1:1}',
    '{"a":1 "b":2}',
    '[}',
    '{]',
    '[1]]',
    '{}{}',
    '1 2',
    '//x\n1',
    '[1]/**/',
    '\u00a01',
    '\u2028[]',
  ])('is that `%s` is no JSON', async (text) => {
    expect(() => JSON.parse(text)).toThrow();
    const error = await failureOf(() => parseJson(Buffer.from(text)));
    expect(error.code).toMatch(/^page-(not-json|truncated)$/);
  });

  it.each([
    '-0',
    '0.0',
    '1E5',
    '1e-5',
    '-1.5e+3',
    '"\\u00e9\\ud83d\\ude00\\/\\b"',
    '"\u007f\u2028"',
    '{"":{"":[]}}',
    'true',
    'null',
  ])('is that `%s` is JSON', (text) => {
    expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text));
  });
});

describe('a page that breaks off', () => {
  it('is truncated wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue({ maxDepth: 4, noUnicodeString: false })),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (list, where) => {
          const bytes = Buffer.from(JSON.stringify({ before: 'é', value: list, next: 'ü€😀' }));
          const length = 1 + Math.floor(where * (bytes.length - 2));
          const error = await expectFailure(bytes.subarray(0, length), ['value'], 'page-truncated');
          expect(error.message).toContain(`breaks off after ${length} bytes`);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is truncated at every length of one document with everything in it', async () => {
    const bytes = Buffer.from(
      '[{"a\\n\\u00e9":-1.5e+10,"b":[true,false,null,"é😀"],"c":{}}, 12345678901234567890 , ""]',
    );
    for (let length = 1; length < bytes.length; length++) {
      await expectFailure(bytes.subarray(0, length), [], 'page-truncated');
    }
  });
});

describe('an answer that is no page', () => {
  it.each(['', ' \r\n', '\ufeff', '\ufeff  '])('is an empty body: `%s`', async (text) => {
    await expectFailure(text, ['value'], 'page-empty-body');
  });

  it.each(['<!doctype html><title>Sign in</title>', ' \n<?xml version="1.0"?>', '\ufeff<html>'])(
    'is HTML or XML: %s',
    async (text) => {
      const error = await expectFailure(text, ['value'], 'page-not-json');
      expect(error.message).toBe('the answer is HTML or XML, expected JSON');
    },
  );

  it('is told by the byte and its offset', async () => {
    expect((await expectFailure('{"value":[1}', ['value'], 'page-not-json')).message).toBe(
      'the answer is not JSON: unexpected `}` at offset 11',
    );
    expect((await expectFailure('{"value":["a\u0001"]}', ['value'], 'page-not-json')).message).toContain(
      'byte 0x01',
    );
  });

  it('is not JSON when its text is not UTF-8', async () => {
    await expectFailure(Buffer.from('{"value":["caf\xe9"]}', 'latin1'), ['value'], 'page-not-json');
    await expectFailure(Buffer.from('{"value":[]}', 'utf16le'), ['value'], 'page-not-json');
    await expectFailure(Buffer.from('{"value":["\xed\xa0\x80"]}', 'latin1'), ['value'], 'page-not-json');
  });

  it.each([
    [
      '{"error":{"code":"x"},"id":1}',
      ['value'],
      '`value` is missing, expected a list; the answer has: `error`, `id`',
    ],
    ['{}', ['value'], '`value` is missing, expected a list; the answer has: nothing'],
    ['{"value":{"a":1}}', ['value'], '`value` is an object, expected a list; `value` has: `a`'],
    ['{"value":null}', ['value'], '`value` is null, expected a list'],
    ['{"value":"x"}', ['value'], '`value` is a string, expected a list'],
    ['{"value":7}', ['value'], '`value` is a number, expected a list'],
    ['{"value":false}', ['value'], '`value` is a boolean, expected a list'],
    ['{"a":{"c":1}}', ['a', 'b'], '`a.b` is missing, expected a list; `a` has: `c`'],
    ['{"a":[]}', ['a', 'b'], '`a` is a list, expected an object'],
    ['[]', ['value'], 'the answer is a list, expected an object'],
    ['{"value":[]}', [], 'the answer is an object, expected a list; the answer has: `value`'],
    ['7', [], 'the answer is a number, expected a list'],
  ])('has no records: %s at %j', async (text, path, message) => {
    expect((await expectFailure(text, path, 'page-no-records')).message).toBe(message);
  });

  it('lists few and short names only', async () => {
    const members = Array.from({ length: 1000 }, (_, index) => [`${index}`.repeat(50), index]);
    const error = await expectFailure(
      JSON.stringify(Object.fromEntries(members)),
      ['value'],
      'page-no-records',
    );
    expect(error.message.length).toBeLessThan(600);
    expect(error.message).toMatch(/, \.\.\.$/);
  });
});

describe('nesting', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

  it('is accepted to 64 levels and refused beyond', async () => {
    expect(parseJson(Buffer.from(nested(64)))).toBeDefined();
    expect((await failureOf(() => parseJson(Buffer.from(nested(65))))).code).toBe('page-not-json');
    expect(page(`{"value":${nested(63)}}`).recordCount).toBe(1);
    await expectFailure(`{"value":${nested(64)}}`, ['value'], 'page-not-json');
  });

  it('of a million levels is refused without an overflow', async () => {
    for (const text of [
      nested(1_000_000),
      '['.repeat(1_000_000),
      '{"a":'.repeat(1_000_000),
      `{"value":${nested(1_000_000)}}`,
    ]) {
      const error = await failureOf(() => page(text));
      expect(error.code).toBe('page-not-json');
      expect(error.message).toContain('deeper than 64');
    }
  });
});

describe('a number', () => {
  it.each([
    ['9007199254740991', 9007199254740991],
    ['-9007199254740991', -9007199254740991],
    ['0.1', 0.1],
    ['47.606215123456789012', 47.60621512345679],
    ['1700000000000', 1700000000000],
    ['1e21', 1e21],
    ['1.5E300', 1.5e300],
    ['100000000000000000000e-5', 1e15],
    ['0e999', 0],
    ['1234567890123456.5', 1234567890123456.5],
  ])('that fits stays a number: %s', (text, value) => {
    expect(page(`{"value":[${text}]}`).record(0)).toBe(value);
  });

  it.each([
    '9007199254740993',
    '-9007199254740993',
    '12345678901234567890',
    '1e400',
    '-1E+999',
    '123456789012345678901234567890.5',
    '1.2345678901234567890e25',
    '1e-999',
    '9007199254740993.0',
  ])('that a double would lose comes out as its digits: %s', (text) => {
    const read = page(
      `{"n":${text},"value":[{"a":1},{"id":${text},"in":[2,${text}]},${text},{"b":${text}}]}`,
    );
    expect(records(read)).toEqual([{ a: 1 }, { id: text, in: [2, text] }, text, { b: text }]);
    expect(read.rest).toEqual({ n: text, value: [] });
    expect(read.recordText(1)).toBe(`{"id":${text},"in":[2,${text}]}`);
    expect(parseJson(Buffer.from(`[${text}]`))).toEqual([text]);
  });

  it('that differs from another never becomes equal to it', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        fc.bigInt({ min: 1n, max: 5n }),
        (id, step) => {
          const [a, b] = records(page(`{"value":[${id},${id + step}]}`));
          expect(String(a)).not.toBe(String(b));
          expect([BigInt(a as string), BigInt(b as string)]).toEqual([id, id + step]);
        },
      ),
    );
  });

  it('inside of a string is left alone', () => {
    expect(
      page('{"value":["12345678901234567890",{"12345678901234567890":12345678901234567890}]}').rest,
    ).toEqual({ value: [] });
    expect(records(page('{"value":["\\"12345678901234567890",1e999]}'))).toEqual([
      '"12345678901234567890',
      '1e999',
    ]);
  });
});

it('keeps offsets only', () => {
  const record = { id: 'x'.repeat(100), nested: { list: [1, 2, 3], flag: true, text: 'y'.repeat(50) } };
  const bytes = Buffer.from(JSON.stringify({ value: Array.from({ length: 50_000 }, () => record) }));
  const before = process.memoryUsage();
  const read = readJsonPage(bytes, ['value']);
  const after = process.memoryUsage();
  expect(read.recordCount).toBe(50_000);
  expect(after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers).toBeLessThan(
    bytes.length / 4,
  );
});
