/** One batch of lines mapped, as plain data that can leave the thread. */
import type { LineMapper } from '../../map/line-mapper.ts';
import { errorAsDiagnostic, placeText, shortDiagnostic } from '../../report/format.ts';

export interface MappedBatch {
  /** Lines of events. */
  bytes: Uint8Array;
  /** Lines of the batch. */
  count: number;
  failures: FailedLine[];
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

export async function mapBatch(mapper: LineMapper, lines: Uint8Array): Promise<MappedBatch> {
  const { text, count, failures } = await mapper.map(
    Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength),
  );
  return {
    bytes: Buffer.from(text),
    count,
    failures: failures.map(({ line, error, text }) => ({
      line,
      code: error.code,
      message: error.message,
      ...(error.at && { where: placeText(error.at) }),
      said: shortDiagnostic(errorAsDiagnostic(error)),
      text,
    })),
  };
}
