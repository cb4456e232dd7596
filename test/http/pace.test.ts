import { expect, test } from 'vitest';
import { paced } from '../../engine/http/pace.ts';
import { BODY_PACE_BYTES, BODY_TIME_MS } from '../../engine/limits.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

/** Reads a body of so many chunks, each of which comes after so long; gives how much of it came, and how it ended. */
async function read(
  chunks: number,
  size: number,
  everyMs: number,
  heldMs = 0,
): Promise<{ bytes: number; ms: number; said: unknown }> {
  const clock = new SimulatedClock();
  const body = async function* () {
    for (let sent = 0; sent < chunks; sent++) {
      await clock.advance(everyMs);
      yield new Uint8Array(size);
    }
  };
  let bytes = 0;
  try {
    for await (const chunk of paced(body(), 'https://slow.example.com', clock)) {
      bytes += chunk.length;
      await clock.advance(heldMs);
    }
    return { bytes, ms: clock.monotonic(), said: 'whole' };
  } catch (error) {
    return { bytes, ms: clock.monotonic(), said: error };
  }
}

test('a body that drips is given up after a minute', async () => {
  const { ms, said } = await read(Number.POSITIVE_INFINITY, 1, 1_000);
  expect(said).toMatchObject({
    code: 'http-timeout',
    kind: 'transient',
    retry: 'backoff',
    message: '`https://slow.example.com` is too slow: 60 bytes of the answer in 60 s, expected 65536',
  });
  expect(ms).toBe(60_000);
});

test('one that sends just enough each minute is given up when it takes too long', async () => {
  const { ms, bytes, said } = await read(Number.POSITIVE_INFINITY, BODY_PACE_BYTES, 30_000);
  expect(said).toMatchObject({ code: 'http-timeout' });
  expect(ms).toBeGreaterThan(BODY_TIME_MS);
  expect(ms).toBeLessThan(BODY_TIME_MS + 120_000);
  expect(bytes).toBeLessThan(5_000_000);
});

test('a large one over a slow line comes through', async () => {
  // 1 GB at 128 kB/s is more than two hours.
  expect(await read(8_000, 128 * 1024, 1_000)).toMatchObject({ said: 'whole', bytes: 8_000 * 128 * 1024 });
});

test('a small one may take a minute', async () => {
  expect(await read(50, 1, 1_000)).toMatchObject({ said: 'whole' });
});

test('time that the reader takes does not count', async () => {
  expect(await read(200, 1, 100, 60_000)).toMatchObject({ said: 'whole' });
});
