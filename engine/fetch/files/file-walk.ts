/** One walk over the files of an export: the list with credentials, then file after file, those that fail last. */
import { EngineError } from '../../errors.ts';
import { ATTEMPTS_MAX, PAGES_MAX } from '../../limits.ts';
import { ask } from '../ask.ts';
import { pageUrl } from '../request.ts';
import type { ListWalk, Page, WalkOptions, WalkStep } from '../walk.ts';
import { ExportFile, FILE_LINK_EXPIRED } from './export-file.ts';
import { fileUrls } from './file-list.ts';

export class FileWalk implements ListWalk {
  readonly #options: WalkOptions;
  /** Still to be read; undefined before there is a list. */
  #files: ExportFile[] | undefined;
  #fileCount = 0;
  /** A list whose URLs have expired is asked for anew, once. */
  #isListedAnew = false;
  /** One error for each file that was given up. */
  readonly #givenUp: EngineError[] = [];
  /** In a row, without anything new read. */
  #failures = 0;
  #pages = 0;
  calls = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  /**
   * The list, then page after page of each file. A file that fails goes to the end of the queue and the error is thrown, so
   * that whoever asks waits a moment; what cannot be read at all is told when everything else was.
   */
  async step(): Promise<WalkStep> {
    if (this.#files === undefined) {
      const wait = await this.#options.rateLimiter.reserve();
      if (wait > 0) return { type: 'wait', ms: wait };
      this.#files = await this.#list();
    }
    for (let file = this.#files[0]; file !== undefined; file = this.#files[0]) {
      const page = await this.#nextPage(file, this.#files);
      if (page) return { type: 'page', page };
    }
    if (this.#givenUp.length > 0) throw this.#incomplete();
    return { type: 'end' };
  }

  async #list(): Promise<ExportFile[]> {
    const { endpoint, base, env, signal } = this.#options;
    this.calls++;
    const answer = await ask(this.#options, pageUrl(base, { query: {} }, undefined), false);
    const urls = answer ? fileUrls(answer.bytes, endpoint, base) : [];
    this.#fileCount = urls.length;
    return urls.map((url, index) => {
      const name = `file ${index + 1} of ${urls.length} of endpoint \`${endpoint.name}\``;
      return new ExportFile(url, name, env, signal);
    });
  }

  /** Undefined when the file is done with, for better or worse. */
  async #nextPage(file: ExportFile, files: ExportFile[]): Promise<Page | undefined> {
    if (this.#pages >= PAGES_MAX) throw this.#tooMany();
    const callsBefore = file.calls;
    try {
      const page = await file.next();
      if (page === undefined) {
        files.shift();
        return undefined;
      }
      if (page.isNew) this.#failures = 0;
      const { records, bytes } = page;
      return { number: ++this.#pages, records, bytes, fetchedAt: this.#options.env.clock.now() };
    } catch (error) {
      this.#putOff(file, files, error);
      return undefined;
    } finally {
      this.calls += file.calls - callsBefore;
    }
  }

  /** Throws when another attempt may help; otherwise the file is given up for now, and the others go on. */
  #putOff(file: ExportFile, files: ExportFile[], error: unknown): void {
    if (!(error instanceof EngineError)) throw error;
    files.shift();
    const isExpired = error.code === FILE_LINK_EXPIRED;
    if (isExpired && !this.#isListedAnew) {
      this.#isListedAnew = true;
      this.#files = undefined;
      this.#givenUp.length = 0;
      throw error;
    }
    this.#failures++;
    if (isExpired || error.retry === 'never') {
      this.#givenUp.push(error);
      return;
    }
    files.push(file);
    if (this.#failures < ATTEMPTS_MAX) throw error;
    // As many attempts as whoever asks would make: of what is left nothing can be read.
    this.#givenUp.push(...files.splice(0).map(() => error));
  }

  #incomplete(): EngineError {
    const { endpoint } = this.#options;
    const [first] = this.#givenUp;
    const isContract = this.#givenUp.some(({ kind }) => kind !== 'transient');
    return new EngineError({
      code: 'files-unreadable',
      kind: isContract ? 'contract' : 'transient',
      message: `${this.#givenUp.length} of ${this.#fileCount} files of endpoint \`${endpoint.name}\` cannot be read: ${first?.message}`,
      fix: first?.fix ?? 'run again: what the other files hold is written already',
      at: endpoint.at,
    });
  }

  #tooMany(): EngineError {
    const { endpoint } = this.#options;
    return new EngineError({
      code: 'page-too-many',
      kind: 'contract',
      message: `the files of endpoint \`${endpoint.name}\` have more than ${PAGES_MAX} pages`,
      fix: 'check with the vendor that the list of files is genuine',
      at: endpoint.at,
    });
  }
}
