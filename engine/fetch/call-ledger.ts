/** Which calls to an API did other processes make, and those before this one? Kept in files, so that no window is overrun. */
import { join } from 'node:path';
import type { Env } from '../env.ts';
import { EngineError } from '../errors.ts';
import { RETRY_AFTER_MAX_MS } from '../limits.ts';
import {
  CALLS_SUFFIX,
  type CallPage,
  type Calls,
  callPageOf,
  callPageText,
  damagedCalls,
} from './call-page.ts';
import type { RateWindow } from './rate-limit.ts';

export interface CallLedgerOptions {
  /** Where the files lie. */
  directory: string;
  /** Tells the API and its key from others. */
  name: string;
  windows: readonly RateWindow[];
  /** Told of a file that is not as it was written. */
  onDamage?(damage: EngineError): void;
  env: Pick<Env, 'clock' | 'files' | 'randomBytes'>;
}

/** Calls that are told in advance, so that not each one has to be written before it leaves. */
const HELD_MAX = 32;
/** They count as made at the end of this time, until it is known better. */
const HELD_MS = 60_000;
/** The entries of a file: times are rounded up to so many parts of the largest window. */
const PARTS = 360;

/**
 * Each process writes a file of its own: first what it will call, then it reads what the others have written. Of two that do so
 * at once at least one sees the other. What a killed process had told in advance counts as called.
 */
export class CallLedger {
  readonly #options: CallLedgerOptions;
  readonly #path: string;
  readonly #longestMs: number;
  readonly #heldAtOnce: number;
  #own: Calls[] = [];
  /** Of processes that have ended. */
  #adopted: Calls[] = [];
  #others: Calls[] = [];
  #credit = 0;
  /** Monotonic. */
  #creditUntil = Number.NEGATIVE_INFINITY;
  /** Monotonic. */
  #blockedUntil = Number.NEGATIVE_INFINITY;
  #isWritten = false;
  #work: Promise<void> | undefined;

  constructor(options: CallLedgerOptions) {
    const { directory, name, windows, env } = options;
    this.#options = options;
    const suffix = Buffer.from(env.randomBytes(4)).toString('hex');
    this.#path = join(directory, `${prefixOf(name)}${suffix}${CALLS_SUFFIX}`);
    this.#longestMs = Math.max(0, ...windows.map(({ per_ms }) => per_ms));
    const fewest = Math.min(...windows.map(({ calls }) => calls));
    this.#heldAtOnce = windows.length === 0 ? 0 : Math.max(1, Math.min(HELD_MAX, Math.floor(fewest / 8)));
  }

