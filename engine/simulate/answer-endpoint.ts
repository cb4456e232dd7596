/** The answer to a request for records: who asks, how often, which page, and the page itself piece by piece. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './answer.ts';
import { isRefusal, type Refusal } from './conditions.ts';
import { type ErrorsSpec, errorAnswer } from './error-answer.ts';
import { bendNext, bendSelection, brokenRecord } from './faults/bend-page.ts';
import { type Fault, faultOf } from './faults/fault.ts';
import { Cursor } from './generate/cursor.ts';
import { FilterProblem, odataFilter } from './odata-filter.ts';
import type { PageRequest, PagingKind, Selection } from './paging/kind.ts';
import { pagingKinds } from './paging/kinds.ts';
import { type Matches, Scan } from './scan.ts';
import { scimFilter } from './scim-filter.ts';
import { fillText, type Values } from './template.ts';
import { timeWindow } from './time-window.ts';
import type { Endpoint, Vendor } from './vendor.ts';

export interface EndpointRequest {
  path: string;
  /** Without `?`. */
  search: string;
  headers: IncomingHttpHeaders;
}

/** The answer, and the faults that are still to befall it. */
export function answerEndpoint(
  vendor: Vendor,
  endpoint: Endpoint,
  request: EndpointRequest,
): { answer: Answer; faults: Fault[] } {
  const refused = (refusal: Refusal, faults: Fault[] = []) => ({
    answer: errorFor(vendor, endpoint, request, refusal),
    faults,
  });
  const refusal = checkCaller(vendor, endpoint, request.headers);
  if (refusal) return refused(refusal);
  const query = new URLSearchParams(request.search);
  const matches = matchesOf(endpoint, query);
  if (matches && isRefusal(matches)) return refused(matches);
  const paging = pagingKinds[endpoint.spec.paging.type] as PagingKind<unknown>;
  const filterText = filterIn(endpoint, query) ?? '';
  const windowText = [endpoint.spec.window?.since, endpoint.spec.window?.until].map((name) =>
    query.get(name ?? ''),
  );
  const mark = vendor.mark([endpoint.name, vendor.epoch, filterText, ...windowText].join('\n'));
  const pageRequest: PageRequest = {
    query,
    search: request.search,
    address: vendor.origin + request.path,
    scan: new Scan(endpoint.collection, vendor.epoch, matches, mark),
    values: valuesFor(vendor, endpoint, request),
  };
  const selection = paging.select(endpoint.spec.paging, pageRequest);
  if (isRefusal(selection)) return refused(selection);
  const faults = vendor.faults.next(endpoint.name, selection.page);
  if (faultOf(faults, 'expire_token')) {
    endpoint.authority.expire(request.headers);
    return refused(
      { condition: 'expired_token', values: { expired_at: new Date(vendor.nowMs()).toISOString() } },
      faults,
    );
  }
  if (endpoint.spec.empty === 404 && selection.page === 1 && selection.indices.length === 0) {
    return refused({ condition: 'empty' }, faults);
  }
  return { answer: pageAnswer(vendor, endpoint, paging, pageRequest, selection, faults), faults };
}

/** Credential, audience, roles, then quota: a refused caller uses up nothing. */
function checkCaller(vendor: Vendor, endpoint: Endpoint, headers: IncomingHttpHeaders): Refusal | undefined {
  const grant = endpoint.authority.authenticate(headers);
  if (isRefusal(grant)) return grant;
  const { audience, roles = [] } = endpoint.spec.requires ?? {};
  if (audience !== undefined && grant.audience !== audience) {
    return { condition: 'wrong_audience', values: { audience: grant.audience, expected: audience } };
  }
  if (roles.length > 0 && !roles.some((role) => grant.roles.includes(role))) {
    return {
      condition: 'missing_role',
      values: { required: roles.join(','), granted: grant.roles.join(',') },
    };
  }
  const name = endpoint.spec.quota;
  const quota = name === undefined ? undefined : vendor.quotas.get(name);
  if (name === undefined || !quota) return undefined;
  const breach = quota.call(grant.principal, vendor.nowMs());
  vendor.audit.quota(name, breach !== undefined);
  return breach && { condition: 'quota', values: { ...breach, retry_after: breach.retryAfterSeconds } };
}

