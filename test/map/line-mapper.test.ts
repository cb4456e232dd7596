import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SourceText } from '../../engine/definition/source.ts';
import { JsonBytes } from '../../engine/map/compiler/runtime/json-bytes.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { JsonScanner } from '../../engine/map/json-scanner.ts';
import { LineMapper } from '../../engine/map/line-mapper.ts';
import type { Needed } from '../../engine/map/needs.ts';
import { RecordReader } from '../../engine/map/record-reader.ts';

const NOW = Date.UTC(2026, 10, 22);

function mapperOf(text: string): LineMapper {
  const { mapping } = compileMapping(new SourceText('m.jsonata', text));
  if (!mapping) throw new Error('the mapping does not parse');
  return new LineMapper(mapping);
}

/** The lines of events, what failed, and how many lines there were. */
async function mapped(mapper: LineMapper, lines: Buffer | string) {
  // Room for little, so that it must grow.
  const out = new JsonBytes(8);
  const { count, failures } = await mapper.map(Buffer.from(lines), NOW, out);
  return { text: out.written().toString(), count, failures };
}

const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    'a',
    'Büro',
    'x"y\\',
    '\u2028\ud83d\ude00',
    '\ud800',
    null,
    true,
    0,
    -0,
    1.5e-7,
    2 ** 60,
  ),
  fc.double({ noNaN: true }),
  fc.string({ unit: 'binary' }),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { weight: 6, arbitrary: scalar },
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 2 }), tie('any'), { maxKeys: 3 }),
  ),
})).any;
/** Records that are mostly alike, as those of a source. */
const record = fc.record(
  {
    m: fc.oneof(
      {
        weight: 9,
        arbitrary: fc.record({ a: value, skipped: value, b: value, n: fc.record({ c: scalar, d: value }) }),
      },
      { weight: 1, arbitrary: value },
    ),
    w: value,
    'q"e': scalar,
  },
  { noNullPrototype: true, requiredKeys: ['m'] },
);
const spacing = fc.constantFrom(0, 1);
/** Most lines are whole; in others something is there that should not be, or something is missing. */
const damage = fc.oneof(
  { weight: 4, arbitrary: fc.constant((line: string) => line) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.nat(),
        fc.nat(2),
        fc.constantFrom('"', ',', ':', '{', '}', ']', '\\', '0', '-', 'e', ' ', '\t', 'é', '\u0001'),
      )
      .map(([place, length, put]) => (line: string) => {
        const at = place % line.length;
        return line.slice(0, at) + put + line.slice(at + length);
      }),
  },
);
const MAPPING = '{"a": m.a, "c": m.n.c, "w": w, "is": $exists(m), "gone": m.gone, "up": $uppercase(m.b)}';

