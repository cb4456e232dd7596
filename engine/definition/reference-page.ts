/** The reference page of a file format: every key with its type, default, description and examples. */
import { particulars } from './editor-schema.ts';
import type { Schema } from './schema/schema.ts';

/** Markdown, one section a map of the language. `file` is the name of the file that is described. */
export function referencePage(file: string, schema: Schema): string {
  const lines = [
    '<!-- Made by `npm run gen` from engine/definition/schema. Changes are made there. -->',
    `# ${file}`,
    '',
    `${schema.description}`,
    ...sections('', schema),
  ];
  return `${lines.join('\n')}\n`;
}

function sections(path: string, schema: Schema): string[] {
  if (schema.oneOf) return schema.oneOf.flatMap((member) => unionMember(path, member));
  const lines = schema.properties ? table(schema) : [];
  for (const [key, child] of Object.entries(schema.properties ?? {}))
    lines.push(...section(path === '' ? key : `${path}.${key}`, child));
  return lines;
}

/** The section of a key, when there is more to say of it than the table does. */
function section(path: string, schema: Schema): string[] {
  if (schema.items) return section(`${path}[]`, schema.items);
  const entry = schema.additionalProperties;
  if (typeof entry === 'object') return section(`${path}.NAME`, entry);
  if (!schema.properties && !schema.oneOf) return [];
  return ['', `## \`${path}\``, '', `${schema.description}`, ...examples(schema), ...sections(path, schema)];
}

function unionMember(path: string, member: Schema): string[] {
  const tag = member.properties?.['type']?.const;
  return [
    '',
    `### \`${path}\` with \`type: ${tag}\``,
    '',
    `${member.title}. ${member.description}`,
    ...sections(path, member),
  ];
}

function table(schema: Schema): string[] {
  const rows = Object.entries(schema.properties ?? {}).map(([key, child]) => {
    const given = schema.required?.includes(key)
      ? 'required'
      : child.default === undefined
        ? ''
        : code(child.default);
    const about = [
      child.description ?? '',
      ...particulars(leafOf(child)),
      ...limits(leafOf(child)),
      ...shortExamples(child),
    ];
    return `| \`${key}\` | ${cell(typeOf(child))} | ${cell(given)} | ${cell(about.join(' '))} |`;
  });
  return ['', '| Key | Type | Default | What it is |', '|---|---|---|---|', ...rows];
}

/** What stands in the end in a list or a map of single values. */
function leafOf(schema: Schema): Schema {
  const { items, additionalProperties } = schema;
  if (items) return leafOf(items);
  return typeof additionalProperties === 'object' ? leafOf(additionalProperties) : schema;
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (schema.items) return `list of: ${typeOf(schema.items)}`;
  if (typeof schema.additionalProperties === 'object')
    return `map by name to: ${typeOf(schema.additionalProperties)}`;
  if (schema['x-expression']) return 'expression';
  const types: Record<string, string> = {
    object: 'map',
    string: 'text',
    integer: 'whole number',
    number: 'number',
    boolean: '`true` or `false`',
  };
  return types[schema.type ?? ''] ?? 'any value';
}

function limits({ pattern, minimum, maximum }: Schema): string[] {
  const sentences: string[] = [];
  if (pattern !== undefined) sentences.push(`Matches ${code(pattern)}.`);
  if (minimum !== undefined) sentences.push(`At least ${minimum}.`);
  if (maximum !== undefined) sentences.push(`At most ${maximum}.`);
  return sentences;
}

function shortExamples({ examples: list }: Schema): string[] {
  return list ? [`For example ${list.map(code).join(' or ')}.`] : [];
}

function examples(schema: Schema): string[] {
  return shortExamples(schema).flatMap((line) => ['', line]);
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
