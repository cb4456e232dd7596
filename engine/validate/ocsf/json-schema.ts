/** Writes an OCSF class as JSON Schema (draft 2020-12), for the tools of others: editors, queues, generated clients. */
import { type Attribute, type BaseType, classNamed, type Entity, type OcsfSchema, ocsf } from './schema.ts';

export type JsonSchema = { [keyword: string]: unknown };

export interface JsonSchemaOptions {
  version?: string;
  /** The profiles of the events; attributes of other profiles are refused, as they are in the event. */
  profiles?: readonly string[];
}

/**
 * The shape of a class's events: names, types, enums, regexes, constraints. Captions, `type_uid`, observables and the
 * unit of times are beyond JSON Schema; `createValidator` has them.
 * @throws EngineError `ocsf-class-name-unknown`, `ocsf-version-unknown`
 */
export function jsonSchemaOf(className: string, options: JsonSchemaOptions = {}): JsonSchema {
  const schema = ocsf(options.version);
  const ocsfClass = classNamed(schema, className);
  const writer: Writer = { schema, profiles: new Set(options.profiles), definitions: {} };
  const root = entitySchema(writer, ocsfClass);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `${ocsfClass.caption}, OCSF ${schema.version}`,
    ...root,
    $defs: writer.definitions,
  };
}

interface Writer {
  schema: OcsfSchema;
  profiles: ReadonlySet<string>;
  /** The objects met so far. */
  definitions: Record<string, JsonSchema>;
}

function entitySchema(writer: Writer, entity: Entity): JsonSchema {
  if (entity.isOpen) return { type: 'object' };
  const attributes = [...entity.attributes.values()].filter(
    ({ profiles }) => profiles?.some((profile) => writer.profiles.has(profile)) ?? true,
  );
  const required = attributes.filter(({ requirement }) => requirement === 'required').map(({ name }) => name);
  const { at_least_one: atLeastOne, just_one: justOne } = entity.constraints;
  return {
    type: 'object',
    properties: Object.fromEntries(attributes.map((each) => [each.name, attributeSchema(writer, each)])),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
    ...(atLeastOne && { anyOf: atLeastOne.map((path) => presence(path.split('.'))) }),
    ...(justOne && { oneOf: justOne.map((path) => presence(path.split('.'))) }),
  };
}

function attributeSchema(writer: Writer, attribute: Attribute): JsonSchema {
  const item =
    attribute.objectType === undefined ? scalarSchema(writer, attribute) : reference(writer, attribute);
  return attribute.isArray ? { type: 'array', items: item } : item;
}

function reference(writer: Writer, { objectType = '' }: Attribute): JsonSchema {
  const { definitions, schema } = writer;
  const object = schema.object(objectType);
  if (object && !Object.hasOwn(definitions, objectType)) {
    // Named before it is written, since objects hold themselves (a process has a parent process).
    definitions[objectType] = {};
    Object.assign(definitions[objectType], entitySchema(writer, object));
  }
  return { $ref: `#/$defs/${objectType.replaceAll('/', '~1')}` };
}

const jsonTypes: Record<BaseType, string | string[]> = {
  string: 'string',
  boolean: 'boolean',
  integer: 'integer',
  long: 'integer',
  float: 'number',
  object: 'object',
  // Anything but null.
  json: ['string', 'number', 'boolean', 'object', 'array'],
};

function scalarSchema({ schema }: Writer, attribute: Attribute): JsonSchema {
  const type = schema.type(attribute.type);
  return {
    type: jsonTypes[attribute.baseType],
    ...(attribute.enum && { enum: [...attribute.enum.keys()] }),
    ...(type?.regex !== undefined && { pattern: type.regex }),
    ...(type?.maxLength !== undefined && { maxLength: type.maxLength }),
    ...(type?.range && { minimum: type.range[0], maximum: type.range[1] }),
  };
}

/** Something stands at the path. */
function presence([name = '', ...rest]: string[]): JsonSchema {
  return { required: [name], ...(rest.length > 0 && { properties: { [name]: presence(rest) } }) };
}
