/** The JSON Schema (draft-07) that editors read, from a schema of the language: what is particular to the engine becomes words. */
import type { Schema } from './schema/schema.ts';

/** Keywords of the engine, and of OpenAPI, that no editor knows. */
const OWN = /^(x-.*|discriminator)$/;

/** A document of its own, as text. */
export function editorSchema(schema: object): string {
  const document = { $schema: 'http://json-schema.org/draft-07/schema#', ...(convert(schema) as object) };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !OWN.test(key));
  const converted = Object.fromEntries(kept.map(([key, child]) => [key, convert(child)]));
  const { description } = value as Schema;
  if (typeof description !== 'string') return converted;
  return { ...converted, description: [description, ...particulars(value as Schema)].join(' ') };
}

/** What the engine wants of a place beyond JSON Schema, as sentences. */
export function particulars(schema: Schema): string[] {
  const names = (list: readonly string[]): string => list.map((name) => `\`${name}\``).join(', ');
  const sentences: string[] = [];
  const template = schema['x-template'];
  if (template) sentences.push(`Expressions in \`\${ }\` see ${names(template)}.`);
  const expression = schema['x-expression'];
  if (expression) sentences.push(`A JSONata expression; it sees ${names(expression)}.`);
  if (schema['x-path']) sentences.push('A path: field names with dots between them.');
  if (schema['x-reference']) sentences.push(`The name of an entry of \`${schema['x-reference']}\`.`);
  if (schema['x-secret']) sentences.push('Secret settings may stand here.');
  return sentences;
}
