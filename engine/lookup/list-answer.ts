/** The records of one answer that is a list, page by page. */

import type { Endpoint } from '../compile/connector.ts';
import { EngineError } from '../errors.ts';
import type { AskOptions } from '../fetch/ask.ts';
import { PageWalk } from '../fetch/page-walk.ts';
import type { PageFacts } from '../fetch/paginate/index.ts';
import { RESPONSE_BYTES_MAX } from '../limits.ts';
import { named, type Reply } from './question.ts';

export class ListAnswer {
  readonly #endpoint: Endpoint;
  readonly #walk: PageWalk;
  readonly #records: unknown[] = [];
  #bytes = 0;

  constructor(options: AskOptions) {
    this.#endpoint = options.endpoint;
    this.#walk = new PageWalk(options);
  }

  /** Takes the first page, which came in a batch. */
  async begin(records: readonly unknown[], page: Pick<PageFacts, 'body' | 'headers'>): Promise<Reply> {
    for (const record of records) this.#records.push(record);
    const facts = { ...page, recordCount: records.length, record: (index: number) => records[index] };
    return (await this.#walk.follow(facts)) ? { type: 'more' } : { type: 'answer', answer: this.#records };
  }

  /** Gets the next page, or says how long the budget asks to wait. @throws EngineError as a walk does */
  async step(): Promise<Reply | { type: 'wait'; ms: number }> {
    const step = await this.#walk.step();
    if (step.type === 'wait') return step;
    if (step.type === 'end') return { type: 'answer', answer: this.#records };
    const { records, bytes } = step.page;
    this.#bytes += bytes;
    if (this.#bytes > RESPONSE_BYTES_MAX) throw this.#tooLong();
    for (let index = 0; index < records.recordCount; index++) {
      this.#records.push(named(this.#endpoint, records.record(index)));
    }
    return { type: 'more' };
  }

  #tooLong(): EngineError {
    const endpoint = this.#endpoint;
    return new EngineError({
      code: 'lookup-too-long',
      kind: 'contract',
      message: `the answer of endpoint \`${endpoint.name}\` for one record is longer than ${RESPONSE_BYTES_MAX} bytes`,
      fix: 'join a list in place of the lookup',
      at: endpoint.at,
    });
  }
}
