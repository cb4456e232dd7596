/** The page that most likely comes next, asked for while the one before is on its way: vendor and reader do not wait for each other. */
import type { Answer } from './ask.ts';

export class EarlyPage {
  readonly url: URL;
  readonly #isGranted: Promise<boolean>;
  readonly #answer: Promise<Answer | undefined>;

  /**
   * @param reserve milliseconds until a call may leave; nothing is asked for if it may not at once
   * @param ask sends the request
   */
  constructor(url: URL, reserve: () => Promise<number>, ask: () => Promise<Answer | undefined>) {
    this.url = url;
    this.#isGranted = reserve().then((ms) => ms === 0);
    this.#answer = this.#isGranted.then((isGranted) => (isGranted ? ask() : undefined));
    // Whoever takes it is told.
    this.#isGranted.catch(() => {});
    this.#answer.catch(() => {});
  }

  /** Its answer, which may be an error; undefined where another page is wanted, or it was not asked for. */
  async takenFor(url: URL): Promise<{ answer: Promise<Answer | undefined> } | undefined> {
    return url.href === this.url.href && (await this.#isGranted) ? { answer: this.#answer } : undefined;
  }
}
