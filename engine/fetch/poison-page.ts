/** Can a page not be read however often it is asked for? Counts the attempts at one page, and keeps what came. */
import { EngineError } from '../errors.ts';
import { ATTEMPTS_MAX, POISON_BYTES_KEPT_MAX, POISON_FETCHES_MAX } from '../limits.ts';
import { anotherAttempt } from './another-attempt.ts';

/** What is said of a good answer whose body is of no use. */
const UNREADABLE: readonly string[] = [
  'http-body-truncated',
  'http-body-too-large',
  'http-encoding-unknown',
  'page-truncated',
  'page-empty-body',
  'page-not-json',
  'page-no-records',
];

export class PoisonPage {
  headers: Record<string, string> = {};
  /** Of the last answer: its first bytes, and the length of all of them; nothing where it could not be received as a whole. */
  raw: Uint8Array = new Uint8Array(0);
  length: number | undefined;
  /** No further attempt is made. */
  isGivenUp = false;
  #attempts = 0;

  /** An answer has begun. */
  came(headers: Record<string, string>): void {
    this.headers = headers;
    this.raw = new Uint8Array(0);
    this.length = undefined;
  }

  /** The body of the answer is there; it may be taken away while it is read. */
  keep(bytes: Uint8Array): void {
    this.raw = Uint8Array.from(bytes.subarray(0, POISON_BYTES_KEPT_MAX));
    this.length = bytes.length;
  }

  /**
   * What is to be thrown in place of an error. One that tells of an unreadable body is worth another attempt until there were
   * enough: what the network may have broken gets as many as everything else.
   */
  judged(error: unknown): unknown {
    if (!(error instanceof EngineError) || !UNREADABLE.includes(error.code)) return error;
    this.#attempts++;
    const most = error.retry === 'never' ? POISON_FETCHES_MAX : ATTEMPTS_MAX;
    if (this.#attempts < most) return error.retry === 'never' ? anotherAttempt(error) : error;
    this.isGivenUp = true;
    return error;
  }

  /** The last word on the page. */
  verdict(error: EngineError, page: number, isPassable: boolean): EngineError {
    const { code, kind, message, fix, at } = error;
    const past = isPassable
      ? 'run with `--skip-poison` to go on without it: the gap is kept in the state and in the dead letters'
      : 'it cannot be passed over, since only the page itself tells which one is next';
    return new EngineError({
      code,
      kind,
      message: `page ${page} cannot be read, ${this.#attempts} times in a row: ${message}`,
      fix: fix === undefined ? past : `${fix}; ${past}`,
      ...(at && { at }),
    });
  }
}
