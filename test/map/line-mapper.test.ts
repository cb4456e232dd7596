import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SourceText } from '../../engine/definition/source.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { LineMapper } from '../../engine/map/line-mapper.ts';
import type { Needed } from '../../engine/map/needs.ts';
import { RecordReader } from '../../engine/map/record-reader.ts';

const NOW = Date.UTC(2026, 10, 22);

function mapperOf(text: string): LineMapper {
  const { mapping } = compileMapping(new SourceText('m.jsonata', text));
  if (!mapping) throw new Error('the mapping does not parse');
  return new LineMapper(mapping, NOW);
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
const MAPPING = '{"a": m.a, "c": m.n.c, "w": w, "is": $exists(m), "gone": m.gone, "up": $uppercase(m.b)}';

describe('lines', () => {
  it('give what each record alone gives, however the records before it were written', async () => {
    const { mapping } = compileMapping(new SourceText('m.jsonata', MAPPING));
    const property = fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 12 }),
      spacing,
      async (records, style) => {
        const lines = records.map((each) =>
          style === 0 ? JSON.stringify(each) : JSON.stringify(each).replace(/":/g, '": '),
        );
        const { text, failures, count } = await mapperOf(MAPPING).map(Buffer.from(`${lines.join('\n')}\n`));
        const events: string[] = [];
        let failed = 0;
        for (const line of lines) {
          try {
            events.push(`${JSON.stringify(await mapping?.evaluate(JSON.parse(line), NOW))}\n`);
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
    const { text, failures, count } = await mapperOf(MAPPING).map(Buffer.from(`${lines.join('\n')}\n`));
    expect(text.split('\n')).toHaveLength(5);
    expect(count).toBe(7);
    expect(failures).toMatchObject([{ line: 4, text: broken, error: { code: 'record-not-json' } }]);
  });

  it('take the last of two members with one name', async () => {
    const line = '{"m":{"a":1,"a":2,"b":"x"}}\n';
    const { text } = await mapperOf('{"a": m.a}').map(Buffer.from(line.repeat(3)));
    expect(text).toBe('{"a":2}\n'.repeat(3));
  });

  it('give several lines for a list of events, and refuse what is no event', async () => {
    const mapper = mapperOf('n = 0 ? 7 : [1..n].{"a": $}');
    const { text, failures } = await mapper.map(Buffer.from('{"n": 2}\n{"n": 0}\n{"n": 1}\n'));
    expect(text).toBe('{"a":1}\n{"a":2}\n{"a":1}\n');
    expect(failures).toMatchObject([{ line: 2, error: { code: 'map-no-event' } }]);
  });
});

describe('a reader of records', () => {
  const all: Needed = { isWhole: true, members: new Map() };
  const needed: Needed = { isWhole: false, members: new Map([['a', all]]) };

  it('recognises a line that is written like one that it learned', () => {
    const reader = new RecordReader(needed);
    expect(reader.read('{"a":1,"b":[1]}\n', 0)).toBeUndefined();
    reader.learn('{"a":1,"b":[1]}\n');
    expect(reader.read('{"a":"x","b":[2,{"c":null}]}\n', 0)).toBeUndefined();
    expect(reader.read('{"a":"x","b":[2,"]"]}\n', 0)).toEqual({ record: { a: 'x' }, end: 22 });
    expect(reader.read('{"a":"x","b":[2,"]"],"c":1}\n', 0)).toBeUndefined();
  });

  it('does not fail for a value that is too much for it', () => {
    const reader = new RecordReader(needed);
    const line = (count: number) => `{"a":1,"b":[${'{"x":1},'.repeat(count)}1]}\n`;
    reader.learn(line(1));
    expect(reader.read(line(3), 0)).toBeDefined();
    expect(reader.read(line(6_000_000), 0)).toBeUndefined();
  });

  it('takes a time that grows no faster than a line that it does not recognise', () => {
    const reader = new RecordReader({
      isWhole: false,
      members: new Map([
        ['a', all],
        ['b', all],
      ]),
    });
    const line = (text: string, end: string) =>
      `{"a":"${text}","b":["${text}"],"c":{"d":"${text}","e":[${'1,'.repeat(text.length)}1]}${end}\n`;
    reader.learn(line('x', '}'));
    expect(reader.read(line('x', '}'), 0)).toBeDefined();
    const started = performance.now();
    for (const text of ['x', 'é', '\\u00e9', '12'])
      expect(reader.read(line(text.repeat(20_000), ']'), 0)).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
