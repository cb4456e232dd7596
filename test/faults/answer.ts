/** An answer of the vendor before it is sent: what the faults change. */
import type { Random } from './random.ts';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** The connection breaks after so many bytes of the body. */
  breaksAfter?: number;
  /** The body stalls after so many bytes until the transport gives up. */
  stallsAfter?: number;
  /** The headers never come. */
  isSilent?: boolean;
  /** Milliseconds before it is on its way. */
  delayMs?: number;
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return text(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

export function text(status: number, body: string | Buffer, headers: Record<string, string> = {}): Answer {
  return { status, headers, body: Buffer.from(body as string) };
}

/** Any part of it, never all. */
export function cut(body: Buffer, random: Random): Buffer {
  return body.subarray(0, random.int(0, Math.max(0, body.length - 1)));
}
