/** Whether a caller may have an answer: credential, audience, roles, then quota. */
import type { IncomingHttpHeaders } from 'node:http';
import { isRefusal, type Refusal } from './conditions.ts';
import type { Endpoint, Vendor } from './vendor.ts';

/** The reason to refuse; a refused caller uses up nothing. */
export function checkCaller(
  vendor: Vendor,
  endpoint: Endpoint,
  headers: IncomingHttpHeaders,
): Refusal | undefined {
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
