/** How long to wait before the next attempt? */
import type { Retry } from '../errors.ts';
import { BACKOFF_FIRST_MS, BACKOFF_MAX_MS, RETRY_AFTER_MAX_MS } from '../limits.ts';

/** The three forms of an HTTP date (RFC 9110 section 5.6.7): IMF-fixdate, RFC 850, asctime. */
const HTTP_DATE =
  /^(?:[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT|[A-Z][a-z]+, \d{2}-[A-Z][a-z]{2}-\d{2} [\d:]{8} GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4})$/;

/**
 * Milliseconds that a Retry-After header asks for (RFC 9110 section 10.2.3): seconds, fractions tolerated, or a date, past
 * dates being 0. Undefined for anything else, negative numbers included; more than a day becomes a day.
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text) * 1000), RETRY_AFTER_MAX_MS);
  if (!HTTP_DATE.test(text)) return undefined;
  const at = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - nowMs), RETRY_AFTER_MAX_MS);
}

/**
 * Milliseconds until a time in seconds since the epoch, as a number or a text, past times being 0. Undefined for anything
 * else; more than a day becomes a day.
 */
export function parseRetryAt(value: unknown, nowMs: number): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d+(\.\d+)?$/.test(text.trim())) return undefined;
  return Math.min(Math.max(0, Math.ceil(Number(text) * 1000 - nowMs)), RETRY_AFTER_MAX_MS);
}

/**
 * Exponential back-off with full jitter, in milliseconds: uniform between 0 and the cap of this attempt.
 * @param attempt attempts that failed so far, from 1
 * @param random uniform in [0, 1)
 */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.floor(random() * Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (attempt - 1)));
}

/**
 * Milliseconds to wait before another attempt. A wait that the vendor asked for is never cut short, and a jitter on top
 * keeps the lanes that it held from returning in one moment.
 */
export function waitFor(retry: Exclude<Retry, 'never'>, attempt: number, random: () => number): number {
  if (retry === 'new_token') return 0;
  if (retry === 'backoff') return backoffMs(attempt, random);
  return Math.max(retry.afterMs, backoffMs(attempt, random)) + Math.floor(random() * BACKOFF_FIRST_MS);
}
