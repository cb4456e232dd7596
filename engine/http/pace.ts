/** Does a body arrive fast enough to go on waiting for it? A drop now and then is no stall to a transport. */
import type { Clock } from '../env.ts';
import { EngineError } from '../errors.ts';
import { BODY_PACE_BYTES, BODY_PACE_MS, BODY_TIME_BYTES_PER_MS, BODY_TIME_MS } from '../limits.ts';

/**
 * Hands a body on as long as it keeps pace. Only time that is spent waiting for the sender counts: a slow reader holds
 * nobody to account. That a sender falls silent is the transport's to notice, since nothing arrives then that could be judged.
 * @throws EngineError `http-timeout` (transient)
 */
export async function* paced(
  body: AsyncIterable<Uint8Array>,
  origin: string,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  const total = { bytes: 0, ms: 0 };
  let part = { bytes: 0, ms: 0 };
  let from = clock.monotonic();
  for await (const chunk of body) {
    const ms = clock.monotonic() - from;
    for (const sum of [total, part]) {
      sum.bytes += chunk.length;
      sum.ms += ms;
    }
    if (part.ms >= BODY_PACE_MS) {
      if (part.bytes < BODY_PACE_BYTES) throw tooSlow(origin, part, BODY_PACE_BYTES);
      part = { bytes: 0, ms: 0 };
    }
    const bytesDue = (total.ms - BODY_TIME_MS) * BODY_TIME_BYTES_PER_MS;
    if (total.bytes < bytesDue) throw tooSlow(origin, total, bytesDue);
    yield chunk;
    from = clock.monotonic();
  }
}

function tooSlow(origin: string, came: { bytes: number; ms: number }, expected: number): EngineError {
  const seconds = Math.round(came.ms / 1_000);
  return new EngineError({
    code: 'http-timeout',
    kind: 'transient',
    message: `\`${origin}\` is too slow: ${came.bytes} bytes of the answer in ${seconds} s, expected ${Math.ceil(expected)}`,
    fix: 'run again later; if it stays so, ask for smaller pages in the `pagination` of the endpoint',
    retry: 'backoff',
  });
}
