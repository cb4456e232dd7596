/** The answer to a request for records: who asks, how often, which page, and the page itself piece by piece. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './answer.ts';
import { checkCaller } from './check-caller.ts';
import { isRefusal, type Refusal } from './conditions.ts';
import { type ErrorsSpec, errorAnswer } from './error-answer.ts';
import { filesAnswer } from './export-files.ts';
import { bendNext, bendSelection, brokenRecord } from './faults/bend-page.ts';
import { type Fault, faultOf } from './faults/fault.ts';
import { Cursor } from './generate/cursor.ts';
import { JsonBytes } from './json-bytes.ts';
import type { PageRequest, PagingKind, Selection } from './paging/kind.ts';
import { pagingKinds } from './paging/kinds.ts';
import { recordView } from './record-view.ts';
import type { Rows, View } from './rows.ts';
import { rowsFor } from './rows-for.ts';
import { fillText, type Values } from './template.ts';
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
  const { spec } = endpoint;
  const refused = (refusal: Refusal, faults: Fault[] = []) => ({
    answer: errorFor(vendor, endpoint, request, refusal),
    faults,
  });
  const refusal = checkCaller(vendor, endpoint, request.headers);
  if (refusal) return refused(refusal);
  const query = new URLSearchParams(request.search);
  const segments = endpoint.match(request.path) ?? {};
  const view = recordView(spec, endpoint.collection, query);
  if (isRefusal(view)) return refused(view);
  const paging = pagingKinds[spec.paging.type] as PagingKind<unknown>;
  const epoch = paging.epoch?.(spec.paging, query) ?? vendor.epoch;
  const rows = rowsFor(vendor, endpoint, { query, segments, epoch });
  if (isRefusal(rows)) return refused(rows);
  const pageRequest: PageRequest = {
    query,
    search: request.search,
    address: vendor.origin + request.path,
    rows,
    values: valuesFor(vendor, endpoint, request),
  };
  const selection = paging.select(spec.paging, pageRequest);
  if (isRefusal(selection)) return refused(selection);
  const keys = Object.values(segments);
  const faults = vendor.faults.next(endpoint.name, { page: selection.page, keys, query: request.search });
  if (faultOf(faults, 'expire_token')) {
    endpoint.authority.expire(request.headers);
    return refused(
      { condition: 'expired_token', values: { expired_at: new Date(vendor.nowMs()).toISOString() } },
      faults,
    );
  }
  if (spec.export) {
    const answer = filesAnswer(vendor, endpoint, { query, view, values: pageRequest.values, faults });
    return isRefusal(answer) ? refused(answer, faults) : { answer, faults };
  }
  if (spec.empty === 404 && selection.page === 1 && selection.indices.length === 0) {
    return refused({ condition: 'empty' }, faults);
  }
  return {
    answer: pageAnswer(vendor, endpoint, { paging, view, request: pageRequest, selection, faults }),
    faults,
  };
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

/** The vendor's own words for a refusal. */
export function errorFor(
  vendor: Vendor,
  endpoint: Endpoint,
  request: EndpointRequest,
  refusal: Refusal,
): Answer {
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
  page: {
    paging: PagingKind<unknown>;
    view: View;
    request: PageRequest;
    selection: Selection;
    faults: readonly Fault[];
  },
): Answer {
  const { spec } = endpoint;
  const { paging, request, faults } = page;
  const selection = bendSelection(page.selection, faults);
  const own = request.search === '' ? request.address : `${request.address}?${request.search}`;
  const next = bendNext(paging.next(spec.paging, selection, request), faults, {
    own,
    otherOrigin: vendor.otherOrigin,
  });
  const frame = paging.frame(spec.paging, selection, next, request);
  vendor.audit.records(endpoint.name, selection.indices.length);
  return {
    status: 200,
    headers: { ...headersOf(endpoint, request.values), ...frame.headers },
    encodings: spec.encodings ?? ['gzip', 'deflate'],
    body: pageText(frame, selection.indices, {
      rows: request.rows,
      view: page.view,
      broken: brokenRecord(faults),
    }),
  };
}

function headersOf({ spec }: Endpoint, values: Values): Answer['headers'] {
  const headers: Answer['headers'] = { 'content-type': 'application/json' };
  for (const [name, text] of Object.entries(spec.headers ?? {})) {
    headers[name.toLowerCase()] = fillText(text, values);
  }
  return headers;
}

function* pageText(
  { head, tail, members = {} }: { head: string; tail: string; members?: Record<string, unknown> },
  indices: readonly number[],
  { rows, view, broken }: { rows: Rows; view: View; broken: number | undefined },
): Generator<Buffer> {
  const cursor = new Cursor(rows.collection);
  const isAlone = Object.keys(members).length > 0;
  const out = new JsonBytes();
  out.raw(head);
  for (let nth = 0; nth < indices.length; nth++) {
    const index = indices[nth] as number;
    if (nth > 0) out.byte(COMMA);
    if (isAlone || nth === broken) {
      const record = { ...members, ...rows.show(index, cursor, view) };
      if (nth === broken) delete record[rows.collection.key];
      out.value(record);
    } else rows.write(index, cursor, view, out);
    if (out.isFull) yield out.take();
  }
  out.raw(tail);
  yield out.take();
}

const COMMA = 0x2c;
