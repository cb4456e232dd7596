/** An answer before it is sent: what is decided apart from how its bytes travel. */
export interface Answer {
  status: number;
  /** Lower-case names; several values are sent as several headers. */
  headers: Record<string, string | string[]>;
  /** Whole, or in pieces that are made while they are sent. */
  body: string | Iterable<string>;
  /** Content-Encodings that the body may be sent in, the preferred first. */
  encodings?: readonly string[];
  /** A gzip file: compressed whatever the client accepts, and no Content-Encoding. */
  packed?: boolean;
}
