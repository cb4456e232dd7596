/** `$filter` of OData: comparisons of declared fields with literals, joined by `and`, `or`, `not` and parentheses. */
import { comparableGenerated, comparableTime } from './compare-times.ts';
import type { Collection } from './generate/collection.ts';
import type { Cursor } from './generate/cursor.ts';
import type { Matches } from './scan.ts';

/** The type of a field decides which literals it may be compared with. */
export type FilterType = 'string' | 'datetime' | 'number' | 'boolean' | 'guid';

/** A filter that the vendor would refuse; the message is the reason. */
export class FilterProblem extends Error {}

export interface Token {
  kind: 'string' | 'datetime' | 'guid' | 'number' | 'word' | 'sign';
  text: string;
}

/** What filter languages differ in: how their words are written, and what a comparison of three of them means. */
export interface FilterDialect {
  /** One token, in the groups string, guid, datetime, number, word, sign; sticky. */
  token: RegExp;
  comparison(
    words: { field: Token; operator: Token; literal: Token },
    fields: Readonly<Record<string, FilterType>>,
    collection: Collection,
  ): Matches;
}

/**
 * Compiles a filter. Field names are matched in any case; null compares as unequal to everything, and neither above nor below it.
 * @throws FilterProblem for unknown fields, wrong literals and syntax
 */
export function odataFilter(
  text: string,
  fields: Readonly<Record<string, FilterType>>,
  collection: Collection,
): Matches {
  return parseFilter(text, fields, collection, ODATA);
}

/** Compiles a filter of a dialect: its comparisons joined by `and`, `or`, `not` and parentheses. */
export function parseFilter(
  text: string,
  fields: Readonly<Record<string, FilterType>>,
  collection: Collection,
  dialect: FilterDialect,
): Matches {
  const tokens = tokenize(text, dialect.token);
  let at = 0;
  const isWord = (word: string) => tokens[at]?.kind === 'word' && tokens[at]?.text === word;
  const expect = (sign: string) => {
    if (tokens[at]?.text !== sign) throw new FilterProblem(`Syntax error in '${text}': expected '${sign}'.`);
    at++;
  };
  const disjunction = (): Matches => {
    let left = conjunction();
    while (isWord('or')) {
      at++;
      const [first, second] = [left, conjunction()];
      left = (record) => first(record) || second(record);
    }
    return left;
  };
  const conjunction = (): Matches => {
    let left = term();
    while (isWord('and')) {
      at++;
      const [first, second] = [left, term()];
      left = (record) => first(record) && second(record);
    }
    return left;
  };
  const term = (): Matches => {
    if (isWord('not')) {
      at++;
      const inner = term();
      return (record) => !inner(record);
    }
    if (tokens[at]?.text === '(' && tokens[at]?.kind === 'sign') {
      at++;
      const inner = disjunction();
      expect(')');
      return inner;
    }
    const [field, operator, literal] = tokens.slice(at, at + 3);
    at += 3;
    if (!field || !operator || !literal)
      throw new FilterProblem(`Syntax error in '${text}': it ends too early.`);
    return dialect.comparison({ field, operator, literal }, fields, collection);
  };
  const filter = disjunction();
  if (at < tokens.length)
    throw new FilterProblem(`Syntax error in '${text}': unexpected '${tokens[at]?.text}'.`);
  return filter;
}

const TOKEN =
  /\s*(?:('(?:[^']|'')*')|([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})|(\d{4}-\d\d-\d\d[0-9T:.Z+-]*)|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w/]*)|([()]))/iy;

const ODATA: FilterDialect = { token: TOKEN, comparison };

function tokenize(text: string, token: RegExp): Token[] {
  const kinds = ['string', 'guid', 'datetime', 'number', 'word', 'sign'] as const;
  const tokens: Token[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.trimEnd().length) {
    const position = token.lastIndex;
    const found = token.exec(text);
    const group = found ? kinds.findIndex((_, n) => found[n + 1] !== undefined) : -1;
    const kind = kinds[group];
    if (!found || !kind) throw new FilterProblem(`Syntax error at position ${position} in '${text}'.`);
    tokens.push({ kind, text: found[group + 1] as string });
  }
  return tokens;
}

function comparison(
  { field, operator, literal }: { field: Token; operator: Token; literal: Token },
  fields: Readonly<Record<string, FilterType>>,
  collection: Collection,
): Matches {
  const name = Object.keys(fields).find((known) => known.toLowerCase() === field.text.toLowerCase());
  const slot = collection.slots.findIndex((candidate) => candidate.name === name);
  const type = name === undefined ? undefined : fields[name];
  if (type === undefined || slot < 0)
    throw new FilterProblem(`Could not find a property named '${field.text}'.`);
  const operators: Record<string, (order: number) => boolean> = {
    eq: (order) => order === 0,
    ne: (order) => order !== 0,
    gt: (order) => order > 0,
    ge: (order) => order >= 0,
    lt: (order) => order < 0,
    le: (order) => order <= 0,
  };
  const holds = Object.hasOwn(operators, operator.text) ? operators[operator.text] : undefined;
  if (!holds) throw new FilterProblem(`'${operator.text}' is not an operator that is supported here.`);
  const wanted = literalValue(literal, type);
  // Null is compared by identity only: it is unequal to a value, and neither above nor below it.
  const nullHolds = operator.text === (wanted === null ? 'eq' : 'ne');
  return (record: Cursor) => {
    const value = record.read(slot) ?? null;
    if (value === null || wanted === null) {
      return value === null ? nullHolds : operator.text === 'ne';
    }
    const observed = type === 'datetime' ? comparableGenerated(value as string) : (value as string);
    return holds(observed === wanted ? 0 : observed < wanted ? -1 : 1);
  };
}

function literalValue({ kind, text }: Token, type: FilterType): string | number | boolean | null {
  if (kind === 'word' && text === 'null') return null;
  if (kind === 'datetime' && type === 'datetime') {
    const time = comparableTime(text);
    if (time !== undefined) return time;
  }
  const plain = kind === 'string' ? text.slice(1, -1).replaceAll("''", "'") : text;
  if (kind === 'string' && (type === 'string' || type === 'guid')) return plain;
  if (kind === 'guid' && (type === 'guid' || type === 'string')) return plain;
  if (kind === 'number' && type === 'number') return Number(text);
  if (kind === 'word' && type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  throw new FilterProblem(`A binary operator with incompatible types was detected: ${type} and ${text}.`);
}
