import { describe, expect, it } from 'vitest';
import { SourceText } from '../../engine/definition/source.ts';
import { EngineError } from '../../engine/errors.ts';
import { compileMapping, type Mapping } from '../../engine/map/evaluate.ts';

function mappingOf(text: string): Mapping {
  const { mapping, diagnostics } = compileMapping(new SourceText('m.jsonata', text));
  if (!mapping) throw new Error(diagnostics[0]?.message);
  return mapping;
}

async function failure(text: string, input = {}): Promise<EngineError> {
  const error = await mappingOf(text)
    .evaluate(input, 0)
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof EngineError)) throw new Error('it did not fail with an EngineError');
  return error;
}

describe('compileMapping', () => {
  it('gives one diagnostic, with its place, for a text that does not parse', () => {
    const { mapping, diagnostics } = compileMapping(new SourceText('m.jsonata', '{\n  "a": 1\n  "b": 2\n}'));
    expect(mapping).toBeUndefined();
    expect(diagnostics).toMatchObject([
      {
        code: 'expr-syntax',
        level: 'error',
        at: { file: 'm.jsonata', start: { line: 3, column: 3 }, end: { column: 6 } },
      },
    ]);
  });
});

describe('a mapping', () => {
  it('gives the fetch time by $now and $millis, with picture and time zone', async () => {
    const text = '{"a": $now(), "b": $millis(), "c": $now("[H01]:[m01]"), "d": $now("[H01]:[m01]", "+0230")}';
    expect(await mappingOf(text).evaluate({}, Date.UTC(2024, 11, 1, 10, 0, 0, 7))).toEqual({
      a: '2024-12-01T10:00:00.007Z',
      b: 1733047200007,
      c: '10:00',
      d: '12:30',
    });
  });

  it('keeps the time of each of two evaluations that run at once', async () => {
    const mapping = mappingOf('{"a": $millis(), "b": [1..50].$now(), "c": $millis()}');
    const times = await Promise.all([1, 2, 3].map((now) => mapping.evaluate({}, now)));
    expect(times).toMatchObject([1, 2, 3].map((now) => ({ a: now, c: now })));
  });

  it.each(['random', 'shuffle', 'eval'])('refuses $%s', async (name) => {
    const error = await failure(`{"a":\n  $${name}("1")}`);
    expect(error).toMatchObject({ code: `map-${name}-refused`, kind: 'data' });
    expect(error.at?.start).toMatchObject({ line: 2, column: 3 });
  });

  it.each([
    ['{\n  "a": $number(machine.x)\n}', 'map-d3030', 2, 8, 15],
    ['{\n  "a": machine.x + 1\n}', 'map-t2001', 2, 18, 19],
    ['{\n  "a": $lowercase(1)\n}', 'map-t0410', 2, 8, 18],
    ['{"a": 1,\n "b": $error("no")}', 'map-d3137', 2, 7, 13],
  ])('points at the line and column of a failure in %s', async (text, code, line, column, end) => {
    const error = await failure(text, { machine: { x: 'y' } });
    expect(error).toMatchObject({ name: 'EngineError', code, kind: 'data', at: { file: 'm.jsonata' } });
    expect(error.at?.start).toMatchObject({ line, column });
    expect(error.at?.end).toMatchObject({ line, column: end });
  });

  it('gives messages in lower case and without a full stop', async () => {
    expect((await failure('{"a": $number("x")}')).message).toBe('unable to cast value to a number: "x"');
  });

  it('ends a recursion that never ends', async () => {
    expect((await failure('($f := function($n) { 1 + $f($n + 1) }; {"a": $f(0)})')).code).toBe('map-d1011');
  });

  it('ends a sequence that grows too long', async () => {
    expect((await failure('{"a": [1..1000000]}')).code).toBe('map-d2015');
  });

  it('maps a wide event, whose members the interpreter evaluates side by side', async () => {
    const members = Array.from({ length: 400 }, (_, index) => `"m${index}": $f($string(record.a))`);
    const text = `($f := function($v) { $v ? $uppercase($v) : "" }; {${members.join(',')}})`;
    expect(await mappingOf(text).evaluate({ record: { a: 'x' } }, 0)).toMatchObject({ m0: 'X', m399: 'X' });
  });

  it('gives plain lists and leaves its input alone', async () => {
    const record = Object.freeze({ tags: Object.freeze(['a']), list: Object.freeze([{ id: 1 }, { id: 2 }]) });
    const event = await mappingOf('{"ids": record.list.id, "tags": record.tags, "all": record}').evaluate(
      { record },
      0,
    );
    expect(event).toEqual({ ids: [1, 2], tags: ['a'], all: record });
    expect(Object.keys((event as { ids: unknown[] }).ids)).toEqual(['0', '1']);
    expect(structuredClone(event)).toEqual(event);
  });
});
