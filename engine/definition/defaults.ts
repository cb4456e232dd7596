/** Fills in what a schema says of absent keys. */
import { memberOf, type Schema, schemaOfKey } from './schema/schema.ts';

/** A copy of the value in which absent keys have the schema's defaults. */
export function withDefaults<T>(schema: Schema, value: T): T {
  return fill(schema, value) as T;
}

function fill(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value))
    return schema.items ? value.map((item) => fill(schema.items as Schema, item)) : value;
  if (typeof value !== 'object' || value === null) return value;
  const member = memberOf(schema, value);
  const filled: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(value)) {
    const childSchema = schemaOfKey(member, key);
    filled[key] = childSchema ? fill(childSchema, child) : child;
  }
  for (const [key, childSchema] of Object.entries(member.properties ?? {})) {
    if (filled[key] === undefined && childSchema.default !== undefined) filled[key] = childSchema.default;
  }
  return filled;
}
