/**
 * The language of `simulator.yaml`: one vendor, played locally.
 *
 *   simulator    the connector that this is a simulator for
 *   connect      `settings` and `secrets` to give to that connector; `${origin}` is where the simulator listens
 *   auth         who may call: by name, each of a `type`
 *   errors       how refusals are worded: by name, a body template and for each condition its status and values
 *   quotas       how often one may call: by name, windows of time
 *   scale        how much there is: names with their defaults, which the operator can override
 *   steps        when the tenant moves: each step changes the shares of records that `collections.*.changes` says
 *   collections  the records: by name, how each field's value is made from the record's place alone
 *   endpoints    what can be asked: by name, a path, its credential, its collection and its paging
 *
 * Texts may hold `${name}`: of the request and of `settings.*` and `secrets.*` in answers, of fields in patterns and page tokens.
 */
import { authSchema } from './auth/kinds.ts';
import { durationSchema } from './duration.ts';
import { errorsSchema } from './error-answer.ts';
import type { JsonSchema } from './generate/kind.ts';
import { generatorSchema } from './generate/kinds.ts';
import { pagingSchema } from './paging/kinds.ts';
import { quotaSchema } from './quota.ts';

const text = { type: 'string' };
const texts = { type: 'object', additionalProperties: text };
const share = { type: 'number', minimum: 0, maximum: 1 };
const named = (schema: JsonSchema) => ({ type: 'object', additionalProperties: schema });
const closed = (required: string[], properties: JsonSchema) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

const collection = closed(['size', 'key', 'fields'], {
  size: {
    if: { type: 'object' },
    // biome-ignore lint/suspicious/noThenProperty: `then` is the keyword of JSON Schema.
    then: closed(['scale', 'ratio'], { scale: text, ratio: { type: 'number', exclusiveMinimum: 0 } }),
    else: text,
  },
  key: text,
  link: closed(['collection'], { collection: text, unmatched: share, duplicates: share }),
  variables: named({ $ref: '#/$defs/generator' }),
  fields: named({ $ref: '#/$defs/generator' }),
  changes: closed([], { added: share, removed: share, fields: named(share) }),
});

const endpoint = closed(['path', 'auth', 'collection', 'errors', 'paging'], {
  path: { type: 'string', pattern: '^/' },
  auth: text,
  requires: closed([], { audience: text, roles: { type: 'array', items: text } }),
  collection: text,
  quota: text,
  errors: text,
  paging: pagingSchema,
  filter: closed(['parameter', 'fields'], {
    parameter: text,
    syntax: { enum: ['odata', 'scim'] },
    fields: named({ enum: ['string', 'datetime', 'number', 'boolean', 'guid'] }),
    default: text,
  }),
  window: closed(['field', 'since', 'until'], { field: text, since: text, until: text }),
  select: closed(['parameter'], { parameter: text }),
  empty: { enum: [200, 404] },
  headers: texts,
  encodings: { type: 'array', items: { enum: ['gzip', 'deflate'] } },
});

export const simulatorSchema: JsonSchema = {
  ...closed(['simulator', 'connect', 'auth', 'errors', 'scale', 'collections', 'endpoints'], {
    simulator: text,
    title: text,
    connect: closed(['settings'], { settings: texts, secrets: texts }),
    auth: named(authSchema),
    errors: named(errorsSchema),
    quotas: named(quotaSchema),
    scale: named({ type: 'integer', minimum: 0 }),
    steps: closed(['from', 'length'], { from: durationSchema, length: durationSchema }),
    collections: named(collection),
    endpoints: { ...named(endpoint), propertyNames: { not: { enum: ['token', 'unknown'] } } },
  }),
  $defs: { generator: generatorSchema },
};
