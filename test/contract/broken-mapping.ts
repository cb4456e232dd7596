/** A mapping broken in one place, in every way that a slip of the pen breaks it. */
import { SourceText } from '../../engine/definition/source.ts';
import { isLiteral } from '../../engine/map/ast.ts';
import { BUILT_IN_FUNCTIONS } from '../../engine/map/built-in-functions.ts';
import type { EventAttributes } from '../../engine/map/check-mapping.ts';
import { compileMapping, type Mapping } from '../../engine/map/evaluate.ts';
import { fieldReads } from '../../engine/map/field-reads.ts';
import { type Member, outputMembers } from '../../engine/map/output.ts';
import { spanOf } from '../../engine/map/span-of.ts';
import { type Token, Tokens } from '../../engine/map/tokens.ts';
import type { Broken } from './broken-places.ts';

/** Constants that are no string, no number, no boolean. */
const WRONG: Record<string, string[]> = {
  string: ['17', 'null', '{}'],
  number: ['"text"', 'true'],
  boolean: ['"text"', '17'],
};

export class BrokenMapping {
  readonly #mapping: Mapping;
  readonly #tokens: Tokens;
  readonly #records: readonly string[];
  readonly #attributes: EventAttributes;

  constructor(text: string, records: readonly string[], attributes: EventAttributes) {
    const { mapping } = compileMapping(new SourceText('m.jsonata', text));
    if (!mapping) throw new Error('the mapping does not parse');
    this.#mapping = mapping;
    this.#tokens = new Tokens(text);
    this.#records = records;
    this.#attributes = attributes;
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
      // What was bound under the name of a built-in function is that function when it is bound no more.
      const isHidden = BUILT_IN_FUNCTIONS.has(name.slice(1));
      if (!this.#isBinding(index)) yield broken;
      else if (!isHidden && this.#isUsed(name) && !this.#isBoundTwice(name))
        yield { ...broken, renamed: name };
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
        for (const text of WRONG[typeof node.value] ?? [])
          yield this.#change(`${path} is ${text}`, start, end, text);
      }
    }
  }

  /** Fields of records: what no case has is a warning. */
  *fields(): Generator<Broken> {
    for (const { steps, end } of fieldReads(this.#mapping)) {
      if (steps.length > 1 && this.#records.includes(steps[0] ?? ''))
        yield this.#change(`field ${steps.join('.')}`, end, end, 'x');
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
      if (!seen.has(start) && !this.#isFree(member.names)) yield member;
      seen.add(start);
    }
  }

  /** Below `unmapped` and attributes of any JSON every name is good. */
  #isFree(names: readonly string[]): boolean {
    return names.some(
      (name, at) =>
        at < names.length - 1 &&
        (name === 'unmapped' || this.#attributes.lookup(names.slice(0, at + 1))?.type === 'json_t'),
    );
  }

  /** Another binding of the name may take over. */
  #isBoundTwice(name: string): boolean {
    const isOne = (token: Token, index: number) =>
      this.#tokens.textOf(token) === name && this.#isBinding(index);
    return this.#tokens.list.filter(isOne).length > 1;
  }

  #isUsed(name: string): boolean {
    return this.#tokens.list.filter((token) => this.#tokens.textOf(token) === name).length > 1;
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
