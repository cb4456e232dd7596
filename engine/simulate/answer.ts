/** An answer before it is sent: what is decided apart from how its bytes travel. */
import { giveBack } from './piece-buffers.ts';

export interface Answer {
  status: number;
  /** Lower-case names; several values are sent as several headers. */
  headers: Record<string, string | string[]>;
  /** Whole, or in pieces that are made while they are sent; who has sent one may give it back (`giveBack`). */
  body: string | Iterable<Buffer>;
  /** Content-Encodings that the body may be sent in, the preferred first. */
  encodings?: readonly string[];
  /** A gzip file: compressed whatever the client accepts, and no Content-Encoding. */
  packed?: boolean;
}

/** All of the body's bytes, before any compression. */
export function wholeBody({ body }: Answer): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  const pieces = [...body];
  const whole = Buffer.concat(pieces);
  for (const piece of pieces) giveBack(piece);
  return whole;
}