describe('lines', () => {
  it('give what each record alone gives, however the records before it were written', async () => {
    const { mapping } = compileMapping(new SourceText('m.jsonata', MAPPING));
    const property = fc.asyncProperty(
      fc.array(fc.tuple(record, damage), { minLength: 1, maxLength: 12 }),
      spacing,
      async (records, style) => {
        const lines = records
          .map(([each, broken]) => broken(JSON.stringify(each)))
          .map((line) => (style === 0 ? line : line.replace(/":/g, '": ')));
        const { text, failures, count } = await mapped(mapperOf(MAPPING), `${lines.join('\n')}\n`);
        const events: string[] = [];
        let failed = 0;
        for (const line of lines) {
          try {
            const input = JSON.parse(Buffer.from(line).toString());
            events.push(`${JSON.stringify(await mapping?.evaluate(input, NOW))}\n`);
          } catch {
            failed++;
          }
        }
        expect({ text, failed: failures.length, count }).toEqual({
          text: events.join(''),
          failed,
          count: lines.length,
        });
      },
    );
    await fc.assert(property, { numRuns: 400, seed: 3 });
  });

  it.each([
    ['what is no JSON', '{"m": {"a": 1,}}'],
    ['what is no JSON where nobody reads', '{"m":{"a":1,"skipped":01,"b":"x","n":{"c":1,"d":0}}}'],
    ['a line that breaks off', '{"m":{"a":1,"skipped":2'],
    ['two values', '{"m":{"a":1,"skipped":2,"b":"x","n":{"c":1,"d":0}}} {}'],
    ['a control character in a string', '{"m":{"a":1,"skipped":"\u0001","b":"x","n":{"c":1,"d":0}}}'],
  ])('refuse %s with its line, and go on', async (_name, broken) => {
    const good = '{"m":{"a":1,"skipped":2,"b":"x","n":{"c":1,"d":0}}}';
    const lines = [good, good, '', broken, `${good}\r`, '  ', good];
    const { text, failures, count } = await mapped(mapperOf(MAPPING), `${lines.join('\n')}\n`);
    expect(text.split('\n')).toHaveLength(5);
    expect(count).toBe(7);
    expect(failures).toMatchObject([{ line: 4, text: broken, error: { code: 'record-not-json' } }]);
  });

  it('take the last of two members with one name', async () => {
    const line = '{"m":{"a":1,"a":2,"b":"x"}}\n';
    const { text } = await mapped(mapperOf('{"a": m.a}'), line.repeat(3));
    expect(text).toBe('{"a":2}\n'.repeat(3));
  });

  it('give several lines for a list of events, and refuse what is no event', async () => {
    const mapper = mapperOf('n = 0 ? 7 : [1..n].{"a": $}');
    const { text, failures } = await mapped(mapper, '{"n": 2}\n{"n": 0}\n{"n": 1}\n');
    expect(text).toBe('{"a":1}\n{"a":2}\n{"a":1}\n');
    expect(failures).toMatchObject([{ line: 2, error: { code: 'map-no-event' } }]);
  });
});

describe('strings of a record in its event', () => {
  it.each([
    ['with a quote and a backslash', String.raw`{"m":{"a":"x\"y\\"}}`],
    ['with an escape that needs none', String.raw`{"m":{"a":"\u0061bc\/"}}`],
    ['with a surrogate alone', String.raw`{"m":{"a":"\ud800"}}`],
    ['with a pair of surrogates as escapes', String.raw`{"m":{"a":"\ud83d\ude00"}}`],
    ['that is no ASCII', '{"m":{"a":"Büro 😀\u2028"}}'],
    ['that is empty', '{"m":{"a":""}}'],
    ['as long as a native call is worth', `{"m":{"a":"${'long'.repeat(50)}é"}}`],
    ['that is a number', '{"m":{"a":1.0}}'],
    ['that is a large number', '{"m":{"a":12345678901234567890}}'],
    ['that is a number with an exponent', '{"m":{"a":1e2}}'],
    ['that is minus zero', '{"m":{"a":-0}}'],
    ['that is a number at the edge of 32 bits', '{"m":{"a":-2147483648}}'],
    ['that is null', '{"m":{"a":null}}'],
    ['that is a list', '{"m":{"a":[1,"x",{"b":[]}]}}'],
    ['whose object is none', '{"m":"x"}'],
    ['whose object is there twice', '{"m":{"a":"x"},"m":{}}'],
    ['whose name is escaped', String.raw`{"m":{"\u0061":"x"}}`],
    ['with spaces wherever they may be', ' { "m" :\t{ "a" : "x" } , "n" : [ 1 , { } ] } \r'],
  ])('are written as JSON.stringify writes them: %s', async (_name, line) => {
    const first = '{"m":{"a":"abc/"}}';
    const { a } = JSON.parse(line).m ?? {};
    const wanted = `${JSON.stringify({ a, b: a, c: [a].flat().filter((each) => each !== undefined) })}\n`;
    const { text } = await mapped(
      mapperOf('{"a": m.a, "b": m.a, "c": [m.a]}'),
      `${first}\n${line}\n${first}\n${line}\n`,
    );
    expect(text).toBe(`{"a":"abc/","b":"abc/","c":["abc/"]}\n${wanted}`.repeat(2));
  });

  it('are those of this record, although another had the same', async () => {
    const lines = [
      '{"m":{"a":"same text"},"w":"other"}',
      '{"w":"same text","m":{}}',
      String.raw`{"w":"\u0073ame text","m":{"a":"same text!"}}`,
      '{"m":1,"w":["same text"]}',
    ];
    const { text } = await mapped(mapperOf('{"a": m.a, "w": w}'), `${lines.join('\n')}\n`);
    expect(text).toBe(
      '{"a":"same text","w":"other"}\n{"w":"same text"}\n{"a":"same text!","w":"same text"}\n{"w":["same text"]}\n',
    );
  });

  it('that are no UTF-8 are read as UTF-8 is', async () => {
    const line = Buffer.from('{"m":{"a":"x?y"}}\n');
    line[line.indexOf('?')] = 0xff;
    const { text } = await mapped(mapperOf('{"a": m.a}'), Buffer.concat([line, line]));
    expect(text).toBe('{"a":"x\ufffdy"}\n'.repeat(2));
  });
});

describe('a scanner of JSON', () => {
  it('finds the end of a value where JSON.parse reads one, and nothing where it does not', () => {
    const scanner = new JsonScanner();
    const property = fc.property(value, damage, (each, broken) => {
      const text = broken(JSON.stringify(each) ?? 'null');
      // A value begins with no space and ends with none; what it is followed by is for others to see.
      if (text !== text.trim() || text === '') return;
      scanner.open(Buffer.from(`${text}\n`));
      const isJson = isParsed(text);
      expect(scanner.skip(0) === Buffer.byteLength(text), text).toBe(isJson);
    });
    fc.assert(property, { numRuns: 5000, seed: 11 });
  });

  it('takes each byte of a string for what it is, wherever it stands', () => {
    const scanner = new JsonScanner();
    const wrong: string[] = [];
    for (let byte = 0; byte < 0x80; byte++) {
      for (let place = 0; place < 9; place++) {
        // Beside it what is nearest to bytes that mean something.
        const text = `"${' #!['.repeat(3).slice(0, place)}${String.fromCharCode(byte)}${']#! "'}\n`;
        scanner.open(Buffer.from(text));
        const end = text.indexOf('"', 1) + 1;
        const isJson = isParsed(text.slice(0, end));
        const found = scanner.skip(0);
        if (byte === 0x5c ? found > 0 && !isParsed(text.slice(0, found)) : (found === end) !== isJson)
          wrong.push(`${byte} at ${place}: ${found}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    '01',
    '1.',
    '.5',
    '-',
    '1e',
    '1e+',
    '+1',
    'tru',
    'nul',
    '"\\x"',
    '"\\u12g4"',
    '[1,]',
    '{"a"}',
    '{,}',
    '[',
    '',
  ])('finds no end of %s', (text) => {
    const scanner = new JsonScanner();
    scanner.open(Buffer.from(`${text}\n`));
    expect(scanner.skip(0)).not.toBe(text.length || 0);
  });
});

function isParsed(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('a reader of records', () => {
  const all: Needed = { isWhole: true, members: new Map() };
  const needed: Needed = { isWhole: false, members: new Map([['a', all]]) };
  const read = (reader: RecordReader, line: string) => {
    reader.open(Buffer.from(line));
    return reader.read(0);
  };

  it('gives what is needed, whatever the order of the members, and where the next line begins', () => {
    const reader = new RecordReader(needed);
    for (const line of ['{"a":"x","b":[1]}\n', '{"b":{"c":[]},"a":"x"}\r\n', '{ "c" : 1, "a": "x" }\n']) {
      expect(read(reader, `${line}{}\n`)).toEqual({ a: 'x' });
      expect(reader.end).toBe(line.length);
    }
    expect(read(reader, '{}\n')).toEqual({ a: undefined });
  });

  it('leaves to others what is unusual', () => {
    const reader = new RecordReader(needed);
    for (const line of ['{"a":1,"a":2}\n', '{"\\u0061":1}\n', '[]\n', '\n', '{"a":1} x\n'])
      expect(read(reader, line), line).toBeUndefined();
    expect(read(reader, `{"a":1,"b":${'['.repeat(100)}${']'.repeat(100)}}\n`)).toBeUndefined();
  });

  it('takes values that are large, and dictionaries without end', () => {
    const reader = new RecordReader(needed);
    expect(read(reader, `{"a":1,"b":[${'{"x":1},'.repeat(1_000_000)}1]}\n`)).toEqual({ a: 1 });
    const names = Array.from({ length: 3000 }, (_, index) => `"n${index}":${index}`).join(',');
    expect(read(reader, `{${names},"a":7}\n`)).toEqual({ a: 7 });
    expect(read(reader, `{${names},"a":8}\n`)).toEqual({ a: 8 });
  });
});
