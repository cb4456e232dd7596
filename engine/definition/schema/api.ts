/** `apis.NAME`: one base URL with its auth, its rate limits and what its answers mean. */
import type { Schema } from './schema.ts';

export const durationSchema = {
  type: 'string',
  pattern: '^[0-9]+(ms|s|m|h|d)$',
  description: 'A duration: a whole number and its unit (`ms`, `s`, `m`, `h`, `d`).',
  examples: ['30s', '1h'],
} as const satisfies Schema;

export const responseRuleSchema = {
  type: 'object',
  title: 'Response rule',
  description: 'What an answer of this vendor means where HTTP alone does not tell.',
  additionalProperties: false,
  required: ['when', 'outcome'],
  properties: {
    when: {
      type: 'string',
      description: 'True for the answers that are meant; `body` is the parsed JSON, or absent.',
      examples: ["status = 404 and body.error.code = 'NotFound'"],
      'x-expression': ['status', 'headers', 'body'],
    },
    outcome: {
      type: 'string',
      enum: ['empty', 'retry', 'fail'],
      description:
        '`empty`: a page without records. `retry`: ask again after a back-off. `fail`: stop the lane with `message` and `fix`.',
    },
    retry_at: {
      type: 'string',
      description:
        'With `retry`, for a vendor without `Retry-After`: when to ask again, in seconds since the epoch.',
      examples: ['headers."x-rate-limit-reset"'],
      'x-expression': ['status', 'headers', 'body'],
    },
    message: { type: 'string', description: 'What it means, in a few words.' },
    fix: { type: 'string', description: 'What the operator does about it.' },
  },
} as const satisfies Schema;

export const apiSchema = {
  type: 'object',
  title: 'API',
  description: 'One base URL with its auth and its rate limits.',
  additionalProperties: false,
  required: ['base_url'],
  properties: {
    base_url: {
      type: 'string',
      description: 'Where the paths of its endpoints begin; credentials go to this origin only.',
      examples: ['${settings.api_url}'],
      'x-template': ['settings'],
    },
    auth: {
      type: 'string',
      description: 'The entry of `auth` that lets in; none when absent.',
      'x-reference': 'auth',
    },
    origins: {
      type: 'array',
      description: 'Further origins that next links may point to.',
      items: { type: 'string', description: 'An origin: scheme, host and port.', 'x-template': ['settings'] },
    },
    headers: {
      type: 'object',
      description: 'Headers of every request.',
      additionalProperties: { type: 'string', description: 'A value.', 'x-template': ['settings'] },
    },
    rate_limits: {
      type: 'array',
      description: 'Calls that the vendor allows, over several windows at once.',
      items: {
        type: 'object',
        description: 'One window.',
        additionalProperties: false,
        required: ['calls', 'per'],
        properties: {
          calls: { type: 'integer', minimum: 1, description: 'Calls in the window.' },
          per: durationSchema,
        },
      },
    },
    responses: {
      type: 'array',
      description: 'What answers mean where HTTP alone does not tell; the first rule that is true counts.',
      items: responseRuleSchema,
    },
  },
} as const satisfies Schema;
