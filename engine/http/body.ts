/** The whole body of an answer, decoded, or an error: never a part of it, never more than the caps. */
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { HttpResponse } from '../env.ts';
import { EngineError } from '../errors.ts';
import { DECOMPRESSION_RATIO_MAX, RESPONSE_BYTES_MAX } from '../limits.ts';
import { untilAborted } from './until-aborted.ts';

/** The ratio is not looked at before this many decoded bytes: small answers of one repeated byte are honest. */
const RATIO_FREE_BYTES = 1024 * 1024;
/** A smaller body is put together when it is whole. */
const CHUNKS_BYTES_MAX = 256 * 1024;
export const DECODER_CHUNK_BYTES = 128 * 1024;

type Encoding = 'identity' | 'gzip' | 'deflate' | 'br';

/**
 * Reads the body to its end and undoes its one Content-Encoding (RFC 9110 section 8.4).
 * @param options.bytesMax cap on the body, decoded or not; `RESPONSE_BYTES_MAX` unless given
 * @param options.memory gives at least so many bytes, with anything in them
 * @param options.onLarge told once of the first bytes, when there are more than 256 kB
 * @throws EngineError `http-body-truncated` (transient): fewer bytes than announced, a compressed stream that lacks its end,
 * fails its checksum or is followed by more; `http-body-too-large`, `http-encoding-unknown` (contract). Rejects with the
 * signal's reason when aborted.
 */
export async function readBody(
  response: HttpResponse,
  options: {
    bytesMax?: number;
    signal?: AbortSignal;
    memory?(length: number): Buffer;
    onLarge?(start: Buffer): void;
  } = {},
): Promise<Buffer> {
  const { bytesMax = RESPONSE_BYTES_MAX, signal, memory = Buffer.allocUnsafeSlow } = options;
  const encoding = encodingOf(response.headers['content-encoding']);
  const announced = announcedLength(response);
  if (announced !== undefined && announced > bytesMax) {
    // Whoever leaves a body lets go of its connection.
    for await (const _ of response.body) break;
    throw tooLarge(`it is announced with ${announced} bytes, expected at most ${bytesMax}`);
  }
  const intake = new Intake(bytesMax, signal, memory, options.onLarge);
  if (encoding === 'identity' && announced !== undefined) intake.makeRoom(announced);
  await untilAborted(readAll(response.body, encoding, intake), signal);
  if (announced !== undefined && announced !== intake.received) {
    throw truncated(`the body ends after ${intake.received} bytes, expected ${announced}`);
  }
  if (encoding !== 'identity' && intake.received === 0 && announced !== 0 && !isBodiless(response)) {
    throw truncated(`the \`${encoding}\` body ends after 0 bytes, expected the end of its stream`);
  }
  return intake.decoded();
}

/** What came in and what came out of the decoder, under the caps. */
class Intake {
  received = 0;
  readonly #bytesMax: number;
  readonly #signal: AbortSignal | undefined;
  readonly #memory: (length: number) => Buffer;
  /** What comes goes there at once, and is garbage while it is young: where the length is known, and where it is large. */
  #room: Buffer | undefined;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #onLarge: ((start: Buffer) => void) | undefined;

  constructor(
    bytesMax: number,
    signal: AbortSignal | undefined,
    memory: (length: number) => Buffer,
    onLarge: ((start: Buffer) => void) | undefined,
  ) {
    this.#bytesMax = bytesMax;
    this.#signal = signal;
    this.#memory = memory;
    this.#onLarge = onLarge;
  }

  makeRoom(length: number): void {
    const room = this.#memory(length);
    let at = 0;
    for (const chunk of this.#room ? [this.#room] : this.#chunks) {
      room.set(chunk, at);
      at += chunk.length;
    }
    this.#room = room;
    this.#chunks.length = 0;
  }

