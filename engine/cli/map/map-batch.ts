/** One batch of lines mapped, as plain data that can leave the thread. */
import type { EngineError } from '../../errors.ts';
import { JsonBytes } from '../../map/compiler/runtime/json-bytes.ts';
import type { LineFailure, LineMapper } from '../../map/line-mapper.ts';
import { errorAsDiagnostic, placeText, shortDiagnostic } from '../../report/format.ts';
import { type Batch, sharedBytes } from './batch-memory.ts';

export interface MappedBatch {
  /** Lines of events, in the memory that was given for them or, where they took more, in some of their own. */
  bytes: Uint8Array;
  /** Lines of the batch. */
  count: number;
  failures: FailedLine[];
  /** Why no line after the last of the failures was mapped, as plain data. */
  givenUp?: Pick<EngineError, 'code' | 'kind' | 'message' | 'fix' | 'at'>;
}

export interface FailedLine {
  /** From 1, within the batch. */
  line: number;
  code: string;
  message: string;
  /** Place in the mapping. */
  where?: string;
  /** The failure as one line for people. */
  said: string;
  /** The line itself. */
  text: string;
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

  async #map({ lines, events }: Batch): Promise<MappedBatch> {
    const out = this.#out;
    out.writeTo(events);
    const { count, failures, givenUp } = await this.#mapper.map(lines, out);
    if (this.#isShared && out.bytes !== events) out.moveTo(sharedBytes(out.bytes.length));
    return {
      bytes: out.written(),
      count,
      failures: failures.map(failedLine),
      ...(givenUp && { givenUp: plainError(givenUp) }),
    };
  }
}

/** An error that can leave the thread. */
function plainError({ code, kind, message, fix, at }: EngineError): NonNullable<MappedBatch['givenUp']> {
  return { code, kind, message, fix, at };
}

function failedLine({ line, error, text }: LineFailure): FailedLine {
  return {
    line,
    code: error.code,
    message: error.message,
    ...(error.at && { where: placeText(error.at) }),
    said: shortDiagnostic(errorAsDiagnostic(error)),
    text,
  };
}
