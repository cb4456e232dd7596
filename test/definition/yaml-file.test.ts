import { describe, expect, it } from 'vitest';
import { SourceText, type Span } from '../../engine/definition/source.ts';
import { type KeyPath, YamlFile } from '../../engine/definition/yaml-file.ts';

function yaml(text: string): YamlFile {
  return new YamlFile(new SourceText('a.yaml', text));
}

function problems(text: string): string[] {
  return yaml(text).diagnostics.map(
    ({ code, message, at }) => `${at?.file}:${at?.start.line}:${at?.start.column} ${code}: ${message}`,
  );
}

function textAt(file: YamlFile, span: Span): string {
  return file.source.text.slice(span.start, span.end);
}

const nested = `a:
  b: one
  list:
    - x: 1
    - [two, three]
"quoted key": {7: "e", n: , m}
`;

describe('YamlFile', () => {
  it('gives the values of a file', () => {
    expect(yaml(nested).value).toEqual({
      a: { b: 'one', list: [{ x: 1 }, ['two', 'three']] },
      'quoted key': { 7: 'e', n: null, m: null },
    });
    expect(yaml(nested).diagnostics).toEqual([]);
  });

  it('reads YAML 1.2: yes and no are texts, dates too, and a merge key is a key', () => {
    expect(yaml('%YAML 1.1\n---\na: yes\nb: 2026-01-01\nc: 0o17\n<<: {d: 1}').value).toEqual({
      a: 'yes',
      b: '2026-01-01',
      c: 15,
      '<<': { d: 1 },
    });
  });

  it.each<[KeyPath, string, string]>([
    [['a', 'b'], 'b', 'one'],
    [['a', 'list', 0], 'x: 1', 'x: 1'],
    [['a', 'list', 0, 'x'], 'x', '1'],
    [['a', 'list', 1, 1], 'three', 'three'],
    [['quoted key', '7'], '7', '"e"'],
    [['quoted key', 'm'], 'm', 'm'],
    [['a', 'missing'], 'a', 'a'],
    [['a', 'list', 9, 'x'], 'list', 'list'],
    [['nothing', 'at', 'all'], '', ''],
  ])('places %j at its key and at its value', (path, key, value) => {
    const file = yaml(nested);
    expect(textAt(file, file.keySpan(path)).trim()).toBe(key);
    expect(textAt(file, file.valueSpan(path)).trim()).toBe(value);
  });

  it('places what is inside of a value, and takes the whole value when it is no text', () => {
    const file = yaml('a: "x \\"y\\""\nb: 12\n');
    expect(textAt(file, file.innerSpan(['a'], { start: 2, end: 5 }))).toBe('\\"y\\"');
    expect(textAt(file, file.innerSpan(['b'], { start: 0, end: 1 }))).toBe('12');
  });

  it('places what is below an alias where the anchor is', () => {
    const file = yaml('a: &x {b: {c: text}}\nd: *x\ne: &s word\nf: *s\n');
    expect(file.value).toMatchObject({ d: { b: { c: 'text' } }, f: 'word' });
    expect(file.source.position(file.valueSpan(['d', 'b', 'c']).start).line).toBe(1);
    expect(textAt(file, file.keySpan(['d', 'b', 'c']))).toBe('c');
    expect(textAt(file, file.innerSpan(['f'], { start: 1, end: 3 }))).toBe('or');
    expect(textAt(file, file.valueSpan(['d']))).toBe('*x');
  });

  it('refuses a key that occurs twice, at the second one', () => {
    const [problem, ...more] = yaml('a: 1\nb:\n  c: 1\n  c: 2\n').diagnostics;
    expect(problem).toMatchObject({
      code: 'yaml-duplicate-key',
      message: 'the key `c` occurs twice',
      at: { start: { line: 4, column: 3 } },
      related: [{ at: { start: { line: 3, column: 3 } }, label: 'the first one' }],
    });
    expect(more).toEqual([]);
  });

  it.each([
    ['a: 1\n? [b, c]\n: 2\n', '2:3'],
    ['? {b: c}\n: 2\n', '1:3'],
    ['a: &x b\n*x : 2\n', '2:1'],
    [`{{${'{'.repeat(50)}a${'}'.repeat(50)}}}`, '1:2'],
  ])('refuses the key of %j, which is no text', (text, place) => {
    expect(problems(text)).toEqual([`a.yaml:${place} yaml-syntax: a key is no text`]);
  });

  it('tells a hundred of the keys that occur twice', () => {
    expect(problems('a: 1\n'.repeat(500))).toHaveLength(100);
  });

  it('knows that a number and a text are the same key', () => {
    expect(problems('7: a\n"7": b\n')).toEqual(['a.yaml:2:1 yaml-duplicate-key: the key `7` occurs twice']);
  });

  it('reads a file full of keys in a moment', () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`);
    const begin = performance.now();
    expect(problems(keys.join('\n'))).toEqual([]);
    expect(performance.now() - begin).toBeLessThan(5_000);
  });

  it.each([
    ['a: "x\nb: 1', '2:5'],
    ['a: [1, 2\nb: 3', '2:1'],
    ['a: b: c', '1:4'],
    ['a: 1\n\tb: 2', '2:1'],
    ['a: {b: 1', '1:9'],
    ['a: 1\n b: 2', '1:4'],
    ['a: @x', '1:4'],
    ['- a\nb: 1', '2:1'],
  ])('refuses %j where it breaks', (text, place) => {
    const [first, ...more] = problems(text);
    expect(first).toContain(`a.yaml:${place} yaml-syntax: `);
    expect(more.length).toBeLessThan(3);
    expect(first).not.toContain('\n');
  });

  it('refuses a second document', () => {
    expect(problems('a: 1\n---\nb: 2\n')[0]).toContain('a.yaml:2:1 yaml-syntax: ');
  });

  it.each([
    ['a: !foo 1', 'a.yaml:1:4 yaml-syntax: unresolved tag: !foo'],
    ['a: !!binary aGk=', 'a.yaml:1:13 yaml-syntax: the tag tag:yaml.org,2002:binary makes no value of JSON'],
    ['a:\n  !!set {x}', 'a.yaml:2:9 yaml-syntax: the tag tag:yaml.org,2002:set makes no value of JSON'],
  ])('refuses the tag in %j', (text, expected) => {
    expect(problems(text)).toEqual([expected]);
  });

  it('admits the tags of plain values', () => {
    expect(yaml('a: !!str 1\nb: !!int "2"\nc: !!seq [!!null ~]').value).toEqual({ a: '1', b: 2, c: [null] });
  });

  it('refuses an alias that names nothing', () => {
    expect(problems('a: 1\nb: *nope\n')).toEqual([
      'a.yaml:2:4 yaml-aliases: no anchor `&nope` stands before the alias',
    ]);
    expect(problems('a: *later\nb: &later 1\n')).toHaveLength(1);
  });

  it('refuses an alias inside of what it names', () => {
    expect(problems('a: &x\n  b: [*x]\n')).toEqual([
      'a.yaml:2:7 yaml-aliases: the alias `*x` stands inside of what it names',
    ]);
  });

  it('admits 20 aliases and refuses the next', () => {
    const text = (count: number) => `a: &x 1\nb:\n${'  - *x\n'.repeat(count)}`;
    expect(problems(text(20))).toEqual([]);
    expect(problems(text(21))).toEqual(['a.yaml:23:5 yaml-aliases: more than 20 aliases']);
  });

  it('refuses aliases of aliases before they fill the memory', () => {
    let text = 'a0: &a0 [x, x]\n';
    for (let i = 1; i < 10; i++) text += `a${i}: &a${i} [*a${i - 1}, *a${i - 1}]\n`;
    expect(problems(text)).toEqual(['a.yaml:1:1 yaml-aliases: aliases of aliases make more than 100 copies']);
  });

  it('admits 64 levels and refuses more, however they are written', () => {
    expect(problems(`${'['.repeat(64)}${']'.repeat(64)}`)).toEqual([]);
    for (const text of [
      `${'['.repeat(65)}${']'.repeat(65)}`,
      '['.repeat(50_000),
      '{a: '.repeat(20_000),
      '- '.repeat(20_000),
      Array.from({ length: 600 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    ]) {
      const found = problems(text);
      expect(found).toHaveLength(1);
      expect(found[0]).toContain('yaml-too-deep: nested deeper than 64 levels');
    }
  });

  it('refuses more than a quarter of a MiB unread, counted in bytes', () => {
    expect(problems(`a: ${'é'.repeat(131_072)}`)).toEqual([
      'a.yaml:1:1 yaml-too-large: the file is larger than 262144 bytes',
    ]);
    expect(problems(`a: ${'e'.repeat(131_072)}`)).toEqual([]);
  });

  it('takes a byte order mark and CRLF as they come', () => {
    const file = yaml('\uFEFFa: 1\r\nb:\r\n  c: two\r\n');
    expect(file.value).toEqual({ a: 1, b: { c: 'two' } });
    expect(file.source.position(file.keySpan(['b', 'c']).start)).toMatchObject({ line: 3, column: 3 });
    expect(textAt(file, file.keySpan(['a']))).toBe('a');
  });

  it('keeps keys that are names of JavaScript as keys', () => {
    const file = yaml('__proto__: {x: 1}\nconstructor: 2\n');
    expect(Object.keys(file.value as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    expect(textAt(file, file.valueSpan(['__proto__', 'x']))).toBe('1');
  });

  it('is empty where the file is', () => {
    expect(yaml('').value).toBeNull();
    expect(yaml('# only a comment\n').diagnostics).toEqual([]);
  });
});
