/** A connector file broken in one place, in every way that a slip of the pen breaks it: for the test of what is said then. */
import { placesOf } from '../../engine/compile/places.ts';
import { splitTemplate } from '../../engine/compile/template.ts';
import { connectorSchema } from '../../engine/definition/schema/connector.ts';
import type { Schema } from '../../engine/definition/schema/schema.ts';
import { SourceText, type Span } from '../../engine/definition/source.ts';
import { YamlFile } from '../../engine/definition/yaml-file.ts';
import { Tokens } from '../../engine/map/tokens.ts';

export interface Broken {
  /** What was done, for the failure's message. */
  what: string;
  /** The whole text with the one change. */
  text: string;
  /** The line of the change. */
  line: number;
  /** A name that was changed where it is defined: what is wrong is then where it is used. */
  renamed?: string;
}

export class BrokenConnector {
  readonly #file: YamlFile;
  /** Every place once: what an alias repeats stands at its anchor. */
  readonly #places: { path: (string | number)[]; schema: Schema; value: unknown }[] = [];

  constructor(text: string) {
    this.#file = new YamlFile(new SourceText('connector.yaml', text));
    const seen = new Set<number>();
    for (const place of placesOf(connectorSchema, this.#file.value)) {
      const { start } = this.#file.valueSpan(place.path);
      const key = place.path.length === 0 ? -1 : this.#file.keySpan(place.path).start * 1e6 + start;
      if (!seen.has(key)) this.#places.push(place);
      seen.add(key);
    }
  }

  /** Keys of the language. */
  *keys(): Generator<Broken> {
    for (const { path } of this.#places) {
      const key = path[path.length - 1];
      if (typeof key !== 'string' || this.#isFree(path)) continue;
      yield this.#change(`key ${path.join('.')}`, this.#file.keySpan(path), misspelled(key));
    }
  }

  /** Names that the author gave: of settings, auth, APIs, endpoints, records, joins. */
  *names(): Generator<Broken> {
    for (const { path } of this.#places) {
      const [section, , part] = path;
      const name = String(path[path.length - 1]);
      const isEntry = path.length === 2 && /^(settings|auth|apis|endpoints)$/.test(String(section));
      const isRecord = path.length === 4 && section === 'streams' && (part === 'record' || part === 'join');
      if (!(isEntry || isRecord) || !this.#isUsed(name)) continue;
      const span = this.#file.keySpan(path);
      yield { ...this.#change(`name ${path.join('.')}`, span, `${name}x`), renamed: name };
    }
  }

  /** Values of another type than the place wants. */
  *types(): Generator<Broken> {
    for (const { path, schema } of this.#places) {
      if (path.length === 0) continue;
      const span = this.#withoutEnd(this.#file.valueSpan(path));
      // Without its anchor an alias further down is what is wrong.
      if (this.#file.source.text.slice(span.start, span.end).includes(' &')) continue;
      const isItem = typeof path[path.length - 1] === 'number';
      for (const wrong of wrongValues(schema, isItem))
        yield this.#change(`${path.join('.')} is ${wrong}`, span, wrong);
    }
  }

  /** Values of the right type that mean nothing there: tags, choices, references, paths, patterns, classes, files. */
  *values(): Generator<Broken> {
    for (const { path, schema, value } of this.#places) {
      if (typeof value !== 'string') continue;
      const isClass = path[2] === 'event';
      const isFile = path[2] === 'mappings' && path.length === 4;
      const isClosed =
        schema.const ?? schema.enum ?? schema['x-reference'] ?? (isClass || isFile || undefined);
      const wrong: string[] = [];
      if (isClosed !== undefined) wrong.push(misspelled(value), value.slice(1));
      if (schema['x-path']) wrong.push(`${value}..x`, `${value}[0]`);
      if (schema.pattern !== undefined) wrong.push(' ~ ');
      for (const text of wrong)
        yield this.#change(`${path.join('.')} is ${text}`, this.#file.valueSpan(path), `'${text}'`);
    }
  }

  /** Paths into records: the cases tell whether any record has them. They have no list of files, which is no record. */
  *fields(): Generator<Broken> {
    for (const { path, schema, value } of this.#places) {
      if (path[2] === 'pagination' && path[3] === 'files') continue;
      if (schema['x-path'] && typeof value === 'string')
        yield this.#change(`${path.join('.')} is ${value}x`, this.#file.valueSpan(path), `${value}x`);
      const key = String(path[path.length - 1]);
      if (path[4] === 'on' && path.length === 6)
        yield this.#change(`key ${path.join('.')}`, this.#file.keySpan(path), `${key}x`);
    }
  }

  /** Expressions, in `${ }` and bare. */
  *expressions(): Generator<Broken> {
    for (const { path, schema, value } of this.#places) {
      if (typeof value !== 'string') continue;
      const parts = schema['x-expression']
        ? [{ expression: value, start: 0, end: value.length }]
        : schema['x-template']
          ? expressionsIn(value)
          : [];
      for (const { expression, start, end } of parts) {
        for (const wrong of wrongExpressions(expression)) {
          const span = this.#file.innerSpan(path, { start, end });
          yield this.#change(`${path.join('.')} has ${wrong}`, span, wrong);
        }
        if (!schema['x-template']) continue;
        const brace = this.#file.innerSpan(path, { start: end, end: end + 1 });
        yield this.#change(`${path.join('.')} without }`, brace, '');
      }
    }
  }

  /** Brackets and braces of the YAML itself, and the colons after its keys. */
  *syntax(): Generator<Broken> {
    for (const { path, value } of this.#places) {
      if (path.length === 0) continue;
      const { text } = this.#file.source;
      if (typeof value === 'object' && value !== null) {
        const { start, end } = this.#file.valueSpan(path);
        if ('[{'.includes(text[start] ?? '')) {
          yield this.#change(`${path.join('.')} without its first bracket`, { start, end: start + 1 }, '');
          yield this.#change(`${path.join('.')} without its last bracket`, { start: end - 1, end }, '');
        }
      }
      if (typeof path[path.length - 1] === 'number') continue;
      const { end } = this.#file.keySpan(path);
      if (text[end] === ':')
        yield this.#change(`${path.join('.')} without its colon`, { start: end, end: end + 1 }, '');
    }
  }

  /** Whether the key is a name that the author chose. */
  #isFree(path: readonly (string | number)[]): boolean {
    const parent = this.#places.find(
      (place) => place.path.length === path.length - 1 && place.path.every((step, at) => step === path[at]),
    );
    return !parent?.schema.properties && !parent?.schema.oneOf;
  }

  /** A block ends with a line break, which is not its own. */
  #withoutEnd({ start, end }: Span): Span {
    return { start, end: start + this.#file.source.text.slice(start, end).trimEnd().length };
  }

  #isUsed(name: string): boolean {
    return [...this.#file.source.text.matchAll(new RegExp(`\\b${name}\\b`, 'g'))].length > 1;
  }

  #change(what: string, span: Span, to: string): Broken {
    const { text } = this.#file.source;
    return {
      what,
      text: text.slice(0, span.start) + to + text.slice(span.end),
      line: this.#file.source.position(span.start).line,
    };
  }
}

/** Two letters swapped where they differ, one more where they do not. */
function misspelled(word: string): string {
  for (let at = 1; at < word.length - 1; at++) {
    const [a = '', b = ''] = word.slice(at, at + 2);
    if (a !== b && /\w\w/.test(a + b)) return word.slice(0, at) + b + a + word.slice(at + 2);
  }
  return `${word}x`;
}

function wrongValues(schema: Schema, isItem: boolean): string[] {
  if (schema.type === 'object' || schema.oneOf) return ['17', '[1]'];
  if (schema.type === 'array') return ['text', '{a: 1}'];
  if (schema.type === 'integer' || schema.type === 'number') return ['text', '""'];
  if (schema.type === 'boolean') return ['17', '"true"'];
  // A setting's default and values have the setting's type.
  if (schema.type === undefined && schema.const === undefined) return ['[1]', '{a: 1}'];
  return ['17', '[a]', ...(isItem ? [] : [''])];
}

function expressionsIn(text: string): { expression: string; start: number; end: number }[] {
  const split = splitTemplate(text);
  return 'parts' in split ? split.parts.filter((part) => 'expression' in part) : [];
}

function wrongExpressions(expression: string): string[] {
  const tokens = new Tokens(expression);
  const wrong = [
    '',
    '$nope',
    `$nope(${expression})`,
    `${expression} &`,
    `(${expression}`,
    'nope',
    'settings.nope',
  ];
  const last = tokens.list.findLast(({ kind }) => kind === 'operator');
  if (last && !/[)\]}]/.test(tokens.textOf(last))) wrong.push(expression.slice(0, last.end));
  if (last && /[)\]}]/.test(tokens.textOf(last)))
    wrong.push(expression.slice(0, last.start) + expression.slice(last.end));
  for (const [index, token] of tokens.list.entries()) {
    const isRoot =
      token.kind === 'name' &&
      tokens.textAt(index - 1) !== '.' &&
      !/^(and|or|in)$/.test(tokens.textOf(token));
    if (isRoot || token.kind === 'variable')
      wrong.push(`${expression.slice(0, token.end)}x${expression.slice(token.end)}`);
  }
  return wrong;
}
