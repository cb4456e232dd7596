/** The catalogue of generator kinds, by the name that `type` gives. */
import { boolean } from './boolean.ts';
import { children } from './children.ts';
import { constant } from './const.ts';
import { copy } from './copy.ts';
import { hex } from './hex.ts';
import { indexNumber } from './index-number.ts';
import { integer } from './integer.ts';
import type { GeneratorKind, JsonSchema } from './kind.ts';
import { list } from './list.ts';
import { match } from './match.ts';
import { number } from './number.ts';
import { object } from './object.ts';
import { oneOf } from './one-of.ts';
import { pattern } from './pattern.ts';
import { pick } from './pick.ts';
import { ref } from './ref.ts';
import { sibling } from './sibling.ts';
import { timestamp } from './timestamp.ts';
import { uuid } from './uuid.ts';

// biome-ignore lint/suspicious/noExplicitAny: each kind has its own keys, which the schema has checked by then.
export const generatorKinds: Record<string, GeneratorKind<any>> = {
  boolean,
  children,
  const: constant,
  copy,
  hex,
  index: indexNumber,
  integer,
  list,
  match,
  number,
  object,
  one_of: oneOf,
  pattern,
  pick,
  ref,
  sibling,
  timestamp,
  uuid,
};

const rate = { type: 'number', minimum: 0, maximum: 1 };

/** Goes into `$defs` as `generator`: a scalar, or an object of one of the kinds. */
export const generatorSchema: JsonSchema = {
  if: { type: 'object' },
  // biome-ignore lint/suspicious/noThenProperty: `then` is the keyword of JSON Schema.
  then: {
    type: 'object',
    required: ['type'],
    discriminator: { propertyName: 'type' },
    oneOf: Object.entries(generatorKinds).map(([type, kind]) => ({
      properties: {
        type: { const: type },
        ...kind.properties,
        absent_rate: rate,
        null_rate: rate,
        empty_rate: rate,
      },
      required: ['type', ...kind.required],
      additionalProperties: false,
    })),
  },
  else: { type: ['string', 'number', 'boolean', 'null'] },
};
