/** Which access token is valid now: each is asked for once, shared by all who need it, and kept in memory only. */
import type { Clock } from '../env.ts';
import { TOKEN_LIFE_SECONDS_MAX, TOKEN_LIFE_SECONDS_MIN, TOKEN_RENEWAL_SHARE } from '../limits.ts';
import type { Secret } from '../secret.ts';

/** What a token endpoint granted; no `lifeSeconds` when it did not say. */
export interface GrantedToken {
  value: Secret;
  lifeSeconds: number | undefined;
}

interface Entry {
  token?: { value: Secret; renewAt: number };
  /** The one before. A vendor's answer that comes late may still quote it, so it is scrubbed too. */
  previous?: Secret;
  pending?: Promise<Secret>;
}

export class TokenStore {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The token under `key`, asked for with `grant` when there is none or TOKEN_RENEWAL_SHARE of its life is over.
   * However many wait, `grant` runs once; its failure reaches all of them and is not kept.
   */
  get(key: string, grant: () => Promise<GrantedToken>): Promise<Secret> {
    const entry = this.#entry(key);
    if (entry.token && this.#clock.monotonic() < entry.token.renewAt)
      return Promise.resolve(entry.token.value);
    entry.pending ??= this.#renew(entry, grant).finally(() => {
      delete entry.pending;
    });
    return entry.pending;
  }

  /** Throws a refused token away, unless it was replaced meanwhile. */
  discard(key: string, token: Secret): void {
    const entry = this.#entry(key);
    if (entry.token?.value !== token) return;
    entry.previous = token;
    delete entry.token;
  }

  *secrets(key: string): Iterable<Secret> {
    const { token, previous } = this.#entry(key);
    if (token) yield token.value;
    if (previous) yield previous;
  }

  #entry(key: string): Entry {
    const entry = this.#entries.get(key) ?? {};
    this.#entries.set(key, entry);
    return entry;
  }

  /** Life counts from before the request: the server's clock started at some moment after that. */
  async #renew(entry: Entry, grant: () => Promise<GrantedToken>): Promise<Secret> {
    const askedAt = this.#clock.monotonic();
    const { value, lifeSeconds } = await grant();
    if (entry.token) entry.previous = entry.token.value;
    entry.token = { value, renewAt: askedAt + lifeMs(lifeSeconds) * TOKEN_RENEWAL_SHARE };
    return value;
  }
}

function lifeMs(seconds = TOKEN_LIFE_SECONDS_MIN): number {
  return Math.min(Math.max(seconds, TOKEN_LIFE_SECONDS_MIN), TOKEN_LIFE_SECONDS_MAX) * 1000;
}
