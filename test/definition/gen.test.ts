import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { generated, stale } from '../../engine/definition/gen.ts';
import { packageRoot } from '../../engine/definition/package-root.ts';
import { connectorSchema } from '../../engine/definition/schema/connector.ts';
import type { Schema } from '../../engine/definition/schema/schema.ts';
import { SourceText } from '../../engine/definition/source.ts';
import { YamlFile } from '../../engine/definition/yaml-file.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('generated files', () => {
  it('are as the schemas say (npm run gen writes them)', () => {
    expect(stale(packageRoot())).toEqual([]);
  });

  it('are out of date where they are not there', () => {
    expect(stale(temporaryDirectory())).toEqual([...generated().keys()]);
  });

  it('are the same each time', () => {
    expect([...generated()]).toEqual([...generated()]);
  });
});

describe('the schemas for editors', () => {
  const schemas = [...generated()].filter(([path]) => path.endsWith('.json'));

  it.each(schemas)('%s is JSON Schema draft-07 without words of our own', (_, text) => {
    const ajv = new Ajv({ strict: false, formats: { regex: true, 'date-time': true } });
    expect(() => ajv.compile(JSON.parse(text))).not.toThrow();
    expect(text).not.toMatch(/"(x-[a-z]+|discriminator)":/);
  });

  it('admit the shipped connector, and refuse it with a key misspelled', () => {
    const ajv = new Ajv({ strict: false, formats: { regex: true } });
    const validate = ajv.compile(JSON.parse(generated().get('connectors/connector.schema.json') ?? ''));
    const path = join(packageRoot(), 'connectors/microsoft-defender/connector.yaml');
    const text = readFileSync(path, 'utf8');
    const parsed = (content: string) => new YamlFile(new SourceText(path, content)).value;
    expect(validate(parsed(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(parsed(text.replace('page_size', 'pagesize')))).toBe(false);
  });

  it('say what the expressions of a place see', () => {
    expect(generated().get('connectors/connector.schema.json')).toContain(
      'see `settings`, `cursor`, `until`, `now`.',
    );
  });
});

describe('the reference page', () => {
  const page = generated().get('docs/reference/connector.md') ?? '';

  it('has every key of the language', () => {
    const keys = [...keysOf(connectorSchema)];
    expect(keys.length).toBeGreaterThan(80);
    expect(keys.filter((key) => !page.includes(`| \`${key}\` |`))).toEqual([]);
  });

  it('says of each key what it is', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    expect(
      rows.filter((row) => !/^\|[^|]+\|[^|]+\|[^|]*\|[^|]{5,}/.test(row.replaceAll('\\|', '/'))),
    ).toEqual([]);
  });
});

describe('the schemas', () => {
  it('describe every place', () => {
    expect([...undescribed(connectorSchema, 'connector')]).toEqual([]);
  });
});

function* keysOf(schema: Schema): Generator<string> {
  yield* Object.keys(schema.properties ?? {});
  for (const child of childrenOf(schema)) yield* keysOf(child);
}

function* undescribed(schema: Schema, path: string): Generator<string> {
  const isFree = Object.keys(schema).length === 0;
  if (!isFree && schema.description === undefined) yield path;
  for (const [index, child] of childrenOf(schema).entries()) yield* undescribed(child, `${path}/${index}`);
}

function childrenOf(schema: Schema): Schema[] {
  const { properties, additionalProperties, items, oneOf } = schema;
  return [
    ...Object.values(properties ?? {}),
    ...(typeof additionalProperties === 'object' ? [additionalProperties] : []),
    ...(items ? [items] : []),
    ...(oneOf ?? []),
  ];
}