  async *counted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      this.#signal?.throwIfAborted();
      if (chunk.length === 0) continue;
      this.received += chunk.length;
      if (this.received > this.#bytesMax) throw tooLarge(`it is larger than ${this.#bytesMax} bytes`);
      yield chunk;
    }
  }

  add(chunk: Uint8Array): void {
    this.#size += chunk.length;
    if (this.#size > this.#bytesMax) throw tooLarge(`it is larger than ${this.#bytesMax} bytes`);
    if (isUnpackedTooFar(this.#size, this.received)) {
      throw tooLarge(`${this.received} bytes unpack to more than ${DECOMPRESSION_RATIO_MAX} times as many`);
    }
    const end = this.#size;
    if (end > (this.#room?.length ?? CHUNKS_BYTES_MAX)) this.makeRoom(Math.min(end * 2, this.#bytesMax));
    if (this.#room) this.#room.set(chunk, end - chunk.length);
    else this.#chunks.push(chunk);
    if (this.#onLarge && this.#room && end > CHUNKS_BYTES_MAX) {
      this.#onLarge(this.#room.subarray(0, end));
      this.#onLarge = undefined;
    }
  }

  decoded(): Buffer {
    return this.#room?.subarray(0, this.#size) ?? Buffer.concat(this.#chunks, this.#size);
  }
}

/** Whether so many decoded bytes of so many received ones are a decompression bomb. */
export function isUnpackedTooFar(size: number, received: number): boolean {
  return size > RATIO_FREE_BYTES && size > received * DECOMPRESSION_RATIO_MAX;
}

async function readAll(body: AsyncIterable<Uint8Array>, encoding: Encoding, intake: Intake): Promise<void> {
  const chunks = intake.counted(body);
  if (encoding === 'identity') {
    for await (const chunk of chunks) intake.add(chunk);
    return;
  }
  const head = await chunks.next();
  if (head.done) return;
  const decoder = decoderFor(encoding, head.value[0] ?? 0);
  try {
    await pipeline(rejoined(head.value, chunks), decoder, async (decoded: AsyncIterable<Uint8Array>) => {
      for await (const chunk of decoded) intake.add(chunk);
    });
  } catch (error) {
    throw isDecoderError(error)
      ? truncated(`the \`${encoding}\` body cannot be decoded: ${error.message}`, error)
      : error;
  }
  // The decoders stop at the end of their stream without a word about what follows it.
  if (decoder.bytesWritten !== intake.received) {
    throw truncated(
      `the \`${encoding}\` stream ends after ${decoder.bytesWritten} bytes, received ${intake.received}`,
    );
  }
}

async function* rejoined(head: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  yield* rest;
}

/** RFC 9110 says that `deflate` is zlib-wrapped, some servers send it raw: the compression method, 8, tells them apart. */
function decoderFor(encoding: Encoding, firstByte: number): Transform & { bytesWritten: number } {
  const options = { chunkSize: DECODER_CHUNK_BYTES };
  if (encoding === 'gzip') return createGunzip(options);
  if (encoding === 'br') return createBrotliDecompress(options);
  return (firstByte & 0x0f) === 8 ? createInflate(options) : createInflateRaw(options);
}

/** zlib's own codes, and the pipeline's for input that goes on after the stream's end. */
export function isDecoderError(error: unknown): error is Error {
  return (
    error instanceof Error &&
    'code' in error &&
    /^(Z_|ERR__ERROR_|ERR_BROTLI_|ERR_STREAM_PREMATURE_CLOSE)/.test(String(error.code))
  );
}

/** More than one encoding is refused: a chain of them multiplies what a small answer can grow to. */
function encodingOf(header: string | undefined): Encoding {
  const names = (header ?? '').toLowerCase().split(',');
  const applied = names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity');
  const [first] = applied;
  if (first === undefined) return 'identity';
  if (applied.length === 1) {
    if (first === 'gzip' || first === 'x-gzip') return 'gzip';
    if (first === 'deflate' || first === 'br') return first;
  }
  throw new EngineError({
    code: 'http-encoding-unknown',
    kind: 'contract',
    message: `the body has the content encoding \`${applied.join(', ').slice(0, 60)}\`, expected one of gzip, deflate, br`,
  });
}

/** Content-Length, where it counts the bytes of this body (RFC 9112 section 6.3). */
export function announcedLength(response: HttpResponse): number | undefined {
  const { 'content-length': length, 'transfer-encoding': transfer } = response.headers;
  if (transfer !== undefined || isBodiless(response)) return undefined;
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
}

function isBodiless(response: HttpResponse): boolean {
  return response.status === 204 || response.status === 304;
}

export function truncated(message: string, cause?: unknown): EngineError {
  return new EngineError({
    code: 'http-body-truncated',
    kind: 'transient',
    message,
    retry: 'backoff',
    cause,
  });
}

export function tooLarge(observed: string): EngineError {
  return new EngineError({
    code: 'http-body-too-large',
    kind: 'contract',
    message: `the body is refused: ${observed}`,
    fix: 'ask for smaller pages in the `pagination` of the endpoint',
  });
}
