import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { POISON_FETCHES_MAX, RESPONSE_BYTES_MAX } from '../../engine/limits.ts';
import { type Outcome, runHostile, startHostileVendor } from './hostile-vendor.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;
/** What a page that is refused may cost: as much of it as came, and the program. */
const REFUSED_PEAK = 400 * MiB;
/** What may be sent of a page that is refused: a system's buffers take tens of MiB that nobody reads. */
const REFUSED_SENT = 3 * RESPONSE_BYTES_MAX;
/** What a page of the largest size may cost, one lane at work. */
const PEAK = 800 * MiB;

/** A page of about so many bytes, made while it is sent. */
function* page(size: number, recordBytes: number): Generator<Buffer> {
  let made = 0;
  let text = '{"value":[';
  for (let record = 0; made < size; record++) {
    text += `${record === 0 ? '' : ','}{"id":"${record}","name":"`;
    for (let left = recordBytes; left > 0; left -= MiB) {
      text += noise(record, Math.min(left, MiB));
      if (text.length < 64 * 1024) continue;
      made += text.length;
      yield Buffer.from(text);
      text = '';
    }
    text += '"}';
  }
  yield Buffer.from(`${text}]}`);
}

const DIGITS = createHash('shake256', { outputLength: MiB }).digest('hex');

/** Text that packs to half: what lies packed in a socket's buffers is then not much more than they hold. */
function noise(record: number, length: number): string {
  const start = (record * 1_009) % MiB;
  return DIGITS.slice(start, start + length);
}

interface Sent {
  bytes: number;
}

async function send(
  response: ServerResponse,
  pieces: Iterable<Buffer>,
  sent: Sent,
  isGzip: boolean,
): Promise<void> {
  response.setHeader('content-type', 'application/json');
  if (isGzip) response.setHeader('content-encoding', 'gzip');
  const counted = function* () {
    for (const piece of pieces) {
      sent.bytes += piece.length;
      yield piece;
    }
  };
  const body = Readable.from(counted());
  // The client goes away in the middle: that is the point.
  await (isGzip ? pipeline(body, createGzip({ level: 1 }), response) : pipeline(body, response)).catch(
    () => {},
  );
}

async function runWith(
  pieces: () => Iterable<Buffer>,
  isGzip = false,
): Promise<{ outcome: Outcome; sent: Sent; calls: number }> {
  const sent = { bytes: 0 };
  const vendor = await startHostileVendor((_, response) => send(response, pieces(), sent, isGzip));
  const outcome = await runHostile(vendor, { pagination: '{type: none}' }).outcome;
  return { outcome, sent, calls: vendor.calls.length };
}

describe('a page of 1 GB', { timeout: 240_000 }, () => {
  it.each([
    ['of many records', 1_000, false],
    ['of one record', GiB, false],
    ['of many records, packed', 1_000, true],
  ] as const)('%s is refused when it is too large, and says what to do', async (_, recordBytes, isGzip) => {
    const { outcome, sent, calls } = await runWith(() => page(GiB, recordBytes), isGzip);
    expect(outcome.code).toBe(5);
    expect(outcome.lane).toMatchObject({
      end: 'parked',
      events: 0,
      problem: {
        code: 'http-body-too-large',
        kind: 'contract',
        fix: expect.stringContaining('ask for smaller pages in the `pagination` of the endpoint'),
      },
    });
    expect(calls).toBe(POISON_FETCHES_MAX);
    expect(sent.bytes).toBeLessThan(calls * REFUSED_SENT);
    expect(outcome.peakBytes).toBeLessThan(REFUSED_PEAK);
    if (process.env.HOSTILE_FIGURES) console.log('refused', Math.round(outcome.peakBytes / MiB), 'MiB');
  });

  it('that says so beforehand is not read at all', async () => {
    const sent = { bytes: 0 };
    const vendor = await startHostileVendor((_, response) => {
      response.setHeader('content-length', GiB);
      void send(response, page(GiB, 1_000), sent, false);
    });
    const outcome = await runHostile(vendor, { pagination: '{type: none}' }).outcome;
    expect(outcome.lane?.problem).toMatchObject({ code: 'http-body-too-large' });
    expect(sent.bytes).toBeLessThan(POISON_FETCHES_MAX * RESPONSE_BYTES_MAX);
  });
});

describe('a page just below the largest size', { timeout: 240_000 }, () => {
  it.each([
    ['of records of 1 kB', 1_000],
    ['of records of 1 MiB', MiB],
    ['of one record', RESPONSE_BYTES_MAX - 3 * MiB],
  ] as const)('%s is worked on in bounded memory', async (_, recordBytes) => {
    const { outcome } = await runWith(() => page(RESPONSE_BYTES_MAX - 3 * MiB, recordBytes));
    expect(outcome).toMatchObject({ code: 0, lane: { end: 'done', dead: 0 } });
    expect(outcome.peakBytes).toBeLessThan(PEAK);
    if (process.env.HOSTILE_FIGURES) console.log(recordBytes, Math.round(outcome.peakBytes / MiB), 'MiB');
  });
});
