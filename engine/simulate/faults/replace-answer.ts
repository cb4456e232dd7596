/** Faults that come instead of the answer. */
import type { Answer } from '../answer.ts';
import { type Fault, faultOf } from './fault.ts';

/** The answer that is sent instead, `reset` for a broken connection, or undefined where the right one is due. */
export function replaceAnswer(
  faults: readonly Fault[],
  at: { nowMs: number; otherAddress: string },
): Answer | 'reset' | undefined {
  if (faultOf(faults, 'reset')) return 'reset';
  const status = faultOf(faults, 'status');
  if (status) return statusAnswer(status, at.nowMs);
  const html = faultOf(faults, 'html');
  if (html) {
    const title =
      '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';
    return { status: html.status ?? 502, headers: { 'content-type': 'text/html' }, body: title };
  }
  const redirect = faultOf(faults, 'redirect');
  if (redirect) {
    return {
      status: redirect.status ?? 307,
      headers: { location: redirect.to ?? at.otherAddress },
      body: '',
    };
  }
  if (faultOf(faults, 'empty_body')) {
    return { status: 200, headers: { 'content-type': 'application/json' }, body: '' };
  }
  return undefined;
}

function statusAnswer(fault: Extract<Fault, { type: 'status' }>, nowMs: number): Answer {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (fault.retry_after !== undefined) headers['retry-after'] = String(fault.retry_after);
  if (fault.retry_after_date !== undefined) {
    headers['retry-after'] = new Date(nowMs + fault.retry_after_date * 1000).toUTCString();
  }
  const body = JSON.stringify({ error: { code: String(fault.status), message: 'simulated fault' } });
  return { status: fault.status, headers, body: fault.body ?? body };
}
