/** What can be made to go wrong, as it is written in a file of faults. */
import { durationMs, durationSchema } from '../duration.ts';
import type { JsonSchema } from '../generate/kind.ts';

/** Instead of the answer. */
export type ReplacingFault =
  | { type: 'status'; status: number; retry_after?: number; retry_after_date?: number; body?: string }
  | { type: 'html'; status?: number }
  | { type: 'redirect'; status?: number; to?: string }
  | { type: 'reset' }
  | { type: 'empty_body' }
  | { type: 'expire_token' };

/** Another page than the right one. */
export type BendingFault =
  | { type: 'next_link_other_origin'; origin?: string }
  | { type: 'next_link_loop' }
  | { type: 'duplicate_record' }
  | { type: 'short_page'; keep?: number }
  | { type: 'extra_page' }
  | { type: 'broken_record'; nth?: number };

/** Links to files that are too old from the start; a request in a batch that is left without a response. */
export type PartFault = { type: 'expired_links' } | { type: 'missing_response' };

/** The right answer, badly sent. `slow` waits before it, `drip` between its pieces. */
export type SendingFault =
  | { type: 'slow'; for: string }
  | { type: 'drip'; bytes: number; every: string }
  | { type: 'truncate_body'; after_bytes: number; end?: 'close' | 'clean' }
  | { type: 'truncate_json'; keep?: number }
  | { type: 'wrong_content_encoding'; claim?: string };

/** The right token answer with something off. */
export type TokenFault = { type: 'drop_roles' } | { type: 'bad_expires_in'; value: unknown };

export type Fault = ReplacingFault | BendingFault | PartFault | SendingFault | TokenFault;

export interface FaultRule {
  /** An endpoint, a batch, `token` for token requests, `NAME.file` for the files of an endpoint, or `*` for all. */
  on: string;
  /** Which requests, counted from 1 by endpoint over those that would be answered. */
  nth?: number | number[];
  /** The share of requests. */
  rate?: number;
  /** Which pages, counted from 1. */
  pages?: number[];
  /** Which records, for endpoints with the key of one in their path. */
  keys?: string[];
  /** A text that the query holds, such as `$expand`. */
  query?: string;
  /** How often at most. */
  times?: number;
  fault: Fault;
}

const positive = { type: 'integer', minimum: 1 };
const status = { type: 'integer', minimum: 200, maximum: 599 };
const seconds = { type: 'integer' };
const text = { type: 'string' };

const kinds: Record<string, { properties?: JsonSchema; required?: string[] }> = {
  status: {
    properties: { status, retry_after: seconds, retry_after_date: seconds, body: text },
    required: ['status'],
  },
  html: { properties: { status } },
  redirect: { properties: { status, to: text } },
  reset: {},
  empty_body: {},
  expire_token: {},
  next_link_other_origin: { properties: { origin: text } },
  next_link_loop: {},
  duplicate_record: {},
  short_page: { properties: { keep: { type: 'integer', minimum: 0 } } },
  extra_page: {},
  broken_record: { properties: { nth: positive } },
  expired_links: {},
  missing_response: {},
  slow: { properties: { for: durationSchema }, required: ['for'] },
  drip: { properties: { bytes: positive, every: durationSchema }, required: ['bytes', 'every'] },
  truncate_body: {
    properties: { after_bytes: { type: 'integer', minimum: 0 }, end: { enum: ['close', 'clean'] } },
    required: ['after_bytes'],
  },
  truncate_json: { properties: { keep: { type: 'number', minimum: 0, maximum: 1 } } },
  wrong_content_encoding: { properties: { claim: text } },
  drop_roles: {},
  bad_expires_in: { properties: { value: {} }, required: ['value'] },
};

export const faultsSchema: JsonSchema = {
  type: 'object',
  properties: {
    faults: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          on: text,
          nth: { anyOf: [positive, { type: 'array', items: positive }] },
          rate: { type: 'number', minimum: 0, maximum: 1 },
          pages: { type: 'array', items: positive },
          keys: { type: 'array', items: text },
          query: text,
          times: positive,
          fault: {
            type: 'object',
            required: ['type'],
            discriminator: { propertyName: 'type' },
            oneOf: Object.entries(kinds).map(([type, { properties = {}, required = [] }]) => ({
              properties: { type: { const: type }, ...properties },
              required: ['type', ...required],
              additionalProperties: false,
            })),
          },
        },
        required: ['on', 'fault'],
        additionalProperties: false,
      },
    },
  },
  required: ['faults'],
  additionalProperties: false,
};

/** The wait of a `slow` fault, in milliseconds. */
export function slowMs(faults: readonly Fault[]): number {
  return faults.reduce((sum, fault) => sum + (fault.type === 'slow' ? durationMs(fault.for) : 0), 0);
}

/** The fault of a type among those that fired. */
export function faultOf<Type extends Fault['type']>(
  faults: readonly Fault[],
  type: Type,
): Extract<Fault, { type: Type }> | undefined {
  return faults.find((fault): fault is Extract<Fault, { type: Type }> => fault.type === type);
}
