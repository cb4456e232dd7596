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
 *   batches      where several requests can be asked at once (OData 4.01 JSON Format, 19): by name, a path and what is below `base`
 *
 * A collection:
 *
 *   size      a scale, a share of one, or `{of, times}`: as many as the scale `times` says for each record of the collection `of`,
 *             to which they then belong, and with which they go
 *   link      which record of another collection each belongs to, in order; `links` are further ones, by name: `any`, or a
 *             `distinct` one for each record of one parent; with `binding` a record goes with the one it is linked to
 *   details   further fields, or other values of fields, that only endpoints with `details` show
 *   changes   what a step does; a field that names another one changes together with it
 *
 * An endpoint:
 *
 *   record    the segment of the path with the key of the one record that is answered
 *   under     the segment of the path with the key of a record, whose own records of this collection are listed
 *   expand    fields that come only where the parameter names them; otherwise what is said here, null for nothing at all
 *   details   which details of the collection are shown: a list, or `selected` for those that `select` names
 *   order     times that one may order by (`FIELD asc`, `FIELD desc`), and the order where nothing is asked for
 *   changes   lists what happened to the records since a time, in blocks of time, instead of the records: one row for each
 *             record and step, that of a removed one as it was last; what goes with another record is not told
 *   export    answers with signed URLs of gzip files of JSON lines, which hold the records as they were then, in other names and
 *             without nulls; they are fetched without credentials
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
const positive = { type: 'integer', minimum: 1 };
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
    then: {
      if: { required: ['of'] },
      // biome-ignore lint/suspicious/noThenProperty: `then` is the keyword of JSON Schema.
      then: closed(['of', 'times'], { of: text, times: text }),
      else: closed(['scale', 'ratio'], { scale: text, ratio: { type: 'number', exclusiveMinimum: 0 } }),
    },
    else: text,
  },
  key: text,
  link: closed(['collection'], { collection: text, unmatched: share, duplicates: share }),
  links: named(
    closed(['collection', 'pick'], {
      collection: text,
      pick: { enum: ['any', 'distinct'] },
      binding: { type: 'boolean' },
    }),
  ),
  variables: named({ $ref: '#/$defs/generator' }),
  fields: named({ $ref: '#/$defs/generator' }),
  details: named({ $ref: '#/$defs/generator' }),
  changes: closed([], {
    added: share,
    removed: share,
    fields: named({ if: { type: 'string' }, else: share }),
  }),
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
  record: text,
  under: closed(['segment', 'collection'], { segment: text, collection: text }),
  expand: closed(['parameter', 'fields'], { parameter: text, fields: { type: 'object' } }),
  details: { if: { type: 'array' }, else: { const: 'selected' } },
  order: closed([], { parameter: text, fields: { type: 'array', items: text }, default: text }),
  changes: closed(['since', 'reach', 'block', 'status', 'at', 'fields'], {
    since: text,
    reach: durationSchema,
    block: durationSchema,
    status: closed(['field', 'new', 'updated', 'removed'], {
      field: text,
      new: text,
      updated: text,
      removed: text,
    }),
    at: text,
    fields: { type: 'array', items: text },
  }),
  export: closed(['path', 'files', 'valid', 'answer', 'errors'], {
    path: text,
    files: positive,
    valid: closed(['parameter', 'hours', 'hours_max'], {
      parameter: text,
      hours: positive,
      hours_max: positive,
    }),
    names: texts,
    answer: {},
    errors: text,
  }),
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
    batches: named(
      closed(['path', 'base', 'auth', 'errors', 'size_max'], {
        path: { type: 'string', pattern: '^/' },
        base: text,
        auth: text,
        errors: text,
        size_max: positive,
      }),
    ),
    endpoints: { ...named(endpoint), propertyNames: { not: { enum: ['token', 'unknown'] } } },
  }),
  $defs: { generator: generatorSchema },
};
