/** Puts an answer on the wire: compressed as the client accepts it, in pieces with backpressure, or broken as a fault has it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import { constants, createDeflate, createGzip, deflateSync, gzipSync } from 'node:zlib';
import { type Answer, wholeBody } from './answer.ts';
import { durationMs } from './duration.ts';
import { type Fault, faultOf } from './faults/fault.ts';
import { giveBack } from './piece-buffers.ts';

/** Sends the whole answer; resolves when it is out or the client is gone. */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  faults: readonly Fault[],
): Promise<void> {
  const encoding = chooseEncoding(answer.encodings ?? [], request.headers['accept-encoding']);
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  if (answer.encodings) response.setHeader('vary', 'Accept-Encoding');
  if (encoding) response.setHeader('content-encoding', encoding);
  const isBroken = faults.some(({ type }) => WHOLE_BODY_FAULTS.has(type));
  if (isBroken) return sendBroken(response, answer, encoding, faults);
  if (typeof answer.body === 'string' && !encoding && !answer.packed) {
    response.setHeader('content-length', Buffer.byteLength(answer.body));
    response.end(answer.body);
    return;
  }
  const pieces = typeof answer.body === 'string' ? [Buffer.from(answer.body)] : answer.body;
  const packing = answer.packed ? 'gzip' : encoding;
  if (!packing) return sendPieces(response, response, pieces);
  const packed = compressor(packing);
  try {
    await Promise.all([pipeline(packed, response), sendPieces(packed, response, pieces)]);
  } catch (error) {
    // A client that goes away in the middle is its own affair; anything else is not.
    if (!response.destroyed) throw error;
  }
}

/** Writes pieces as they are taken, and ends; a piece that was taken is used again. */
async function sendPieces(to: Writable, response: ServerResponse, pieces: Iterable<Buffer>): Promise<void> {
  for (const piece of pieces) {
    const isTaken = (error?: Error | null) => error || giveBack(piece);
    if (!to.write(piece, isTaken)) await drained(to, response);
    // Other requests have a turn, however fast the client reads.
    await setImmediate();
    if (response.destroyed) return;
  }
  to.end();
}

/** Resolves when there is room for more, or no one to read it. */
function drained(to: Writable, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      to.off('drain', done);
      response.off('close', done);
      resolve();
    };
    if (response.destroyed) return resolve();
    to.on('drain', done);
    response.on('close', done);
  });
}

const WHOLE_BODY_FAULTS = new Set<Fault['type']>([
  'truncate_body',
  'truncate_json',
  'drip',
  'wrong_content_encoding',
]);

/** What may be made ahead of a reader, so that making, compressing and reading go on side by side. */
export const BUFFER_BYTES = 512 * 1024;

/** The fastest level: a simulator should not be what the reader waits for. */
const LEVEL = { level: constants.Z_BEST_SPEED, chunkSize: 64 * 1024, highWaterMark: BUFFER_BYTES };

function compressor(encoding: string): Transform {
  return encoding === 'gzip' ? createGzip(LEVEL) : createDeflate(LEVEL);
}

/** The first of the server's encodings that the client accepts (RFC 9110, 12.5.3); undefined is no encoding. */
function chooseEncoding(offered: readonly string[], accepted: string | undefined): string | undefined {
  const names = new Map<string, number>();
  for (const part of (accepted ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    names.set(name, Number(quality ?? 1));
  }
  return offered.find((name) => (names.get(name) ?? names.get('*') ?? 0) > 0);
}

/** Faults of the transfer need the whole body at hand. */
async function sendBroken(
  response: ServerResponse,
  answer: Answer,
  encoding: string | undefined,
  faults: readonly Fault[],
): Promise<void> {
  let whole = wholeBody(answer);
  const cutJson = faultOf(faults, 'truncate_json');
  if (cutJson) {
    const text = whole.toString();
    whole = Buffer.from(text.slice(0, Math.floor(text.length * (cutJson.keep ?? 0.5))));
  }
  const lie = faultOf(faults, 'wrong_content_encoding');
  if (lie) response.setHeader('content-encoding', lie.claim ?? 'gzip');
  if (answer.packed) whole = gzipSync(whole);
  if (encoding && !lie) whole = encoding === 'gzip' ? gzipSync(whole) : deflateSync(whole);
  const cut = faultOf(faults, 'truncate_body');
  if (cut?.end === 'clean') whole = whole.subarray(0, cut.after_bytes);
  const drip = faultOf(faults, 'drip');
  if (drip) return sendSlowly(response, whole, drip.bytes, durationMs(drip.every));
  if (cut && cut.end !== 'clean') {
    // Chunked, so that the end is missed and not just a length.
    response.write(whole.subarray(0, cut.after_bytes), () => response.destroy());
    return;
  }
  response.setHeader('content-length', whole.length);
  response.end(whole);
}

async function sendSlowly(
  response: ServerResponse,
  whole: Buffer,
  size: number,
  everyMs: number,
): Promise<void> {
  for (let at = 0; at < whole.length && !response.destroyed; at += size) {
    response.write(whole.subarray(at, at + size));
    await delay(everyMs);
  }
  response.end();
}
