/** How an OCSF version is kept in the project: everything a validator needs of the official schema, each fact once. */

/** A resolved OCSF schema document: every class and object with its final attributes. Only what is read here. */
export interface OfficialSchema {
  version: string;
  extensions: Record<string, { uid: number; caption: string }>;
  categories: Record<string, { uid: number; caption: string }>;
  profiles: Record<string, { caption: string }>;
  types: Record<string, OfficialType>;
  classes: Record<string, OfficialEntity & { uid: number; category: string }>;
  objects: Record<string, OfficialEntity>;
}

export interface OfficialType {
  type?: string;
  regex?: string;
  max_len?: number;
  range?: [number, number];
  values?: unknown[];
  observable?: number;
}

export interface OfficialEntity {
  name: string;
  caption: string;
  attributes: Record<string, OfficialAttribute>;
  constraints?: Constraints;
  profiles?: string[];
  extension?: string;
  observable?: number;
  '@deprecated'?: string;
}

export interface OfficialAttribute {
  type: string;
  requirement: Requirement;
  is_array?: boolean;
  object_type?: string;
  enum?: Record<string, { caption: string; '@deprecated'?: string }>;
  sibling?: string;
  profiles?: string[];
  '@deprecated'?: string;
}

export type Requirement = 'required' | 'recommended' | 'optional';

/** Names of attributes, or dotted paths to them, of which so many must be present. */
export interface Constraints {
  at_least_one?: string[];
  just_one?: string[];
}

/** `requirement` is absent for `optional`, `type` for `string_t`; `enum` is an index into `enums`. */
export interface CompactAttribute {
  name: string;
  type?: string;
  requirement?: 'required' | 'recommended';
  array?: 1;
  object?: string;
  enum?: number;
  sibling?: string;
  profiles?: string[];
  /** The version that deprecated it. */
  deprecated?: string;
  /** Deprecated values of the enum, each with the version that deprecated it. */
  deprecatedValues?: Record<string, string>;
}

export interface CompactEntity {
  caption: string;
  /** Indexes into `attributes`. */
  attributes: number[];
  constraints?: Constraints;
  profiles?: string[];
  extension?: string;
  observable?: number;
  deprecated?: string;
}

export interface CompactSchema {
  version: string;
  extensions: Record<string, { uid: number; caption: string }>;
  categories: Record<string, { uid: number; caption: string }>;
  /** Name to caption; a profile of an extension is named `extension/profile`. */
  profiles: Record<string, string>;
  types: Record<string, OfficialType>;
  /** Each distinct enum: value to caption. */
  enums: Record<string, string>[];
  /** Each distinct attribute definition. */
  attributes: CompactAttribute[];
  classes: Record<string, CompactEntity & { uid: number; category: string }>;
  objects: Record<string, CompactEntity>;
}

/** The compact form of a resolved official schema: no descriptions, shared definitions kept once. */
export function compactSchema(official: OfficialSchema): CompactSchema {
  const enums = new Shared<Record<string, string>>();
  const attributes = new Shared<CompactAttribute>();
  const entityOf = (entity: OfficialEntity) => compactEntity(entity, attributes, enums);
  return {
    version: official.version,
    extensions: mapValues(official.extensions, ({ uid, caption }) => ({ uid, caption })),
    categories: mapValues(official.categories, ({ uid, caption }) => ({ uid, caption })),
    profiles: mapValues(official.profiles, ({ caption }) => caption),
    types: mapValues(official.types, compactType),
    classes: mapValues(official.classes, (entity) => ({
      uid: entity.uid,
      category: entity.category,
      ...entityOf(entity),
    })),
    objects: mapValues(official.objects, entityOf),
    enums: enums.items,
    attributes: attributes.items,
  };
}

function compactType(type: OfficialType): OfficialType {
  return defined<OfficialType>({
    type: type.type,
    regex: type.regex,
    max_len: type.max_len,
    range: type.range,
    values: type.values,
    observable: type.observable,
  });
}

function compactEntity(
  entity: OfficialEntity,
  attributes: Shared<CompactAttribute>,
  enums: Shared<Record<string, string>>,
): CompactEntity {
  const constrained = Object.keys(entity.constraints ?? {}).length > 0;
  return defined<CompactEntity>({
    caption: entity.caption,
    attributes: Object.entries(entity.attributes).map(([name, attribute]) =>
      attributes.indexOf(compactAttribute(name, attribute, enums)),
    ),
    constraints: constrained ? entity.constraints : undefined,
    profiles: entity.profiles,
    extension: entity.extension,
    observable: entity.observable,
    deprecated: entity['@deprecated'],
  });
}

function compactAttribute(
  name: string,
  attribute: OfficialAttribute,
  enums: Shared<Record<string, string>>,
): CompactAttribute {
  const values = attribute.enum && mapValues(attribute.enum, (value) => value.caption);
  const deprecatedValues = Object.entries(attribute.enum ?? {}).flatMap(
    ([value, { '@deprecated': since }]) => (since === undefined ? [] : [[value, since]]),
  );
  return defined<CompactAttribute>({
    name,
    type: attribute.type === 'string_t' ? undefined : attribute.type,
    requirement: attribute.requirement === 'optional' ? undefined : attribute.requirement,
    array: attribute.is_array ? 1 : undefined,
    object: attribute.object_type,
    enum: values && enums.indexOf(values),
    sibling: attribute.sibling,
    profiles: attribute.profiles,
    deprecated: attribute['@deprecated'],
    deprecatedValues: deprecatedValues.length > 0 ? Object.fromEntries(deprecatedValues) : undefined,
  });
}

/** A list in which equal items have one index. */
class Shared<T> {
  readonly items: T[] = [];
  readonly #indexes = new Map<string, number>();

  indexOf(item: T): number {
    const key = JSON.stringify(item);
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.items.length);
    return this.items.push(item) - 1;
  }
}

function mapValues<T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** The object without the keys whose value is undefined. */
function defined<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
