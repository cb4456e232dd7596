/** How a refusal is worded: the vendor's own body, from the templates of the YAML. */
import type { Answer } from './answer.ts';
import { type Condition, conditions, type Refusal } from './conditions.ts';
import { fill, fillText, type Values } from './template.ts';

/** A group of error answers that share a body: each condition brings its status and the values for the body. */
export interface ErrorsSpec {
  content_type?: string;
  headers?: Record<string, string>;
  body: unknown;
  conditions: Partial<Record<Condition, ConditionSpec>>;
}

export interface ConditionSpec {
  status?: number;
  headers?: Record<string, string>;
  /** Replaces the group's body. */
  body?: unknown;
  values?: Record<string, unknown>;
}

const conditionSchema = {
  type: 'object',
  properties: {
    status: { type: 'integer', minimum: 400, maximum: 599 },
    headers: { type: 'object', additionalProperties: { type: 'string' } },
    body: {},
    values: { type: 'object' },
  },
  additionalProperties: false,
};

export const errorsSchema = {
  type: 'object',
  properties: {
    content_type: { type: 'string' },
    headers: { type: 'object', additionalProperties: { type: 'string' } },
    body: {},
    conditions: {
      type: 'object',
      properties: Object.fromEntries(Object.keys(conditions).map((name) => [name, conditionSchema])),
      additionalProperties: false,
    },
  },
  required: ['body', 'conditions'],
  additionalProperties: false,
};

/** The answer to a refused request. A condition's values may use the request's; the body may use both. */
export function errorAnswer(spec: ErrorsSpec, refusal: Refusal, request: Values): Answer {
  const { condition, values = {} } = refusal;
  const described = spec.conditions[condition] ?? {};
  const known: Values = { condition, ...request, ...values };
  const all: Values = { ...known, ...(fill(described.values ?? {}, known) as Values) };
  const body = described.body === undefined ? spec.body : described.body;
  const headers: Record<string, string> = { 'content-type': spec.content_type ?? 'application/json' };
  for (const [name, text] of Object.entries({ ...spec.headers, ...described.headers })) {
    headers[name.toLowerCase()] = fillText(text, all);
  }
  const filled = fill(body, all);
  return {
    status: described.status ?? conditions[condition],
    headers,
    body: typeof filled === 'string' ? filled : JSON.stringify(filled),
  };
}
