import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../engine/files.ts';
import {
  compactSchema,
  type OfficialAttribute,
  type OfficialSchema,
} from '../../../engine/validate/ocsf/compact.ts';
import { generate, generatedText } from '../../../engine/validate/ocsf/generate.ts';
import load from '../../../engine/validate/ocsf/ocsf-1.5.0.generated.ts';
import { type Attribute, ocsf, schemaOf } from '../../../engine/validate/ocsf/schema.ts';
import { isAbsent, OFFICIAL } from '../official.ts';

const GENERATED = 'engine/validate/ocsf/ocsf-1.5.0.generated.ts';

/** What the lookups say of an attribute, in the official form. */
function asOfficial(attribute: Attribute): OfficialAttribute {
  const since = attribute.deprecatedValues ?? {};
  return {
    type: attribute.type,
    requirement: attribute.requirement,
    ...(attribute.isArray && { is_array: true }),
    ...(attribute.objectType && { object_type: attribute.objectType }),
    ...(attribute.enum && {
      enum: Object.fromEntries(
        [...attribute.enum].map(([value, caption]) => [
          String(value),
          { caption, ...(since[value] && { '@deprecated': since[value] }) },
        ]),
      ),
    }),
    ...(attribute.sibling && { sibling: attribute.sibling }),
    ...(attribute.profiles && { profiles: [...attribute.profiles] }),
    ...(attribute.deprecated && { '@deprecated': attribute.deprecated }),
  };
}

describe.skipIf(isAbsent(OFFICIAL))('the compact schema (skipped without ../shared)', () => {
  const official: OfficialSchema = isAbsent(OFFICIAL)
    ? undefined
    : JSON.parse(readFileSync(OFFICIAL, 'utf8'));
  const schema = ocsf();

  it('has the classes and objects of the official schema, and no others', () => {
    expect([...schema.classNames].sort()).toEqual(Object.keys(official.classes).sort());
    expect([...schema.objectNames].sort()).toEqual(Object.keys(official.objects).sort());
    expect(schema.classNames).toHaveLength(81);
    expect(schema.objectNames).toHaveLength(161);
  });

  it('has every attribute as the official schema has it, and no others', () => {
    let count = 0;
    for (const [kind, entities] of [
      ['class', official.classes],
      ['object', official.objects],
    ] as const) {
      for (const [name, entity] of Object.entries(entities)) {
        const ours = kind === 'class' ? schema.classByName(name) : schema.object(name);
        const attributes = [...(ours?.attributes.values() ?? [])];
        expect(attributes.map((each) => each.name).sort()).toEqual(Object.keys(entity.attributes).sort());
        for (const attribute of attributes) {
          expect(asOfficial(attribute), `${name}.${attribute.name}`).toEqual(
            entity.attributes[attribute.name],
          );
          count += 1;
        }
      }
    }
    expect(count).toBe(6717);
  });

  it('has what the official schema says of each class and object', () => {
    for (const [name, entity] of Object.entries(official.classes)) {
      const ours = schema.classByName(name);
      expect(schema.classByUid(entity.uid)?.name).toBe(name);
      expect([ours?.uid, ours?.category]).toEqual([entity.uid, entity.category]);
    }
    for (const [name, entity] of Object.entries({ ...official.objects, ...official.classes })) {
      const ours = schema.classByName(name) ?? schema.object(name);
      expect(ours?.caption).toBe(entity.caption);
      expect(ours?.constraints).toEqual(entity.constraints ?? {});
      expect(ours?.profiles).toEqual(entity.profiles ?? []);
      expect(ours?.deprecated).toBe(entity['@deprecated']);
      expect(ours?.extension).toBe(entity.extension);
      expect(ours?.observable).toBe(entity.observable);
    }
  });

  it('has the types, profiles, categories and extensions of the official schema', () => {
    const { types } = compactSchema(official);
    expect(load().types).toEqual(types);
    for (const [name, type] of Object.entries(official.types)) {
      expect(types[name]).toMatchObject(
        Object.fromEntries(Object.entries(type).filter(([key]) => key !== 'caption' && key !== 'type_name')),
      );
    }
    expect(Object.keys(types)).toEqual(Object.keys(official.types));
    expect([...schema.profiles.keys()]).toEqual(Object.keys(official.profiles));
    expect(Object.fromEntries(schema.categories)).toEqual(official.categories);
    expect([...schema.extensions.keys()]).toEqual(['linux', 'win']);
  });

  it('is generated again byte for byte', () => {
    expect(generatedText(official)).toBe(readFileSync(GENERATED, 'utf8'));
  });

  it('serves a schema with an extension of its own', () => {
    const extended = structuredClone(official);
    extended.objects['acme/badge'] = {
      name: 'badge',
      caption: 'Badge',
      extension: 'acme',
      attributes: {
        colour_id: { type: 'integer_t', requirement: 'required', enum: { 7: { caption: "Gr'n\\" } } },
      },
    };
    const device = extended.objects.device?.attributes as Record<string, OfficialAttribute>;
    device.badge = { type: 'object_t', object_type: 'acme/badge', requirement: 'optional' };
    const found = schemaOf(compactSchema(extended)).attributeAt('inventory_info', [
      'device',
      'badge',
      'colour_id',
    ]);
    expect(found?.enum).toEqual(new Map([[7, "Gr'n\\"]]));
    const literal = /JSON\.parse\((.*)\);\n$/s.exec(generatedText(extended))?.[1] ?? '';
    expect(JSON.parse(new Function(`return ${literal}`)())).toEqual(compactSchema(extended));
  });
});

describe('the generated file', () => {
  it('is below 250 kB', () => {
    expect(readFileSync(GENERATED).length).toBeLessThan(250_000);
  });

  it('is refused to be made of something else', async () => {
    await expect(generate(nodeFiles, 'package.json', 'out')).rejects.toMatchObject({
      code: 'ocsf-not-a-schema',
    });
  });
});
