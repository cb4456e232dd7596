/** One batch of lines mapped, as plain data that can leave the thread. */
import { type EngineErrorOptions, plainError } from '../../errors.ts';
import { JsonBytes } from '../compiler/runtime/json-bytes.ts';
import type { LineFailure, LineMapper } from '../line-mapper.ts';
import { type Batch, sharedBytes } from './batch-memory.ts';

export interface MappedBatch {
  /** Lines of events, in the memory that was given for them or, where they took more, in some of their own. */
  bytes: Uint8Array;
  /** Lines of the batch. */
  count: number;
  /** Lines of events. */
  eventCount: number;
  failures: FailedLine[];
  /** Why no line after the last of the failures was mapped. */
  givenUp?: EngineErrorOptions;
}

export interface FailedLine extends Omit<LineFailure, 'error'> {
  error: EngineErrorOptions;
}

export class BatchMapper {
  readonly #mapper: LineMapper;
  readonly #isShared: boolean;
  readonly #out = new JsonBytes(0);
  #last: Promise<unknown> = Promise.resolve();

  /** @param isShared whether threads are to read the events where they are */
  constructor(mapper: LineMapper, isShared = false) {
    this.#mapper = mapper;
    this.#isShared = isShared;
  }

  /** One after the other, whoever waits for them: a mapping that only the interpreter can evaluate lets others work meanwhile. */
  map(batch: Batch): Promise<MappedBatch> {
    const mapped = this.#last.then(() => this.#map(batch));
    this.#last = mapped.catch(() => {});
    return mapped;
  }

  async #map({ lines, events, now }: Batch): Promise<MappedBatch> {
    const out = this.#out;
    out.writeTo(events);
    const { count, eventCount, failures, givenUp } = await this.#mapper.map(lines, now, out);
    if (this.#isShared && out.bytes !== events) out.moveTo(sharedBytes(out.bytes.length));
    return {
      bytes: out.written(),
      count,
      eventCount,
      failures: failures.map((failure) => ({ ...failure, error: plainError(failure.error) })),
      ...(givenUp && { givenUp: plainError(givenUp) }),
    };
  }
}
