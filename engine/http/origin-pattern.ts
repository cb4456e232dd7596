/** Which origins may files come from? An origin, in whose host `*` may stand for the first labels. */
import { isIP } from 'node:net';

/** `*.net` or `*.com` would be nearly everybody. */
const LABELS_BELOW_STAR_MIN = 2;

export class OriginPattern {
  readonly #protocol: string;
  /** Without the `*.` before it. */
  readonly #host: string;
  readonly #port: string;
  readonly #hasStar: boolean;

  private constructor(url: URL, hasStar: boolean) {
    this.#protocol = url.protocol;
    this.#host = url.hostname;
    this.#port = url.port;
    this.#hasStar = hasStar;
  }

  /** Undefined unless the text is `https://host`, `http://host:port` or `https://*.two.labels`, with nothing behind it. */
  static of(text: string): OriginPattern | undefined {
    const [, scheme, star, rest] = /^(https?:\/\/)(\*\.)?([^*]+)$/.exec(text) ?? [];
    if (scheme === undefined || rest === undefined || !URL.canParse(scheme + rest)) return undefined;
    const url = new URL(scheme + rest);
    if (url.href !== `${url.origin}/` || url.hostname.startsWith('.')) return undefined;
    const hasStar = star !== undefined;
    // An address has no labels: `*.0.0.1` must not come to mean the machine itself.
    const isName = isIP(url.hostname) === 0 && !url.hostname.startsWith('[');
    if (hasStar && (!isName || url.hostname.split('.').length < LABELS_BELOW_STAR_MIN)) return undefined;
    return new OriginPattern(url, hasStar);
  }

  /** Whether a URL has such an origin. It grants nothing: the network still refuses what the operator did not grant. */
  matches(url: URL): boolean {
    if (url.protocol !== this.#protocol || url.port !== this.#port) return false;
    if (url.username !== '' || url.password !== '') return false;
    if (!this.#hasStar) return url.hostname === this.#host;
    const tail = `.${this.#host}`;
    return url.hostname.endsWith(tail) && url.hostname.length > tail.length;
  }
}
