/** One batch of lines mapped, as plain data that can leave the thread. */
import type { EngineError } from '../../errors.ts';
import { JsonBytes } from '../../map/compiler/runtime/json-bytes.ts';
import type { LineFailure, LineMapper } from '../../map/line-mapper.ts';
import { errorAsDiagnostic, placeText, shortDiagnostic } from '../../report/format.ts';

export interface MappedBatch {
  /** Lines of events. */
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

/** Events of a batch take about so many bytes: batches are a little larger than that of which they are made. */
const OUTPUT_BYTES = 320 * 1024;

export class BatchMapper {
  readonly #mapper: LineMapper;
  readonly #out = new JsonBytes(OUTPUT_BYTES);

  readonly #isShared: boolean;

  /** @param isShared whether another thread is to read the events where they are */
  constructor(mapper: LineMapper, isShared = false) {
    this.#mapper = mapper;
    this.#isShared = isShared;
  }

  /** What it gives has its memory to itself. */
  async map(lines: Uint8Array): Promise<MappedBatch> {
    const out = this.#out;
    out.clear();
    const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
    const { count, failures, givenUp } = await this.#mapper.map(bytes, out);
    return {
      bytes: this.#isShared ? shared(out.written()) : Uint8Array.prototype.slice.call(out.written()),
      count,
      failures: failures.map(failedLine),
      ...(givenUp && { givenUp: plainError(givenUp) }),
    };
  }
}

/**
 * A copy in memory that threads share. Memory that is handed from one thread to another is no cheaper, and V8's code for all
 * arrays of bytes gets slower with the first array that is taken away from a thread.
 */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
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
