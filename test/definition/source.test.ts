import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SourceText } from '../../engine/definition/source.ts';

describe('SourceText', () => {
  it('counts lines and columns from 1, offsets from 0, in UTF-16 units', () => {
    const source = new SourceText('a', 'ab\n😀c\r\n\nd');
    expect(source.position(0)).toEqual({ line: 1, column: 1, offset: 0 });
    expect(source.position(2)).toEqual({ line: 1, column: 3, offset: 2 });
    expect(source.position(5)).toEqual({ line: 2, column: 3, offset: 5 });
    expect(source.position(9)).toEqual({ line: 4, column: 1, offset: 9 });
    expect(source.lineCount).toBe(4);
  });

  it('gives lines without their breaks', () => {
    const source = new SourceText('a', 'ab\r\nc\n\nd');
    expect([0, 1, 2, 3, 4, 5].map((line) => source.line(line))).toEqual(['', 'ab', 'c', '', 'd', '']);
  });

  it('takes offsets outside of the text for its ends', () => {
    const source = new SourceText('a', 'ab\nc');
    expect(source.position(-5)).toEqual({ line: 1, column: 1, offset: 0 });
    expect(source.position(99)).toEqual({ line: 2, column: 2, offset: 4 });
  });

  it('agrees with counting line breaks', () => {
    const text = fc.array(fc.constantFrom('a', '\n', '\r\n', 'é')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.nat(50), (content, at) => {
        const before = content.slice(0, at);
        const { line, column } = new SourceText('a', content).position(at);
        expect([line, column]).toEqual([before.split('\n').length, before.length - before.lastIndexOf('\n')]);
      }),
    );
  });
});
