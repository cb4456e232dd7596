import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isScalar, parseDocument, type Scalar } from 'yaml';
import { scalarOffset } from '../../engine/definition/scalar-offset.ts';

function scalarIn(text: string): Scalar {
  const document = parseDocument(text);
  expect(document.errors).toEqual([]);
  const node = document.getIn(['a', 'b'], true);
  if (!isScalar(node)) throw new Error(`no scalar in ${JSON.stringify(text)}`);
  return node;
}

/** Offsets where a unit of the value stands where the file has the unit itself, an escape of it, or a fold that became it. */
function misplaced(text: string, node: Scalar): string[] {
  const value = String(node.value);
  const wrong: string[] = [];
  let before = 0;
  for (let inner = 0; inner < value.length; inner++) {
    const at = scalarOffset(text, node, inner);
    const rest = text.slice(at);
    const unit = value[inner] ?? '';
    const isBreak = /^\r?\n/.test(rest);
    const good =
      at >= before &&
      (rest.startsWith(unit) ||
        (isBreak && (unit === ' ' || unit === '\n')) ||
        (node.type === 'QUOTE_DOUBLE' && unescaped(rest).includes(unit)));
    if (!good) wrong.push(`${inner} ${JSON.stringify(unit)} -> ${at} ${JSON.stringify(rest.slice(0, 8))}`);
    before = at;
  }
  return wrong;
}

/** What the escape at the beginning of a text stands for, by another parser than the one under test. */
function unescaped(rest: string): string {
  const found = /^\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^\n\r])/.exec(rest)?.[0];
  return found ? String(parseDocument(`"${found}"`).toJS()) : '';
}

/** How often each character occurs in the value and where it is marked: all markers are different letters. */
function placesOf(text: string, node: Scalar): number[] {
  return [...String(node.value)].map((_, inner) => scalarOffset(text, node, inner));
}

const styles: [string, string, string][] = [
  ['plain', 'a:\n  b: one two # note\n', 'one two'],
  ['plain over lines', 'a:\n  b: one\n    two\n\n    three\n', 'one two\nthree'],
  ['plain over lines with spaces at their ends', 'a:\n  b: one  \n    two\n', 'one two'],
  ['plain in a flow map', 'a: {b: one two, c: 3}\n', 'one two'],
  ['plain with a tag and an anchor', 'a:\n  b: !!str &x one\n', 'one'],
  ['single quotes', "a:\n  b: 'it''s ''x'''\n", "it's 'x'"],
  ['single quotes over lines', "a:\n  b: 'it''s\n    two\n\n\n    ''three'\n", "it's two\n\n'three"],
  ['double quotes', 'a:\n  b: "say \\"x\\"\\ty"\n', 'say "x"\ty'],
  ['double quotes with every kind of escape', 'a:\n  b: "\\x41-\\u00e9-\\U0001F600-\\\\z"\n', 'A-é-😀-\\z'],
  ['double quotes over lines', 'a:\n  b: "one\n    two\n\n    three"\n', 'one two\nthree'],
  ['double quotes with an escaped break', 'a:\n  b: "one\\\n    two \\\n    \\ three"\n', 'onetwo  three'],
  ['literal block', 'a:\n  b: |\n    one\n      two\n\n    three\n', 'one\n  two\n\nthree\n'],
  ['literal block that begins with blank lines', 'a:\n  b: |-\n\n\n    one\n', '\n\none'],
  ['literal block whose first line is indented', 'a:\n  b: |2\n        one\n      two\n', '    one\n  two\n'],
  ['literal block that keeps its end', 'a:\n  b: |+\n    one\n\n\nc: 1\n', 'one\n\n\n'],
  ['literal block with a comment in its header', 'a:\n  b: | # note | one\n    one\n', 'one\n'],
  ['folded block', 'a:\n  b: >\n    one\n    two\n\n    three\n', 'one two\nthree\n'],
  [
    'folded block with indented lines',
    'a:\n  b: >-\n    one\n      two\n      three\n    four\n    five\n',
    'one\n  two\n  three\nfour five',
  ],
  [
    'folded block with a blank line before indentation',
    'a:\n  b: >\n    one\n\n      two\n',
    'one\n\n  two\n',
  ],
];

describe('scalarOffset', () => {
  for (const [name, text, value] of styles) {
    for (const [breaks, written] of [
      ['LF', text],
      ['CRLF', text.replaceAll('\n', '\r\n')],
    ] as const) {
      it(`finds every character of ${name} (${breaks})`, () => {
        const node = scalarIn(written);
        expect(node.value).toBe(value);
        expect(misplaced(written, node)).toEqual([]);
      });
    }
  }

  it('tells spaces of the content from those of the indentation', () => {
    const text = 'a:\n  b: |2\n       x\n';
    expect(placesOf(text, scalarIn(text)).slice(0, 4)).toEqual([15, 16, 17, 18]);
  });

  it('puts both units of one long escape at its backslash, and the next character after it', () => {
    const text = 'a: {b: "\\U0001F600ab"}';
    const node = scalarIn(text);
    expect([0, 1, 2, 3].map((inner) => scalarOffset(text, node, inner))).toEqual([8, 8, 18, 19]);
  });

  it('puts the end of a value at the end of its text', () => {
    const ends: [string, string][] = [
      ['a: {b: one}', '}'],
      ["a: {b: 'one'}", "'}"],
      ['a: {b: "one"}', '"}'],
      ['a:\n  b: |-\n    one\nc: 1', '\nc: 1'],
      ['a: {b: ""}', '"}'],
    ];
    for (const [text, rest] of ends) {
      const node = scalarIn(text);
      expect(text.slice(scalarOffset(text, node, String(node.value).length))).toBe(rest);
    }
  });

  it('finds every character of whatever is written in any style, with any line breaks', () => {
    const word = fc.stringMatching(/^[a-z${}.'"\\é😀]{1,6}$/u);
    const line = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '));
    const lines = fc.array(
      fc.oneof(
        line,
        fc.constant(''),
        line.map((l) => `  ${l}`),
      ),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    const style = fc.constantFrom('|', '|-', '>', '>-', '"', "'", '"json', 'plain');
    fc.assert(
      fc.property(lines, style, fc.boolean(), (content, kind, crlf) => {
        const text = written(content, kind).replaceAll('\n', crlf ? '\r\n' : '\n');
        const document = parseDocument(text);
        const node = document.getIn(['a', 'b'], true);
        fc.pre(document.errors.length === 0 && isScalar(node) && typeof node.value === 'string');
        expect(misplaced(text, node as Scalar)).toEqual([]);
      }),
      { numRuns: 1500 },
    );
  });
});

function written(lines: readonly string[], style: string): string {
  const indented = lines.map((line) => (line === '' ? '' : `      ${line}`)).join('\n');
  if (style.startsWith('|') || style.startsWith('>')) return `a:\n  b: ${style}\n${indented}\n  c: 1\n`;
  if (style === '"json') return `a:\n  b: ${JSON.stringify(lines.join('\n'))}\n`;
  if (style === 'plain') return `a:\n  b: x${indented.trimStart()}\n`;
  const escaped =
    style === "'" ? indented.replaceAll("'", "''") : indented.replace(/[\\"]/g, (found) => `\\${found}`);
  return `a:\n  b: ${style}${escaped}${style}\n`;
}
