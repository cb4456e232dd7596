import jsonata from 'jsonata';
import { describe, expect, it } from 'vitest';
import { type Node, walk } from '../../engine/map/ast.ts';
import { references } from '../../engine/map/references.ts';
import { spanOf } from '../../engine/map/span-of.ts';
import { Tokens } from '../../engine/map/tokens.ts';
import { conformanceCases, hasConformanceCases } from './conformance-cases.ts';

const parse = (text: string) => jsonata(text).ast() as unknown as Node;

/** The text of the first node that a test picks. */
function textOf(text: string, pick: (node: Node) => boolean): string | undefined {
  const tokens = new Tokens(text);
  let found: string | undefined;
  walk(parse(text), (node) => {
    if (found === undefined && pick(node)) found = tokens.textOf(spanOf(node, tokens));
  });
  return found;
}

describe('spanOf', () => {
  it.each([
    ['1 + a.`odd name`.c', 'path', 'a.`odd name`.c'],
    ['1 + "say \\"hi\\"\\u0041"', 'string', '"say \\"hi\\"\\u0041"'],
    ["1 & 'it\\\\' & 2", 'string', "'it\\\\'"],
    ['2 * -5.5e3', 'number', '2'],
    ['$x & -5.5e3', 'number', '-5.5e3'],
    ['1 + $f(a, (b), [c]) * 2', 'function', '$f(a, (b), [c])'],
    ['1 + (a; b) * 2', 'block', '(a; b)'],
    ['x ~> function($a, $b)<nn:n>{ {"c": $a} }', 'lambda', 'function($a, $b)<nn:n>{ {"c": $a} }'],
    ['[1, a ? b : {"c": d}, 2]', 'condition', 'a ? b : {"c": d}'],
    ['x & a[b[1] = 2].c[0]{d: e}', 'path', 'a[b[1] = 2].c[0]{d: e}'],
    ['[x.y^(>b, c), 1]', 'path', 'x.y^(>b, c)'],
    ['x ~> |a|{"b": 1}, ["c"]|', 'transform', '|a|{"b": 1}, ["c"]|'],
    ['a.b ?? c.d', 'condition', 'a.b ?? c.d'],
    ['x / y ~> /[/]\\/a/i', 'regex', '/[/]\\/a/i'],
    ['/* a */ x /* , ) */ & y', 'binary', 'x /* , ) */ & y'],
  ])('in %s the %s is %s', (text, type, expected) => {
    const order = type === 'path' ? (node: Node) => node.type === 'path' && node.steps.length > 1 : undefined;
    expect(textOf(text, order ?? ((node) => node.type === type))).toBe(expected);
  });

  it('finds the sort and its path', () => {
    expect(textOf('x & a^(>b, c)', (node) => node.type === 'sort')).toBe('^(>b, c)');
  });
});

describe.skipIf(!hasConformanceCases)(
  'tokens of the JSONata conformance cases (skipped where ../shared is not there)',
  () => {
    const texts = hasConformanceCases ? [...new Set(conformanceCases().map((each) => each.expression))] : [];

    it('end where the parser says, with the text that the parser read', () => {
      let seen = 0;
      for (const text of texts) {
        const ast = parsed(text);
        if (!ast) continue;
        const tokens = new Tokens(text);
        walk(ast, (node) => {
          if (node.position === undefined) return;
          const index = tokens.endingAt(node.position);
          expect(index, `${node.type} at ${node.position} of ${text}`).toBeDefined();
          if (node.type === 'name' && index !== undefined) {
            expect(unquoted(tokens.textAt(index)), text).toBe(node.value);
            seen++;
          }
          if (node.type === 'variable' && index !== undefined) {
            expect(tokens.textAt(index), text).toBe(`$${node.value}`);
            seen++;
          }
        });
      }
      expect(seen).toBeGreaterThan(1000);
    });

    it('let every expression be walked for what it refers to', () => {
      for (const text of texts) {
        const ast = parsed(text);
        if (ast) expect(() => references(ast, new Tokens(text)), text).not.toThrow();
      }
    });
  },
);

function parsed(text: string): Node | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function unquoted(token: string): string {
  if (token.startsWith('`')) return token.slice(1, -1);
  if (token.startsWith('"')) return JSON.parse(token);
  return token.startsWith("'") ? token.slice(1, -1) : token;
}
