/** The answer to a batch (OData 4.01 JSON Format, 19): every request in it is answered as if it had come alone. */
import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, wholeBody } from './answer.ts';
import { answerEndpoint } from './answer-endpoint.ts';
import { isRefusal, type Refusal } from './conditions.ts';
import { type ErrorsSpec, errorAnswer } from './error-answer.ts';
import { type Fault, faultOf } from './faults/fault.ts';
import { replaceAnswer } from './faults/replace-answer.ts';
import type { Batch, Vendor } from './vendor.ts';

export interface BatchSpec {
  path: string;
  /** What the URLs in a batch are below. */
  base: string;
  auth: string;
  errors: string;
  size_max: number;
}

interface Inner {
  id: string;
  method: string;
  url: string;
}

export function answerBatch(
  vendor: Vendor,
  batch: Batch,
  request: { path: string; headers: IncomingHttpHeaders; body: string },
): { answer: Answer; faults: Fault[] } {
  const refused = (refusal: Refusal) => ({
    answer: errorAnswer(errorsOf(vendor, batch), refusal, vendor.values(request.path)),
    faults: [],
  });
  const grant = batch.authority.authenticate(request.headers);
  if (isRefusal(grant)) return refused(grant);
  const inner = requestsIn(request.body, batch.spec.size_max);
  if (typeof inner === 'string') return refused({ condition: 'bad_batch', values: { reason: inner } });
  const faults = vendor.faults.next(batch.name);
  const responses = inner.flatMap((one) => {
    const response = answerInner(vendor, batch, one, request.headers);
    return response ? [response] : [];
  });
  return {
    answer: {
      status: 200,
      headers: { 'content-type': 'application/json' },
      encodings: ['gzip', 'deflate'],
      body: JSON.stringify({ responses: shuffled(responses, vendor) }),
    },
    faults,
  };
}

/** The requests of a batch, or what is wrong with it. */
function requestsIn(text: string, max: number): Inner[] | string {
  let body: { requests?: Inner[] };
  try {
    body = JSON.parse(text);
  } catch {
    return 'the body is not JSON';
  }
  const requests = body?.requests;
  if (!Array.isArray(requests) || requests.length === 0) return 'there are no requests';
  if (requests.length > max) return `there are ${requests.length} requests, the maximum is ${max}`;
  const isWhole = requests.every(({ id, method, url }) =>
    [id, method, url].every((part) => typeof part === 'string'),
  );
  if (!isWhole) return 'a request lacks its id, method or url';
  if (new Set(requests.map(({ id }) => id)).size < requests.length) return 'two requests have one id';
  return requests;
}

/** Undefined where a fault leaves the response out. */
function answerInner(vendor: Vendor, batch: Batch, inner: Inner, headers: IncomingHttpHeaders) {
  const url = batch.spec.base + inner.url;
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  const search = at < 0 ? '' : url.slice(at + 1);
  const endpoint = inner.method === 'GET' ? vendor.endpointAt(path) : undefined;
  if (!endpoint) {
    const refusal = { condition: 'unknown_record' as const, values: { key: inner.url } };
    return responseOf(inner.id, errorAnswer(errorsOf(vendor, batch), refusal, vendor.values(path)));
  }
  const { answer, faults } = answerEndpoint(vendor, endpoint, { path, search, headers });
  for (const { type } of faults) vendor.audit.fault(type);
  const replaced = replaceAnswer(faults, { nowMs: vendor.nowMs(), otherAddress: vendor.otherOrigin + url });
  const isMissing = replaced === 'reset' || faultOf(faults, 'missing_response') !== undefined;
  const sent = replaced === 'reset' ? answer : (replaced ?? answer);
  vendor.audit.request(endpoint.name, isMissing ? 0 : sent.status);
  return isMissing ? undefined : responseOf(inner.id, sent);
}

function responseOf(id: string, answer: Answer) {
  const text = wholeBody(answer).toString();
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    headers[name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())] = [value].flat().join(', ');
  }
  return { id, status: answer.status, headers, body: jsonOr(text) };
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** In an order of their own: responses come as they are ready. */
function shuffled<T>(list: readonly T[], vendor: Vendor): T[] {
  const left = [...list];
  const taken: T[] = [];
  while (left.length > 0) taken.push(...left.splice(Math.floor(vendor.random() * left.length), 1));
  return taken;
}

function errorsOf(vendor: Vendor, batch: Batch): ErrorsSpec {
  return vendor.definition.errors[batch.spec.errors] as ErrorsSpec;
}
