/** The vocabulary in which the connector language is described: JSON Schema plus what the engine wants to know of a place. */

/** One place of the language. `description` is required of every place: the reference page is made of them. */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly maximum?: number;
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly additionalProperties?: false | Schema;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly discriminator?: { readonly propertyName: string };
  /** A string in which `${ JSONata }` is interpolated, and the names that the expressions see. */
  readonly 'x-template'?: readonly string[];
  /** A string that is one JSONata expression, and the names that it sees. */
  readonly 'x-expression'?: readonly string[];
  /** A dotted path into a record. */
  readonly 'x-path'?: true;
  /** The name of an entry in that section of the same file. */
  readonly 'x-reference'?: 'auth' | 'apis' | 'endpoints' | 'streams';
  /** The place may hold a secret: only here do expressions see secret settings, and what comes out is never printed. */
  readonly 'x-secret'?: true;
}

/** The schema of a key of a map: that of its own, else that of all other keys; undefined where the language has no such key. */
export function schemaOfKey(schema: Schema, key: string): Schema | undefined {
  if (schema.properties && Object.hasOwn(schema.properties, key)) return schema.properties[key];
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

/** The member of a union that a map's `type` names; the schema itself where it is no union. */
export function memberOf(schema: Schema, value: object): Schema {
  const tag = (value as { type?: unknown }).type;
  return schema.oneOf?.find((member) => member.properties?.['type']?.const === tag) ?? schema;
}

/** The TypeScript type of the values that a schema admits. */
export type FromSchema<S> = S extends { readonly oneOf: infer U extends readonly unknown[] }
  ? FromSchema<U[number]>
  : S extends { readonly const: infer C }
    ? C
    : S extends { readonly enum: infer E extends readonly unknown[] }
      ? E[number]
      : S extends { readonly type: 'object' }
        ? FromObject<S>
        : S extends { readonly type: 'array'; readonly items: infer I }
          ? FromSchema<I>[]
          : S extends { readonly type: 'string' }
            ? string
            : S extends { readonly type: 'integer' | 'number' }
              ? number
              : S extends { readonly type: 'boolean' }
                ? boolean
                : unknown;

type FromObject<S> = S extends { readonly properties: infer P }
  ? { [K in RequiredKeys<S> & keyof P]: FromSchema<P[K]> } & {
      [K in Exclude<keyof P, RequiredKeys<S>>]?: FromSchema<P[K]>;
    }
  : S extends { readonly additionalProperties: infer A extends object }
    ? { [name: string]: FromSchema<A> }
    : Record<string, unknown>;

type RequiredKeys<S> = S extends { readonly required: infer R extends readonly string[] } ? R[number] : never;
