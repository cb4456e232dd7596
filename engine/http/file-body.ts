/** The bytes of a file as they arrive, unpacked where it is a gzip file, and an error where it is not whole. */
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { HttpResponse } from '../env.ts';
import { EngineError } from '../errors.ts';
import { announcedLength, DECODER_CHUNK_BYTES, isDecoderError, isUnpackedTooFar, truncated } from './body.ts';

/** RFC 1952, section 2.3.1. */
const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * Gives the file's bytes; gzip (RFC 1952, several members too) is told by its first bytes, whatever the headers say. Nothing
 * is read ahead of what is asked for but some buffers, so that a slow reader holds the sender.
 * @throws EngineError `http-body-truncated` (transient) for a file that is empty, cut or damaged; `http-body-too-large`
 * (contract) for one that grows out of proportion
 */
export async function* readFileBody(response: HttpResponse): AsyncGenerator<Uint8Array> {
  const intake = { received: 0 };
  const chunks = counted(response.body, intake);
  const head = await headOf(chunks);
  if (head.length === 0) throw truncated('the file has 0 bytes');
  const isGzip = GZIP_MAGIC.every((byte, index) => head[index] === byte);
  yield* isGzip ? unpacked(head, chunks, intake) : rejoined(head, chunks);
  const announced = announcedLength(response);
  if (announced !== undefined && announced !== intake.received) {
    throw truncated(`the file ends after ${intake.received} bytes, expected ${announced}`);
  }
}

async function* counted(
  body: AsyncIterable<Uint8Array>,
  intake: { received: number },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    intake.received += chunk.length;
    if (chunk.length > 0) yield chunk;
  }
}

/** The first bytes, as many as it takes to tell gzip, or fewer where there are no more. */
async function headOf(chunks: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  let head = Buffer.alloc(0);
  while (head.length < GZIP_MAGIC.length) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  return head;
}

async function* unpacked(
  head: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
  intake: { received: number },
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: DECODER_CHUNK_BYTES });
  // What fails on the way destroys the last stream, whose reader then throws it.
  pipeline(Readable.from(rejoined(head, rest)), gunzip, () => {});
  let size = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (isUnpackedTooFar(size, intake.received)) throw tooLarge(intake.received, size);
      yield chunk;
    }
  } catch (error) {
    throw isDecoderError(error)
      ? truncated(`the gzip file cannot be unpacked: ${error.message}`, error)
      : error;
  }
  if (gunzip.bytesWritten !== intake.received) {
    throw truncated(`the gzip file ends after ${gunzip.bytesWritten} bytes, received ${intake.received}`);
  }
}

function tooLarge(received: number, size: number): EngineError {
  return new EngineError({
    code: 'http-body-too-large',
    kind: 'contract',
    message: `the gzip file is refused: ${received} bytes unpack to ${size}`,
    fix: 'check with the vendor that the file is genuine',
  });
}

async function* rejoined(head: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  yield* rest;
}
