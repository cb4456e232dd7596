/** The answer to a request for a token. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './answer.ts';
import type { Authority } from './auth/kind.ts';
import { isRefusal } from './conditions.ts';
import { type ErrorsSpec, errorAnswer } from './error-answer.ts';
import { type Fault, faultOf } from './faults/fault.ts';
import type { Vendor } from './vendor.ts';

export function answerToken(
  vendor: Vendor,
  token: NonNullable<Authority['token']>,
  request: {
    path: string;
    segments: Record<string, string>;
    headers: IncomingHttpHeaders;
    form: URLSearchParams;
    faults: readonly Fault[];
  },
): Answer {
  const badLife = faultOf(request.faults, 'bad_expires_in');
  const result = token.answer({
    url: vendor.origin + request.path,
    segments: request.segments,
    headers: request.headers,
    form: request.form,
    bend: {
      dropRoles: faultOf(request.faults, 'drop_roles') !== undefined,
      ...(badLife ? { expiresIn: badLife.value } : {}),
    },
  });
  vendor.audit.token(!isRefusal(result));
  if (isRefusal(result)) {
    const values = { ...vendor.values(request.path), ...request.segments };
    return errorAnswer(vendor.definition.errors[token.errors] as ErrorsSpec, result, values);
  }
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  return { status: 200, headers, body: JSON.stringify(result) };
}
