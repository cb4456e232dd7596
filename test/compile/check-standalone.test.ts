import { describe, expect, it } from 'vitest';
import { checkStandalone } from '../../engine/compile/check-standalone.ts';
import { SourceText } from '../../engine/definition/source.ts';
import { lineOf } from '../support/acme-connector.ts';

const check = (text: string) => checkStandalone(new SourceText('m.jsonata', text)).map(lineOf);

describe('checkStandalone', () => {
  it('takes any record name, and the class that the mapping writes', () => {
    expect(check('{"class_uid": 5001, "device": {"uid": anything.id}}')).toEqual([]);
    expect(check('{"class_uid": 5001, "devcie": {"uid": anything.id}}')).toEqual([
      'm.jsonata:1:21 ocsf-unknown-attribute: the class has no attribute `devcie` = did you mean `device`?',
    ]);
  });

  it('checks names of functions and variables where there is no class', () => {
    expect(check('{"x": $nope(a.b)}')).toEqual([
      'm.jsonata:1:7 expr-unknown-function: there is no function `$nope`',
    ]);
  });

  it('reports what does not parse', () => {
    expect(check('{"x": ')[0]).toContain('expr-syntax');
  });
});
