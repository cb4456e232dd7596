/** `filter` of SCIM (RFC 7644, 3.4.2.2): comparisons of declared fields with texts in double quotes. */
import { comparableGenerated, comparableTime } from './compare-times.ts';
import type { Collection } from './generate/collection.ts';
import type { Cursor } from './generate/cursor.ts';
import {
  type FilterDialect,
  FilterProblem,
  type FilterType,
  parseFilter,
  type Token,
} from './odata-filter.ts';
import type { Matches } from './scan.ts';

/**
 * Compiles a filter. Field names are matched as they are, operators in any case, and a record without a value matches `ne` only.
 * @throws FilterProblem for unknown fields, operators and literals, and for syntax
 */
export function scimFilter(
  text: string,
  fields: Readonly<Record<string, FilterType>>,
  collection: Collection,
): Matches {
  return parseFilter(text, fields, collection, SCIM);
}

/** The groups of a GUID and of a bare time match nothing: SCIM writes both in quotes. */
const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|((?!))|((?!))|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w.]*)|([()]))/y;

const OPERATORS: Record<string, (observed: string, wanted: string) => boolean> = {
  eq: (observed, wanted) => observed === wanted,
  ne: (observed, wanted) => observed !== wanted,
  co: (observed, wanted) => observed.includes(wanted),
  sw: (observed, wanted) => observed.startsWith(wanted),
  ew: (observed, wanted) => observed.endsWith(wanted),
  gt: (observed, wanted) => observed > wanted,
  ge: (observed, wanted) => observed >= wanted,
  lt: (observed, wanted) => observed < wanted,
  le: (observed, wanted) => observed <= wanted,
};

const SCIM: FilterDialect = { token: TOKEN, comparison };

function comparison(
  { field, operator, literal }: { field: Token; operator: Token; literal: Token },
  fields: Readonly<Record<string, FilterType>>,
  collection: Collection,
): Matches {
  const type = Object.hasOwn(fields, field.text) ? fields[field.text] : undefined;
  if (type === undefined) throw new FilterProblem(`field is not valid: ${field.text}`);
  const slot = collection.slots.findIndex(({ name }) => name === field.text);
  const name = operator.text.toLowerCase();
  const holds = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (!holds) throw new FilterProblem(`Unrecognized attribute operator '${operator.text}'`);
  const wanted = wantedText(literal, type);
  return (record: Cursor) => {
    const value = record.read(slot);
    if (value === undefined || value === null) return name === 'ne';
    return holds(type === 'datetime' ? comparableGenerated(String(value)) : String(value), wanted);
  };
}

function wantedText({ kind, text }: Token, type: FilterType): string {
  if (kind !== 'string') throw new FilterProblem(`'${text}' is not a text in double quotes`);
  const plain = text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  if (type !== 'datetime') return plain;
  const time = comparableTime(plain);
  if (time === undefined) throw new FilterProblem(`'${plain}' is not a time`);
  return time;
}