function matchesOf(endpoint: Endpoint, query: URLSearchParams): Matches | undefined | Refusal {
  const { filter, window } = endpoint.spec;
  const inWindow = window && timeWindow(window, query, endpoint.collection);
  if (inWindow && isRefusal(inWindow)) return inWindow;
  const text = filterIn(endpoint, query);
  if (!filter || !text) return inWindow;
  try {
    const compile = filter.syntax === 'scim' ? scimFilter : odataFilter;
    const inFilter = compile(text, filter.fields, endpoint.collection);
    return inWindow ? (record) => inWindow(record) && inFilter(record) : inFilter;
  } catch (error) {
    if (!(error instanceof FilterProblem)) throw error;
    return { condition: 'bad_filter', values: { reason: error.message, parameter: filter.parameter } };
  }
}

/** Values of the request; where calls are counted, `rate_limit`, `rate_remaining` and `rate_reset` say how the caller stands. */
function valuesFor(vendor: Vendor, endpoint: Endpoint, { path, headers }: EndpointRequest): Values {
  const values = vendor.values(path);
  const quota = vendor.quotas.get(endpoint.spec.quota ?? '');
  const grant = quota && endpoint.authority.authenticate(headers);
  if (!grant || isRefusal(grant)) return values;
  const { limit, remaining, resetMs } = quota.standing(grant.principal, vendor.nowMs());
  return {
    ...values,
    rate_limit: limit,
    rate_remaining: remaining,
    rate_reset: Math.ceil(resetMs / 1000),
  };
}

/** The filter that a request asks for, else the one that the vendor applies by itself. */
function filterIn({ spec: { filter } }: Endpoint, query: URLSearchParams): string | undefined {
  return filter && (query.get(filter.parameter) || filter.default);
}

function errorFor(vendor: Vendor, endpoint: Endpoint, request: EndpointRequest, refusal: Refusal): Answer {
  const errors = vendor.definition.errors[endpoint.spec.errors] as ErrorsSpec;
  const answer = errorAnswer(errors, refusal, valuesFor(vendor, endpoint, request));
  if (refusal.condition === 'quota') {
    const style = vendor.quotas.get(endpoint.spec.quota ?? '')?.spec.retry_after ?? 'seconds';
    const seconds = Number(refusal.values?.retry_after);
    if (style === 'seconds') answer.headers['retry-after'] = String(seconds);
    if (style === 'date') {
      answer.headers['retry-after'] = new Date(vendor.nowMs() + seconds * 1000).toUTCString();
    }
  }
  return answer;
}

function pageAnswer(
  vendor: Vendor,
  endpoint: Endpoint,
  paging: PagingKind<unknown>,
  request: PageRequest,
  right: Selection,
  faults: readonly Fault[],
): Answer {
  const { spec } = endpoint;
  const selection = bendSelection(right, faults);
  const own = request.search === '' ? request.address : `${request.address}?${request.search}`;
  const next = bendNext(paging.next(spec.paging, selection, request), faults, {
    own,
    otherOrigin: vendor.otherOrigin,
  });
  const frame = paging.frame(spec.paging, selection, next, request);
  const headers: Answer['headers'] = { 'content-type': 'application/json' };
  for (const [name, text] of Object.entries(spec.headers ?? {})) {
    headers[name.toLowerCase()] = fillText(text, request.values);
  }
  const picked = spec.select && request.query.get(spec.select.parameter);
  vendor.audit.records(endpoint.name, selection.indices.length);
  return {
    status: 200,
    headers: { ...headers, ...frame.headers },
    encodings: spec.encodings ?? ['gzip', 'deflate'],
    body: pageText(frame, selection.indices, {
      cursor: new Cursor(endpoint.collection),
      epoch: request.scan.epoch,
      fields: picked ? picked.split(',').map((name) => name.trim()) : undefined,
      broken: brokenRecord(faults),
    }),
  };
}

/** Pieces are sent at this length: long enough to compress well, short enough to make between two events. */
const PIECE_LENGTH = 64 * 1024;

function* pageText(
  frame: { head: string; tail: string },
  indices: readonly number[],
  making: { cursor: Cursor; epoch: number; fields: string[] | undefined; broken: number | undefined },
): Generator<string> {
  const { cursor, epoch, fields, broken } = making;
  let text = frame.head;
  for (const [nth, index] of indices.entries()) {
    if (nth > 0) text += ',';
    cursor.seek(index, epoch);
    text += recordText(cursor.record(), fields, nth === broken ? cursor.collection.key : undefined);
    if (text.length >= PIECE_LENGTH) {
      yield text;
      text = '';
    }
  }
  yield text + frame.tail;
}

/** A record, with some of its fields or without its key. */
function recordText(
  record: Record<string, unknown>,
  fields: readonly string[] | undefined,
  without: string | undefined,
): string {
  if (without !== undefined) delete record[without];
  if (!fields) return JSON.stringify(record);
  return JSON.stringify(Object.fromEntries(Object.entries(record).filter(([name]) => fields.includes(name))));
}
