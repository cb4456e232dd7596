/** Strings of a definition that hold `${ JSONata }`, and those that are one JSONata expression. */
import type { KeyPath, YamlFile } from '../definition/yaml-file.ts';
import { EngineError } from '../errors.ts';
import { compileExpression, type Expression } from '../map/expression.ts';
import { Tokens } from '../map/tokens.ts';
import { placeOf } from '../report/diagnostic.ts';

/** A piece of a template: text as it stands, or an expression with its offsets in the string. */
export type TemplatePart = { text: string } | { expression: string; start: number; end: number };

/** The names and values that expressions of a place see. */
export type Scope = Record<string, unknown>;

/** Splits at `${ ... }` as JSONata reads what is between; or the offset of a `${` that nothing closes. */
export function splitTemplate(text: string): { parts: TemplatePart[] } | { unclosedAt: number } {
  const parts: TemplatePart[] = [];
  let from = 0;
  for (let open = text.indexOf('${'); open >= 0; open = text.indexOf('${', from)) {
    const close = closingBrace(text, open + 2);
    if (close === undefined) return { unclosedAt: open };
    if (open > from) parts.push({ text: text.slice(from, open) });
    parts.push({ expression: text.slice(open + 2, close), start: open + 2, end: close });
    from = close + 1;
  }
  if (from < text.length || parts.length === 0) parts.push({ text: text.slice(from) });
  return { parts };
}

/** An expression that is names and dots only, as most are: no other brace can be meant than the first. */
const NAMES_ONLY = /[\w. ]*\}/y;

/** The brace that closes: not one in a string, a comment, a regular expression or an object. */
function closingBrace(text: string, from: number): number | undefined {
  NAMES_ONLY.lastIndex = from;
  if (NAMES_ONLY.test(text)) return NAMES_ONLY.lastIndex - 1;
  const tokens = new Tokens(text.slice(from));
  for (let index = 0; index < tokens.list.length; index++) {
    const token = tokens.textAt(index);
    if (token === '}') return from + (tokens.list[index]?.start ?? 0);
    if (token === '{') index = tokens.closing(index) ?? tokens.list.length;
  }
  return undefined;
}

/** One expression of a definition file, evaluated against a scope; errors name its place in the file. */
export class PlacedExpression {
  readonly #file: YamlFile;
  readonly #path: KeyPath;
  readonly #expression: Expression;
  readonly #offset: number;

  /** The text was checked before: one that does not parse here is a fault of the caller. */
  constructor(file: YamlFile, path: KeyPath, text: string, offset = 0) {
    this.#file = file;
    this.#path = path;
    this.#offset = offset;
    const compiled = compileExpression(text);
    if (!('expression' in compiled)) throw this.#error('expr-syntax', compiled.problem.message);
    this.#expression = compiled.expression;
  }

  /** Whether it reads the name at the root of what it sees. */
  reads(name: string): boolean {
    return this.#expression.paths.some(({ steps }) => steps[0] === name);
  }

  /** @throws EngineError `expr-failed` at the expression's place */
  async evaluate(scope: Scope): Promise<unknown> {
    try {
      return await this.#expression.evaluate(scope);
    } catch (error) {
      throw this.#error('expr-failed', error instanceof Error ? error.message : String(error));
    }
  }

  #error(code: string, message: string): EngineError {
    const span = this.#file.innerSpan(this.#path, { start: this.#offset, end: this.#offset + 1 });
    return new EngineError({ code, kind: 'definition', message, at: placeOf(this.#file.source, span) });
  }
}

/** A string with interpolated expressions. */
export class Template {
  readonly #file: YamlFile;
  readonly #path: KeyPath;
  readonly #parts: (string | PlacedExpression)[];

  constructor(file: YamlFile, path: KeyPath, text: string) {
    this.#file = file;
    this.#path = path;
    const split = splitTemplate(text);
    const parts = 'parts' in split ? split.parts : [{ text }];
    this.#parts = parts.map((part) =>
      'text' in part ? part.text : new PlacedExpression(file, path, part.expression, part.start),
    );
  }

  /** The value: that of the expression alone when there is nothing else, a text otherwise; undefined when an expression has none. */
  async evaluate(scope: Scope): Promise<unknown> {
    const values = await Promise.all(
      this.#parts.map((part) => (typeof part === 'string' ? part : part.evaluate(scope))),
    );
    if (values.length === 1) return values[0];
    if (values.some((value) => value === undefined || value === null)) return undefined;
    return values.map((value) => this.#textOf(value)).join('');
  }

  /** The value as a text; undefined when there is none. @throws EngineError `expr-failed` for a list or an object */
  async text(scope: Scope): Promise<string | undefined> {
    const value = await this.evaluate(scope);
    return value === undefined || value === null || value === '' ? undefined : this.#textOf(value);
  }

  /**
   * The text with the value of each expression encoded; undefined when one has no value, or none that can be encoded.
   * @throws EngineError `expr-failed` for a list or an object
   */
  async encoded(scope: Scope, encode: (value: string) => string | undefined): Promise<string | undefined> {
    let text = '';
    for (const part of this.#parts) {
      const value = typeof part === 'string' ? part : await part.evaluate(scope);
      if (value === undefined || value === null) return undefined;
      const piece = typeof part === 'string' ? part : encode(this.#textOf(value));
      if (piece === undefined) return undefined;
      text += piece;
    }
    return text;
  }

  /** Whether one of its expressions reads the name. */
  reads(name: string): boolean {
    return this.#parts.some((part) => typeof part !== 'string' && part.reads(name));
  }

  #textOf(value: unknown): string {
    if (typeof value !== 'object' && typeof value !== 'function') return String(value);
    throw new EngineError({
      code: 'expr-failed',
      kind: 'definition',
      message: `the expression gives ${Array.isArray(value) ? 'a list' : 'an object'}, expected a text`,
      at: placeOf(this.#file.source, this.#file.valueSpan(this.#path)),
    });
  }
}

/** Evaluates templates; those without a value are left out. */
export async function texts(
  templates: Record<string, Template>,
  scope: Record<string, unknown>,
): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [name, template] of Object.entries(templates)) {
    const value = await template.text(scope);
    if (value !== undefined) values[name] = value;
  }
  return values;
}
