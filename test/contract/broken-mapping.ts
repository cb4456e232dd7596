/** A mapping broken in one place, in every way that a slip of the pen breaks it. */
import { SourceText } from '../../engine/definition/source.ts';
import { isLiteral } from '../../engine/map/ast.ts';
import { compileMapping, type Mapping } from '../../engine/map/evaluate.ts';
import { fieldReads } from '../../engine/map/field-reads.ts';
import { type Member, outputMembers } from '../../engine/map/output.ts';
import { spanOf } from '../../engine/map/span-of.ts';
import { type Token, Tokens } from '../../engine/map/tokens.ts';
import type { Broken } from './broken-places.ts';

export class BrokenMapping {
  readonly #mapping: Mapping;
  readonly #tokens: Tokens;
  readonly #records: readonly string[];

  constructor(text: string, records: readonly string[]) {
    const { mapping } = compileMapping(new SourceText('m.jsonata', text));
    if (!mapping) throw new Error('the mapping does not parse');
    this.#mapping = mapping;
    this.#tokens = new Tokens(text);
    this.#records = records;
  }

  *records(): Generator<Broken> {
    for (const [index, token] of this.#tokens.list.entries()) {
      const isRecord = token.kind === 'name' && this.#records.includes(this.#tokens.textOf(token));
      if (isRecord && this.#tokens.textAt(index - 1) !== '.') yield this.#longer('record', token);
    }
  }

  /** Functions and variables where they are used, or, under `renamed`, where they are bound. */
  *variables(): Generator<Broken> {
    for (const [index, token] of this.#tokens.list.entries()) {
      const name = this.#tokens.textOf(token);
      if (token.kind !== 'variable' || name.length < 2 || name === '$$') continue;
      const broken = this.#longer(this.#tokens.textAt(index + 1) === '(' ? 'function' : 'variable', token);
      yield this.#isBinding(index) ? { ...broken, renamed: name } : broken;
    }
  }

  /** Attributes of the event. */
  *attributes(): Generator<Broken> {
    for (const { key } of this.#members()) {
      const { start, end } = spanOf(key, this.#tokens);
      const text = this.#mapping.source.text.slice(start, end);
      yield this.#change(`attribute ${text}`, start, end, `${text.slice(0, -1)}x${text.slice(-1)}`);
    }
  }

  /** Constants of another type than the attribute has. */
  *constants(): Generator<Broken> {
    for (const { path, results } of this.#members()) {
      for (const { node } of results) {
        if (!isLiteral(node)) continue;
        const { start, end } = spanOf(node, this.#tokens);
        const wrong =
          typeof node.value === 'string' ? ['17', 'true', 'null', '[]', '{}'] : ['"text"', 'true', 'null'];
        for (const text of wrong) yield this.#change(`${path} is ${text}`, start, end, text);
      }
    }
  }

  /** Fields of records: what no case has is a warning. */
  *fields(): Generator<Broken> {
    for (const { steps, end } of fieldReads(this.#mapping)) {
      if (steps.length > 1) yield this.#change(`field ${steps.join('.')}`, end, end, 'x');
    }
  }

  /** Brackets, braces, parentheses and quotes left out. */
  *syntax(): Generator<Broken> {
    for (const token of this.#tokens.list) {
      const text = this.#tokens.textOf(token);
      if (token.kind === 'operator' && /^[()[\]{}]$/.test(text))
        yield this.#change(`without ${text}`, token.start, token.end, '');
      if (token.kind === 'string')
        yield this.#change(`${text} without its end`, token.end - 1, token.end, '');
    }
  }

  *#members(): Generator<Member> {
    const seen = new Set<number>();
    for (const member of outputMembers(this.#mapping)) {
      const { start } = spanOf(member.key, this.#tokens);
      if (!seen.has(start)) yield member;
      seen.add(start);
    }
  }

  /** `$name :=`, or a parameter of `function(...)`. */
  #isBinding(index: number): boolean {
    if (this.#tokens.textAt(index + 1) === ':=') return true;
    let at = index;
    while (this.#tokens.list[at - 1]?.kind === 'variable' || this.#tokens.textAt(at - 1) === ',') at--;
    return this.#tokens.textAt(at - 1) === '(' && /^(function|λ)$/.test(this.#tokens.textAt(at - 2));
  }

  #longer(what: string, { start, end }: Token): Broken {
    const text = this.#mapping.source.text.slice(start, end);
    return this.#change(`${what} ${text}`, start, end, `${text}x`);
  }

  #change(what: string, start: number, end: number, to: string): Broken {
    const { source } = this.#mapping;
    return {
      what: `${what} at ${source.position(start).line}:${source.position(start).column}`,
      text: source.text.slice(0, start) + to + source.text.slice(end),
      line: source.position(start).line,
    };
  }
}
