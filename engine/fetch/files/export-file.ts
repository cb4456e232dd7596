/** One file of an export: fetched without credentials, read page by page, and begun anew where it broke off. */
import { createHash } from 'node:crypto';
import type { Env, HttpResponse } from '../../env.ts';
import { EngineError } from '../../errors.ts';
import { parseRetryAfter } from '../../http/backoff.ts';
import { readBody } from '../../http/body.ts';
import { readFileBody } from '../../http/file-body.ts';
import { ERROR_BODY_BYTES_MAX, FILE_PAGE_BYTES_MAX } from '../../limits.ts';
import type { JsonPage } from '../json-page.ts';
import { readNdjsonPage } from '../ndjson-page.ts';
import { lineBlocks } from './line-blocks.ts';

/** Code of the error for a URL that its host no longer answers: a new list has new ones. */
export const FILE_LINK_EXPIRED = 'file-link-expired';

export interface FilePage {
  records: JsonPage;
  /** Unpacked. */
  bytes: number;
}

export class ExportFile {
  readonly #url: URL;
  readonly #name: string;
  readonly #env: Env;
  readonly #signal: AbortSignal | undefined;
  #blocks: AsyncGenerator<Buffer> | undefined;
  /** Of what was given out: a file that is begun anew must begin with the same. */
  #given = { bytes: 0, digest: createHash('sha1') };
  /** The most bytes that were ever given out: only what is behind them is progress. */
  #reached = 0;
  /** Requests made. */
  calls = 0;

  /** @param name what errors call it: never its URL, whose query is a credential */
  constructor(url: URL, name: string, env: Env, signal?: AbortSignal) {
    this.#url = url;
    this.#name = name;
    this.#env = env;
    this.#signal = signal;
  }

  /**
   * The next lines, `isNew` when no attempt got as far before; undefined at the end of the file. After an error the file is
   * fetched again, and what was given out of it is left out if it is still the same.
   * @throws EngineError `file-link-expired` for a URL that is refused; `http-body-truncated`, `http-server-error` and what the
   * network throws (transient); `page-not-json`, `file-changed` and others
   */
  async next(): Promise<(FilePage & { isNew: boolean }) | undefined> {
    try {
      this.#blocks ??= lineBlocks(await this.#open(), FILE_PAGE_BYTES_MAX);
      for (;;) {
        const block = await this.#blocks.next();
        if (block.done) return undefined;
        const records = readNdjsonPage(block.value);
        this.#given.digest.update(block.value);
        this.#given.bytes += block.value.length;
        const isNew = this.#given.bytes > this.#reached;
        this.#reached = Math.max(this.#reached, this.#given.bytes);
        if (records.recordCount > 0) return { records, bytes: block.value.length, isNew };
      }
    } catch (error) {
      await this.#blocks?.return(undefined);
      this.#blocks = undefined;
      throw error instanceof EngineError ? this.#named(error) : error;
    }
  }

  /** Neither the token nor a header of the API goes along: the URL is all that the file's host asks for. */
  async #open(): Promise<AsyncGenerator<Uint8Array>> {
    const signal = this.#signal;
    this.calls++;
    const response = await this.#env.network.send({
      method: 'GET',
      url: new URL(this.#url.href),
      headers: {},
      ...(signal && { signal }),
    });
    if (response.status !== 200) throw await refusal(response, this.#env.clock.now());
    return this.#behindGiven(readFileBody(response));
  }

  async *#behindGiven(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { bytes, digest } = this.#given;
    const again = createHash('sha1');
    let left = bytes;
    for await (const chunk of chunks) {
      const known = chunk.subarray(0, left);
      if (left > 0) again.update(known);
      left -= known.length;
      if (known.length > 0 && left === 0 && !isSame(again, digest)) throw this.#changed();
      if (known.length < chunk.length) yield chunk.subarray(known.length);
    }
    if (left > 0) throw this.#changed();
  }

  /** Nothing of the file counts as given out any more: the next attempt gives out all of it. */
  #changed(): EngineError {
    this.#given = { bytes: 0, digest: createHash('sha1') };
    const message = 'it is another file than before';
    return new EngineError({ code: 'file-changed', kind: 'transient', message, retry: 'backoff' });
  }

  #named(error: EngineError): EngineError {
    const { code, kind, retry, fix, message } = error;
    const { origin } = this.#url;
    // A file's host has no part in the call budget of the API, which this kind would hold up.
    return new EngineError({
      code,
      kind: kind === 'rate_limit' ? 'transient' : kind,
      message: `${this.#name}${message.includes(origin) ? '' : ` (\`${origin}\`)`}: ${message}`,
      retry,
      ...(fix !== undefined && { fix }),
    });
  }
}

function isSame(a: ReturnType<typeof createHash>, b: ReturnType<typeof createHash>): boolean {
  return a.copy().digest().equals(b.copy().digest());
}

/** What an answer without the file means; its body may be XML, and says nothing more. */
async function refusal(response: HttpResponse, now: number): Promise<EngineError> {
  const { status, headers } = response;
  await readBody(response, { bytesMax: ERROR_BODY_BYTES_MAX }).catch(() => undefined);
  if (status >= 200 && status < 300) {
    const message = `the answer is ${status}, expected 200 with the file`;
    return new EngineError({ code: 'http-body-truncated', kind: 'transient', message, retry: 'backoff' });
  }
  if (status >= 300 && status < 400) {
    return new EngineError({
      code: 'http-redirect',
      kind: 'contract',
      message: `the answer is ${status}: a redirect, which is never followed`,
      fix: 'ask the vendor for URLs that answer by themselves',
    });
  }
  if (status >= 500 || status === 408 || status === 425 || status === 429) {
    const afterMs = parseRetryAfter(headers['retry-after'], now);
    return new EngineError({
      code: 'http-server-error',
      kind: 'transient',
      message: `the answer is ${status}`,
      retry: afterMs === undefined ? 'backoff' : { afterMs },
    });
  }
  return new EngineError({
    code: FILE_LINK_EXPIRED,
    kind: 'transient',
    message: `the answer is ${status}: the link to the file is no longer good`,
    retry: 'backoff',
    fix: 'run again: a new run asks for a new export',
  });
}
