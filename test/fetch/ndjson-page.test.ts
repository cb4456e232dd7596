import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readNdjsonPage } from '../../engine/fetch/ndjson-page.ts';
import { failureOf } from '../support/failure-of.ts';

function read(text: string | Buffer): unknown[] {
  const page = readNdjsonPage(Buffer.from(text));
  return Array.from({ length: page.recordCount }, (_, index) => page.record(index));
}

it('gives a record for each line', () => {
  expect(read('{"a":1}\n{"a":2}\r\n\n  \n "x" \n12\n')).toEqual([{ a: 1 }, { a: 2 }, 'x', 12]);
  expect(read('\ufeff{"a":1}\n')).toEqual([{ a: 1 }]);
  expect(readNdjsonPage(Buffer.from('{"a": 1}\n')).recordText(0)).toBe('{"a": 1}');
  expect(readNdjsonPage(Buffer.from('{"a": 1}\n')).rest).toBeUndefined();
});

it('has no records in an empty body', () => {
  expect(read('')).toEqual([]);
  expect(read('\n\n')).toEqual([]);
});

it('keeps the digits of large numbers', () => {
  expect(read('{"id":12345678901234567890}\n{"id":1}\n')).toEqual([
    { id: '12345678901234567890' },
    { id: 1 },
  ]);
});

it('lets the last newline be missing behind a complete object only', async () => {
  expect(read('{"a":1}\n{"a":2}')).toEqual([{ a: 1 }, { a: 2 }]);
  for (const text of ['1\n12', '1\ntrue', '"a"\n"b"']) {
    const error = await failureOf(() => read(text));
    expect(error).toMatchObject({ code: 'page-truncated', kind: 'transient', retry: 'backoff' });
  }
});

it('is truncated wherever a record is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (record, where) => {
        const line = Buffer.from(JSON.stringify(record));
        const cut = line.subarray(0, 1 + Math.floor(where * (line.length - 2)));
        const error = await failureOf(() => read(Buffer.concat([Buffer.from('{"a":1}\n'), cut])));
        expect(error.code).toBe('page-truncated');
      },
    ),
  );
});

it.each([
  '{"a":1}{"a":2}\n',
  '{"a":1} {"a":2}',
  '{"a":1},\n{"a":2}\n',
  '{\n"a":1}\n',
  '[\n{"a":1}\n]\n',
  '<html>',
  'x\n',
  '{"a":1}\nx',
])('refuses `%s`', async (text) => {
  expect(await failureOf(() => read(text))).toMatchObject({
    code: 'page-not-json',
    kind: 'contract',
    retry: 'never',
  });
});

it('refuses text that is not UTF-8', async () => {
  expect((await failureOf(() => read(Buffer.from('{"a":"\xe9"}\n', 'latin1')))).code).toBe('page-not-json');
});
