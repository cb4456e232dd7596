import { describe, expect, it } from 'vitest';
import { SourceText } from '../../engine/definition/source.ts';
import { EngineError } from '../../engine/errors.ts';
import { type Diagnostic, diagnosticAt, hasErrors, placeOf } from '../../engine/report/diagnostic.ts';
import {
  errorAsDiagnostic,
  jsonDiagnostic,
  placeText,
  prettyDiagnostic,
  shortDiagnostic,
} from '../../engine/report/format.ts';
import { paintFor } from '../../engine/report/paint.ts';

const source = new SourceText('dir/a.yaml', 'one: 1\ntwo: 2\n');
const plain = paintFor({}, {});
const colours = paintFor({ isTTY: true }, {});

const full: Diagnostic = {
  ...diagnosticAt(source, { start: 7, end: 10 }, { code: 'def-value', message: '`two` is 2' }),
  label: 'here',
  related: [{ at: placeOf(source, { start: 0, end: 3 }), label: 'the first' }],
  effect: 'nothing runs',
  fix: 'write 3',
};

describe('prettyDiagnostic', () => {
  it('gives code, message, place, frame, related places, effect and fix', () => {
    expect(prettyDiagnostic(full, plain)).toBe(
      [
        'error[def-value]: `two` is 2',
        '  --> dir/a.yaml:2:1',
        '    |',
        '  1 | one: 1',
        '  2 | two: 2',
        '    | ^^^ here',
        '  ::: dir/a.yaml:1:1: the first',
        '  = effect: nothing runs',
        '  = fix: write 3',
      ].join('\n'),
    );
  });

  it('gives what there is', () => {
    expect(prettyDiagnostic({ code: 'case-x', level: 'warning', message: 'm' }, plain)).toBe(
      'warning[case-x]: m',
    );
  });

  it('colours the level and says it in a word as well', () => {
    expect(prettyDiagnostic(full, colours)).toContain('\u001b[31merror[def-value]\u001b[39m');
    expect(prettyDiagnostic({ ...full, level: 'warning' }, colours)).toContain('\u001b[33mwarning');
    expect(prettyDiagnostic({ ...full, level: 'info' }, colours)).toContain('\u001b[36minfo');
  });

  it('lets no control character of a message through to the terminal', () => {
    const text = prettyDiagnostic({ ...full, message: 'a\u001b[2Jb\nc', fix: 'x\u202ey' }, plain);
    expect(text).toContain('a\\u001b[2Jb\\u000ac');
    expect(text).toContain('= fix: x\\u202ey');
  });
});

describe('shortDiagnostic', () => {
  it('is one line that an editor can jump to', () => {
    expect(shortDiagnostic(full)).toBe('dir/a.yaml:2:1: error[def-value] `two` is 2');
    expect(shortDiagnostic({ code: 'case-x', level: 'error', message: 'a\nb' })).toBe(
      'error[case-x] a\\u000ab',
    );
  });
});

describe('jsonDiagnostic', () => {
  it('carries places as numbers and no source text', () => {
    expect(JSON.parse(JSON.stringify(jsonDiagnostic(full)))).toEqual({
      code: 'def-value',
      level: 'error',
      message: '`two` is 2',
      label: 'here',
      effect: 'nothing runs',
      fix: 'write 3',
      related: [
        {
          at: {
            file: 'dir/a.yaml',
            start: { line: 1, column: 1, offset: 0 },
            end: { line: 1, column: 4, offset: 3 },
          },
          label: 'the first',
        },
      ],
      file: 'dir/a.yaml',
      start: { line: 2, column: 1, offset: 7 },
      end: { line: 2, column: 4, offset: 10 },
    });
  });
});

describe('errorAsDiagnostic', () => {
  it('keeps code, message, place and fix of an error of a run', () => {
    const at = placeOf(source, { start: 0, end: 3 });
    const error = new EngineError({ code: 'auth-x', kind: 'credentials', message: 'm', fix: 'f', at });
    expect(errorAsDiagnostic(error)).toEqual({ code: 'auth-x', level: 'error', message: 'm', fix: 'f', at });
    expect(placeText(at)).toBe('dir/a.yaml:1:1');
  });
});

describe('hasErrors', () => {
  it('is true for errors only', () => {
    expect(hasErrors([{ ...full, level: 'warning' }])).toBe(false);
    expect(hasErrors([{ ...full, level: 'warning' }, full])).toBe(true);
  });
});
