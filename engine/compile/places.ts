/** Where in a file does the language hold expressions, references, paths? Walks a value along its schema. */
import { memberOf, type Schema, schemaOfKey } from '../definition/schema/schema.ts';

export interface PlaceInFile {
  path: (string | number)[];
  schema: Schema;
  value: unknown;
}

/** Every place of the value that the schema knows, parents before children. */
export function* placesOf(
  schema: Schema,
  value: unknown,
  path: (string | number)[] = [],
): Generator<PlaceInFile> {
  yield { path, schema, value };
  if (Array.isArray(value)) {
    if (!schema.items) return;
    for (const [index, item] of value.entries()) yield* placesOf(schema.items, item, [...path, index]);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const member = memberOf(schema, value);
  for (const [key, child] of Object.entries(value)) {
    const known = schemaOfKey(member, key);
    if (known) yield* placesOf(known, child, [...path, key]);
  }
}
