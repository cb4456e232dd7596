/** Answers what an OCSF version says: which classes and objects there are, and which attribute stands at a path. */
import { EngineError } from '../../errors.ts';
import { didYouMean } from '../../report/suggest.ts';
import type { CompactAttribute, CompactEntity, CompactSchema, Constraints, Requirement } from './compact.ts';
import ocsf150 from './ocsf-1.5.0.generated.ts';

export type BaseType = 'string' | 'integer' | 'long' | 'float' | 'boolean' | 'json' | 'object';

export interface Attribute {
  name: string;
  /** As OCSF names it: `timestamp_t`, `ip_t`, `object_t`. */
  type: string;
  baseType: BaseType;
  isArray: boolean;
  /** For `object_t`: which object. */
  objectType?: string;
  requirement: Requirement;
  /** Value to caption; the values are numbers where the base type is. */
  enum?: ReadonlyMap<string | number, string>;
  /** The attribute beside it that carries the caption of the enum's value. */
  sibling?: string;
  /** Known only to events that list one of these in `metadata.profiles`. */
  profiles?: readonly string[];
  /** The version that deprecated it. */
  deprecated?: string;
  deprecatedValues?: Readonly<Record<string, string>>;
}

/** What classes and objects have in common. */
export interface Entity {
  kind: 'class' | 'object';
  name: string;
  caption: string;
  /** Of all profiles together. */
  attributes: ReadonlyMap<string, Attribute>;
  constraints: Constraints;
  profiles: readonly string[];
  /** The object `object`, which takes any content. */
  isOpen: boolean;
  extension?: string;
  observable?: number;
  deprecated?: string;
}

export interface OcsfClass extends Entity {
  uid: number;
  category: string;
}

export interface OcsfType {
  name: string;
  baseType: BaseType;
  regex?: string;
  /** In characters. */
  maxLength?: number;
  range?: readonly [number, number];
  /** The observable `type_id` of values of this type. */
  observable?: number;
}

export interface OcsfSchema {
  version: string;
  classNames: readonly string[];
  objectNames: readonly string[];
  /** Name to caption. */
  profiles: ReadonlyMap<string, string>;
  categories: ReadonlyMap<string, { uid: number; caption: string }>;
  extensions: ReadonlyMap<string, { uid: number; caption: string }>;
  classByName(name: string): OcsfClass | undefined;
  classByUid(uid: number): OcsfClass | undefined;
  object(name: string): Entity | undefined;
  type(name: string): OcsfType | undefined;
  /** The attribute at a path of names, arrays passed through; anything is a `json_t` below `unmapped` and other free content. */
  attributeAt(className: string, path: readonly string[]): Attribute | undefined;
  /** The attribute names that are known at a path (`[]` for the class itself), those of all profiles included; none in free content. */
  namesAt(className: string, path: readonly string[]): string[];
}

/** One line a version; each file is made by `generate.ts`. */
const versions: Record<string, () => CompactSchema> = { '1.5.0': ocsf150 };
const loaded = new Map<string, OcsfSchema>();

/**
 * The schema of a version, read at its first use.
 * @throws EngineError `ocsf-version-unknown`
 */
export function ocsf(version = '1.5.0'): OcsfSchema {
  const known = loaded.get(version);
  if (known) return known;
  const load = Object.hasOwn(versions, version) ? versions[version] : undefined;
  if (!load) {
    const names = Object.keys(versions).map((name) => `\`${name}\``);
    throw new EngineError({
      code: 'ocsf-version-unknown',
      kind: 'usage',
      message: `OCSF version \`${version}\` is not known, expected ${names.join(' or ')}`,
    });
  }
  const schema = schemaOf(load());
  loaded.set(version, schema);
  return schema;
}

/**
 * The class of that OCSF name.
 * @throws EngineError `ocsf-class-name-unknown`
 */
export function classNamed(schema: OcsfSchema, name: string): OcsfClass {
  const found = schema.classByName(name);
  if (found) return found;
  const hint = didYouMean(name, schema.classNames);
  throw new EngineError({
    code: 'ocsf-class-name-unknown',
    kind: 'usage',
    message: `\`${name}\` is no class of OCSF ${schema.version}${hint ? `, ${hint}` : ''}`,
  });
}

