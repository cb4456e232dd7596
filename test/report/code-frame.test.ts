import { describe, expect, it } from 'vitest';
import { SourceText } from '../../engine/definition/source.ts';
import { codeFrame, printable } from '../../engine/report/code-frame.ts';
import { placeOf } from '../../engine/report/diagnostic.ts';

/** The frame of the part of the text between two `|`. */
function frame(marked: string, label?: string): string[] {
  const start = marked.indexOf('|');
  const end = marked.indexOf('|', start + 1) - 1;
  const source = new SourceText('a.yaml', marked.replaceAll('|', ''));
  return codeFrame(source, placeOf(source, { start, end }), label);
}

describe('codeFrame', () => {
  it('shows two lines before the place, the place with carets, and one line after', () => {
    expect(frame('one\ntwo\nthree\nfour: |value| # x\nfive\nsix\n', 'not this')).toEqual([
      '  |',
      '2 | two',
      '3 | three',
      '4 | four: value # x',
      '  |       ^^^^^ not this',
      '5 | five',
    ]);
  });

  it('shows what there is at the ends of a file', () => {
    expect(frame('|a|: 1')).toEqual(['  |', '1 | a: 1', '  | ^']);
    expect(frame('||')).toEqual(['  |', '1 |', '  | ^']);
  });

  it('leaves out a blank line after the place and keeps those before it', () => {
    expect(frame('a\n\n|b|\n\nc')).toEqual(['  |', '1 | a', '2 |', '3 | b', '  | ^']);
  });

  it('lines the numbers up', () => {
    const lines = Array.from({ length: 9 }, (_, index) => `l${index}`).join('\n');
    expect(frame(`${lines}\n|ten|`)).toEqual(['   |', ' 8 | l7', ' 9 | l8', '10 | ten', '   | ^^^']);
  });

  it('puts one caret where a place has no width', () => {
    expect(frame('a: b||\n')).toEqual(['  |', '1 | a: b', '  |     ^']);
  });

  it('marks only the first line of a place that goes over lines', () => {
    expect(frame('a: |one\n  two|\nb')).toEqual(['  |', '1 | a: one', '  |    ^^^', '2 |   two']);
  });

  it('keeps tabs before the carets, so that they stand under the place', () => {
    expect(frame('\tkey:\t|value|')).toEqual(['  |', '1 | \tkey:\tvalue', '  | \t    \t^^^^^']);
  });

  it('shows lines with CRLF as lines with LF', () => {
    const [, , second, carets] = frame('one\r\n|two|\r\nthree\r\n');
    expect([second, carets]).toEqual(['2 | two', '  | ^^^']);
  });

  it('cuts a long line around the place', () => {
    const [, line = '', carets = ''] = frame(`${'x'.repeat(300)}|here|${'y'.repeat(300)}`);
    expect(line.length).toBeLessThan(120);
    expect(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('here');
  });

  it('does not draw more carets than it shows of the line', () => {
    const [, line = '', carets = ''] = frame(`a: |${'x'.repeat(500)}|`);
    expect(carets.length).toBe(line.length);
  });

  it('makes characters visible that would turn the line around, and keeps the carets under the place', () => {
    const [, line = '', carets = ''] = frame('a\u202eb\u0007: |x\u2066y|');
    expect(line).toBe('1 | a\\u202eb\\u0007: x\\u2066y');
    expect(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('x\\u2066y');
  });

  it('makes the label harmless too', () => {
    expect(frame('|a|', 'x\u001b[31m')[2]).toBe('  | ^ x\\u001b[31m');
  });
});

describe('printable', () => {
  it.each([
    ['escape', '\u001b[2J'],
    ['carriage return', 'a\rb'],
    ['line feed', 'a\nb'],
    ['next line', 'a\u0085b'],
    ['right-to-left override', '\u202eabc'],
    ['isolate', '\u2067abc'],
    ['Arabic letter mark', '\u061c'],
    ['zero width space', 'a\u200bb'],
    ['line separator', 'a\u2028b'],
    ['byte order mark', '\ufeff'],
  ])('shows %s as an escape', (_, text) => {
    expect(printable(text)).toMatch(/\\u[0-9a-f]{4}/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be left
    expect(printable(text)).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u202e\u2067\ufeff]/);
  });

  it('leaves letters of every script, tabs and signs alone', () => {
    const text = 'größe 日本語 عربي 😀\tend';
    expect(printable(text)).toBe(text);
  });
});