  /** Counts calls that may leave now; false when they have to be told first, with `tell`. */
  take(count: number): boolean {
    const { clock } = this.#options.env;
    if (this.#longestMs > 0) {
      if (this.#credit < count || clock.monotonic() > this.#creditUntil) return false;
      this.#credit -= count;
      this.#own.push([clock.monotonic(), count]);
    }
    return true;
  }

  /** Times of the calls of others, in milliseconds on the monotonic clock, in order; those in the future may have been made. */
  get otherCalls(): number[] {
    const times = [...this.#adopted, ...this.#others].flatMap(([at, count]) =>
      Array.from({ length: count }, () => at),
    );
    return times.sort((a, b) => a - b);
  }

  /** How long the vendor wants no call, in milliseconds. */
  get blockedMs(): number {
    return Math.max(0, this.#blockedUntil - this.#options.env.clock.monotonic());
  }

  /** Tells the others of further calls, and reads what they tell. @throws EngineError `state-unwritable` */
  tell(count: number): Promise<void> {
    return this.#alone(async () => {
      const { clock } = this.#options.env;
      if (this.#longestMs > 0 && (this.#credit < count || clock.monotonic() > this.#creditUntil)) {
        const credit = Math.max(count, this.#heldAtOnce);
        await this.#write({ count: credit, until: clock.now() + HELD_MS });
        this.#credit = credit;
        this.#creditUntil = clock.monotonic() + HELD_MS;
      }
      await this.#read();
    });
  }

  /** Tells the others that the vendor wants no call for so long. @throws EngineError `state-unwritable` */
  block(ms: number): Promise<void> {
    const { clock } = this.#options.env;
    this.#blockedUntil = Math.max(this.#blockedUntil, clock.monotonic() + ms);
    return this.#alone(() => this.#write(this.#held()));
  }

  /** What was told in advance and not called counts no more. */
  async close(): Promise<void> {
    await this.#work?.catch(() => {});
    if (!this.#isWritten) return;
    await this.#alone(() => this.#write(undefined));
  }

  #held(): CallPage['held'] {
    const { clock } = this.#options.env;
    const left = this.#creditUntil - clock.monotonic();
    return this.#credit > 0 && left > 0 ? { count: this.#credit, until: clock.now() + left } : undefined;
  }

  async #write(held: CallPage['held']): Promise<void> {
    const { clock } = this.#options.env;
    const now = clock.monotonic();
    const sinceEpoch = clock.now() - now;
    this.#own = this.#own.filter(([at]) => at > now - this.#longestMs);
    this.#adopted = this.#adopted.filter(([at]) => at > now - this.#longestMs);
    const calls = [...this.#adopted, ...this.#own].map(([at, count]): Calls => [at + sinceEpoch, count]);
    const page: CallPage = {
      calls: rounded(calls, Math.max(1_000, this.#longestMs / PARTS)),
      ...(held && { held }),
      ...(this.#blockedUntil > now && { blockedUntil: this.#blockedUntil + sinceEpoch }),
    };
    await this.#options.env.files.replace(this.#path, callPageText(page));
    this.#isWritten = true;
  }

  async #read(): Promise<void> {
    const { directory, name, env } = this.#options;
    const now = env.clock.now();
    const others: Calls[] = [];
    const ended: { path: string; calls: Calls[] }[] = [];
    for (const file of await env.files.list(directory)) {
      const path = join(directory, file);
      if (path === this.#path || !isOf(file, name)) continue;
      const page = await this.#pageAt(path);
      // Another process took it over meanwhile: its own file tells of it.
      if (page === undefined) return this.#read();
      const { calls, held, blockedUntil = 0 } = page;
      this.#blockedUntil = Math.max(this.#blockedUntil, this.#monotonic(blockedUntil, RETRY_AFTER_MAX_MS));
      const told = held ? [...calls, [held.until, held.count] as const] : calls;
      const all = told.map(([at, count]): Calls => [this.#monotonic(at, HELD_MS), count]);
      if (held && held.until > now) others.push(...all);
      else ended.push({ path, calls: all });
    }
    this.#others = others;
    if (ended.length === 0) return;
    const oldest = env.clock.monotonic() - this.#longestMs;
    this.#adopted.push(...ended.flatMap(({ calls }) => calls.filter(([at]) => at > oldest)));
    if (this.#adopted.length > 0 || this.blockedMs > 0) await this.#write(this.#held());
    for (const { path } of ended) await env.files.remove(path);
  }

  /** A time since the epoch. One further ahead than it can be was noted before the clock was set back. */
  #monotonic(at: number, aheadMax: number): number {
    const { clock } = this.#options.env;
    return clock.monotonic() + Math.min(at - clock.now(), aheadMax);
  }

  /** What a process tells; undefined when the file is gone. One that is damaged counts as a full window. */
  async #pageAt(path: string): Promise<CallPage | undefined> {
    const { env, windows, onDamage } = this.#options;
    let text: string;
    try {
      text = await env.files.readText(path);
    } catch (error) {
      if ((await env.files.size(path)) === undefined) return undefined;
      throw error;
    }
    const page = callPageOf(text);
    if (page) return page;
    onDamage?.(damagedCalls(path));
    return { calls: [[env.clock.now(), Math.min(...windows.map(({ calls }) => calls), 0xffff)]] };
  }

  /** One after the other: what is written is what is meant. */
  #alone(work: () => Promise<void>): Promise<void> {
    const after = (this.#work ?? Promise.resolve()).catch(() => {});
    this.#work = after.then(async () => {
      try {
        await work();
      } catch (cause) {
        throw cause instanceof EngineError ? cause : this.#unwritable(cause);
      }
    });
    return this.#work;
  }

  #unwritable(cause: unknown): EngineError {
    return new EngineError({
      code: 'state-unwritable',
      kind: 'state',
      message: `the calls that were made cannot be kept in \`${this.#options.directory}\`: ${cause instanceof Error ? cause.message : cause}`,
      fix: 'give this user write access there, or choose another --state',
      cause,
    });
  }
}

const PROCESS = /^[0-9a-f]{8}$/;

function prefixOf(name: string): string {
  return `api-${name}.`;
}

/** Names of other APIs may begin alike. */
function isOf(file: string, name: string): boolean {
  const prefix = prefixOf(name);
  return (
    file.startsWith(prefix) &&
    file.endsWith(CALLS_SUFFIX) &&
    PROCESS.test(file.slice(prefix.length, -CALLS_SUFFIX.length))
  );
}

/** Fewer entries, none of them earlier than it was. */
function rounded(calls: readonly Calls[], partMs: number): Calls[] {
  const counts = new Map<number, number>();
  for (const [at, count] of calls) {
    const end = Math.ceil(at / partMs) * partMs;
    counts.set(end, (counts.get(end) ?? 0) + count);
  }
  return [...counts];
}