/** The lookups over a compact schema. Classes, objects and attributes are expanded when first asked for. */
export function schemaOf(compact: CompactSchema): OcsfSchema {
  const attributes: Attribute[] = [];
  const classNames = new Map(Object.entries(compact.classes).map(([name, { uid }]) => [uid, name]));

  const attributeOf = (index: number): Attribute => {
    attributes[index] ??= expandAttribute(compact, compact.attributes[index] as CompactAttribute);
    return attributes[index];
  };
  const entityOf = (kind: Entity['kind'], name: string, entity: CompactEntity): Entity => {
    const own = entity.attributes.map(attributeOf);
    return {
      kind,
      name,
      caption: entity.caption,
      attributes: new Map(own.map((attribute) => [attribute.name, attribute])),
      constraints: entity.constraints ?? {},
      profiles: entity.profiles ?? [],
      isOpen: own.length === 0,
      ...(entity.extension !== undefined && { extension: entity.extension }),
      ...(entity.observable !== undefined && { observable: entity.observable }),
      ...(entity.deprecated !== undefined && { deprecated: entity.deprecated }),
    };
  };
  const classByName = remembered((name): OcsfClass | undefined => {
    const entity = own(compact.classes, name);
    return entity && { ...entityOf('class', name, entity), uid: entity.uid, category: entity.category };
  });
  const object = remembered((name): Entity | undefined => {
    const entity = own(compact.objects, name);
    return entity && entityOf('object', name, entity);
  });
  const placeAt = (className: string, path: readonly string[]): Place | undefined => {
    let place: Place = { entity: classByName(className) };
    for (const name of path) {
      const next = attributeIn(place, name);
      if (!next) return undefined;
      place = {
        attribute: next,
        entity: next.objectType === undefined ? undefined : object(next.objectType),
      };
    }
    return place;
  };

  return {
    version: compact.version,
    classNames: Object.keys(compact.classes),
    objectNames: Object.keys(compact.objects),
    profiles: new Map(Object.entries(compact.profiles)),
    categories: new Map(Object.entries(compact.categories)),
    extensions: new Map(Object.entries(compact.extensions)),
    classByName,
    classByUid: (uid) => classByName(classNames.get(uid) ?? ''),
    object,
    type: remembered((name) => typeOf(compact, name)),
    attributeAt: (className, path) => placeAt(className, path)?.attribute,
    namesAt: (className, path) => [...(placeAt(className, path)?.entity?.attributes.keys() ?? [])],
  };
}

/** Where a path has led: to an attribute (none at the class itself) and into an entity (none where it has no attributes). */
interface Place {
  attribute?: Attribute;
  entity: Entity | undefined;
}

function attributeIn(place: Place, name: string): Attribute | undefined {
  const isFree = place.entity?.isOpen ?? place.attribute?.baseType === 'json';
  if (isFree) return { name, type: 'json_t', baseType: 'json', isArray: false, requirement: 'optional' };
  return place.entity?.attributes.get(name);
}

function expandAttribute(compact: CompactSchema, attribute: CompactAttribute): Attribute {
  const type = attribute.type ?? 'string_t';
  const baseType = baseTypeOf(compact, type);
  const captions = attribute.enum === undefined ? undefined : compact.enums[attribute.enum];
  const isNumber = baseType === 'integer' || baseType === 'long';
  return {
    name: attribute.name,
    type,
    baseType,
    isArray: attribute.array === 1,
    requirement: attribute.requirement ?? 'optional',
    ...(attribute.object !== undefined && { objectType: attribute.object }),
    ...(captions && {
      enum: new Map(
        Object.entries(captions).map(([value, caption]) => [isNumber ? Number(value) : value, caption]),
      ),
    }),
    ...(attribute.sibling !== undefined && { sibling: attribute.sibling }),
    ...(attribute.profiles && { profiles: attribute.profiles }),
    ...(attribute.deprecated !== undefined && { deprecated: attribute.deprecated }),
    ...(attribute.deprecatedValues && { deprecatedValues: attribute.deprecatedValues }),
  };
}

/** `timestamp_t` rests on `long_t`, `ip_t` on `string_t`; the name of a primitive less its `_t` is the base type. */
function baseTypeOf(compact: CompactSchema, type: string): BaseType {
  return (own(compact.types, type)?.type ?? type).slice(0, -'_t'.length) as BaseType;
}

function typeOf(compact: CompactSchema, name: string): OcsfType | undefined {
  const type = own(compact.types, name);
  if (!type) return undefined;
  return {
    name,
    baseType: baseTypeOf(compact, name),
    ...(type.regex !== undefined && { regex: type.regex }),
    ...(type.max_len !== undefined && { maxLength: type.max_len }),
    ...(type.range && { range: type.range }),
    ...(type.observable !== undefined && { observable: type.observable }),
  };
}

function own<T>(record: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The function, asked once for each name that it knows. */
function remembered<T>(find: (name: string) => T | undefined): (name: string) => T | undefined {
  const found = new Map<string, T>();
  return (name) => {
    const known = found.get(name);
    if (known !== undefined) return known;
    const value = find(name);
    if (value !== undefined) found.set(name, value);
    return value;
  };
}
