import { describe, expect, it } from 'vitest';
import { splitTemplate, Template, texts } from '../../engine/compile/template.ts';
import { SourceText } from '../../engine/definition/source.ts';
import { YamlFile } from '../../engine/definition/yaml-file.ts';
import { failureOf } from '../support/failure-of.ts';

function expressions(text: string): string[] | number {
  const split = splitTemplate(text);
  if ('unclosedAt' in split) return split.unclosedAt;
  return split.parts.map((part) => ('text' in part ? part.text : `<${part.expression}>`));
}

describe('splitTemplate', () => {
  it.each([
    ['', ['']],
    ['plain $ { } text', ['plain $ { } text']],
    ['${a}', ['<a>']],
    ['x${a}y${b}', ['x', '<a>', 'y', '<b>']],
    ['${a}}', ['<a>', '}']],
    ['${ {"k": {"l": 1}}.k }z', ['< {"k": {"l": 1}}.k >', 'z']],
    ['${"}"}', ['<"}">']],
    ["${'}' & a}", ["<'}' & a>"]],
    ['${"\\"}" & a}', ['<"\\"}" & a>']],
    ['${`}`.x}', ['<`}`.x>']],
    ['${a /* } */ & b}', ['<a /* } */ & b>']],
    ['${$replace(a, /\\}/, "")}', ['<$replace(a, /\\}/, "")>']],
    ["it's ${a} isn't it", ["it's ", '<a>', " isn't it"]],
    ['say "${a}"', ['say "', '<a>', '"']],
    ['${}', ['<>']],
    ['$${a}', ['$', '<a>']],
  ])('splits %j', (text, expected) => {
    expect(expressions(text)).toEqual(expected);
  });

  it.each([
    ['${a', 0],
    ['x${a} ${b', 6],
    ['${"a}', 0],
    ['${ {"a": 1 }', 0],
    ['a ${"x ${b}', 2],
  ])('finds where %j is not closed', (text, at) => {
    expect(expressions(text)).toBe(at);
  });

  it('gives offsets in the text', () => {
    const split = splitTemplate('ab${c} ${ d }');
    expect('parts' in split && split.parts).toEqual([
      { text: 'ab' },
      { expression: 'c', start: 4, end: 5 },
      { text: ' ' },
      { expression: ' d ', start: 9, end: 12 },
    ]);
  });
});

function template(text: string): Template {
  const yaml = `a:\n  b: ${JSON.stringify(text)}\n`;
  return new Template(new YamlFile(new SourceText('a.yaml', yaml)), ['a', 'b'], text);
}

describe('Template', () => {
  it('gives the value of an expression that stands alone as it is', async () => {
    expect(await template('${a}').evaluate({ a: 5 })).toBe(5);
    expect(await template('${a}').evaluate({})).toBeUndefined();
  });

  it('gives a text where there is anything beside the expression', async () => {
    expect(await template('x${a}-${b}').evaluate({ a: 5, b: true })).toBe('x5-true');
  });

  it('has no value where one of its expressions has none', async () => {
    expect(await template('x${a}').evaluate({})).toBeUndefined();
    expect(await template('x${a}').evaluate({ a: null })).toBeUndefined();
    expect(await template('${a}').text({ a: '' })).toBeUndefined();
  });

  it('refuses to write an object or a list as a text, at its place', async () => {
    for (const value of [{}, [1, 2]]) {
      const error = await failureOf(() => template('x${a}').evaluate({ a: value }));
      expect(error).toMatchObject({ code: 'expr-failed', kind: 'definition', at: { start: { line: 2 } } });
    }
    expect((await failureOf(() => template('${a}').text({ a: {} }))).message).toBe(
      'the expression gives an object, expected a text',
    );
  });

  it('places what fails while it runs at the expression', async () => {
    const error = await failureOf(() => template('ab ${$number(a)}').evaluate({ a: 'x' }));
    expect(error).toMatchObject({
      code: 'expr-failed',
      at: { file: 'a.yaml', start: { line: 2, column: 12 } },
    });
  });
});

describe('a template that encodes', () => {
  const quoted = (value: string) => (value === 'no' ? undefined : `<${value}>`);

  it('encodes what expressions give, and nothing else', async () => {
    expect(await template('/a/${a}/${b}').encoded({ a: 'x', b: 1 }, quoted)).toBe('/a/<x>/<1>');
    expect(await template('/a').encoded({}, quoted)).toBe('/a');
  });

  it('has no value where an expression has none, or none that can be encoded', async () => {
    expect(await template('/${a}').encoded({}, quoted)).toBeUndefined();
    expect(await template('/${a}').encoded({ a: null }, quoted)).toBeUndefined();
    expect(await template('/${a}').encoded({ a: 'no' }, quoted)).toBeUndefined();
  });

  it('refuses a list', async () => {
    const error = await failureOf(() => template('/${a}').encoded({ a: [1, 2] }, quoted));
    expect(error.code).toBe('expr-failed');
  });

  it('says which names it reads', () => {
    const found = template('/${$uppercase(a.b)}/${c}');
    expect(['a', 'b', 'c', 'd'].map((name) => found.reads(name))).toEqual([true, false, true, false]);
  });
});

describe('texts', () => {
  it('leaves out what has no value', async () => {
    const templates = { one: template('${a}'), two: template('${b}'), three: template('c') };
    expect(await texts(templates, { a: 1 })).toEqual({ one: '1', three: 'c' });
  });
});
