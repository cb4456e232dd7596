/** The calls of all processes together, one after the other, killed and at the same time. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EngineError } from '../../engine/errors.ts';
import { CallLedger } from '../../engine/fetch/call-ledger.ts';
import { callPageOf } from '../../engine/fetch/call-page.ts';
import { RateLimiter, type RateWindow } from '../../engine/fetch/rate-limit.ts';
import type { Files } from '../../engine/files.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const WINDOWS: RateWindow[] = [
  { calls: 10, per_ms: 60_000 },
  { calls: 40, per_ms: 3_600_000 },
];

/** Small files in memory, as far as a ledger uses them. */
function memoryFiles() {
  const contents = new Map<string, string>();
  let writes = 0;
  const files = {
    list: async () => [...contents.keys()].map((path) => path.slice('/state/'.length)),
    readText: async (path: string) => {
      const text = contents.get(path);
      if (text === undefined) throw new Error('ENOENT');
      return text;
    },
    size: async (path: string) => contents.get(path)?.length,
    replace: async (path: string, content: string) => {
      writes++;
      contents.set(path, content);
    },
    remove: async (path: string) => {
      contents.delete(path);
    },
  } as unknown as Files;
  return { files, contents, writes: () => writes };
}

function world(windows: RateWindow[] = WINDOWS) {
  const clock = new SimulatedClock();
  const memory = memoryFiles();
  let made = 0;
  const started = (onDamage: (damage: EngineError) => void = () => {}) => {
    const randomBytes = () => Buffer.from([0, 0, made >> 8, made++ & 255]);
    const env = { clock, files: memory.files, randomBytes };
    return new RateLimiter(
      windows,
      clock,
      new CallLedger({ directory: '/state', name: 'main', windows, onDamage, env }),
    );
  };
  const calls: number[] = [];
  const call = async (limiter: RateLimiter) => {
    const wait = await limiter.reserve();
    if (wait === 0) calls.push(clock.now());
    return wait;
  };
  return { clock, ...memory, started, calls, call };
}

function densest(times: readonly number[], perMs: number): number {
  return Math.max(0, ...times.map((start) => times.filter((at) => at >= start && at < start + perMs).length));
}

describe('calls of a process before', () => {
  test('count, to the last one, when it ended in good order', async () => {
    const { clock, started, call } = world();
    const first = started();
    for (let count = 0; count < 7; count++) expect(await call(first)).toBe(0);
    await first.close();
    await clock.advance(1_000);
    const second = started();
    for (let count = 0; count < 3; count++) expect(await call(second)).toBe(0);
    // Times are kept rounded up to ten seconds.
    expect(await call(second)).toBeGreaterThanOrEqual(59_000);
    expect(await call(second)).toBeLessThanOrEqual(70_000);
  });

  test('count when it was killed, and so do those that it may have made', async () => {
    const { started, call, calls } = world();
    const first = started();
    for (let count = 0; count < 4; count++) await call(first);
    const second = started();
    while ((await call(second)) === 0);
    expect(calls.length).toBeLessThanOrEqual(10);
  });

  test('leave one file behind, and none that says nothing any more', async () => {
    const { clock, started, call, contents } = world();
    for (let run = 0; run < 5; run++) {
      const limiter = started();
      await call(limiter);
      await limiter.close();
      expect(contents.size).toBe(1);
      await clock.advance(600_000);
    }
    await clock.advance(7_200_000);
    const last = started();
    await call(last);
    await last.close();
    expect(callPageOf([...contents.values()][0] ?? '')?.calls).toHaveLength(1);
  });

  test('are not written one by one', async () => {
    const { clock, started, call, writes } = world([{ calls: 300, per_ms: 60_000 }]);
    const limiter = started();
    for (let count = 0; count < 200; count++) {
      await call(limiter);
      await clock.advance(10);
    }
    expect(writes()).toBeLessThan(12);
  });

  test('of a file in which any byte changed are taken for a full window, and the damage is told once', async () => {
    const { clock, started, call, contents } = world();
    const first = started();
    await call(first);
    await first.close();
    await clock.advance(30_000);
    const [[path, text] = ['', '']] = contents;
    for (let at = 0; at < text.length; at++) {
      const damaged = `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`;
      contents.clear();
      contents.set(path, damaged);
      const told: string[] = [];
      const limiter = started((damage) => told.push(damage.code));
      expect(await call(limiter), damaged).toBeGreaterThan(50_000);
      await limiter.close();
      await call(started((damage) => told.push(damage.code)));
      expect(told).toEqual(['state-calls-damaged']);
    }
  });

  test('of a file that cannot be read stop the run: they are not forgotten', async () => {
    const { started, files } = world();
    files.list = async () => ['api-main.00ff00ff.calls'];
    files.size = async () => 10;
    await expect(started().reserve()).rejects.toMatchObject({ code: 'state-unwritable' });
  });

  test('of another API count nothing', async () => {
    const { started, call, contents } = world();
    contents.set('/state/api-other.00ff00ff.calls', '{');
    expect(await call(started())).toBe(0);
  });
});

test('no sliding window is overrun, however many processes there are, and however they end', async () => {
  const step = fc.record({
    process: fc.integer({ min: 0, max: 2 }),
    what: fc.constantFrom('call', 'call', 'call', 'call', 'close', 'kill'),
    after: fc.integer({ min: 0, max: 30_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120 }), async (steps) => {
      const { clock, started, call, calls } = world();
      const processes = [started(), started(), started()];
      for (const { process, what, after } of steps) {
        const limiter = processes[process] as RateLimiter;
        if (what === 'call') await call(limiter);
        if (what === 'close') await limiter.close();
        if (what !== 'call') processes[process] = started();
        await clock.advance(after);
      }
      for (const { calls: most, per_ms } of WINDOWS) expect(densest(calls, per_ms)).toBeLessThanOrEqual(most);
    }),
    { numRuns: 100 },
  );
});

test('two processes that tell at once do not both take the last call', async () => {
  const { started, call, calls } = world([{ calls: 1, per_ms: 60_000 }]);
  await Promise.all([call(started()), call(started()), call(started())]);
  expect(calls.length).toBeLessThanOrEqual(1);
});

test('a block outlives its process', async () => {
  const { clock, started, call } = world([]);
  const first = started();
  await call(first);
  first.hold(3_600_000);
  await first.close();
  await clock.advance(600_000);
  expect(await call(started())).toBe(3_000_000);
});

test('what cannot be written lets no call leave', async () => {
  const { started, files } = world();
  files.replace = async () => {
    throw new Error('ENOSPC: no space left on device');
  };
  await expect(started().reserve()).rejects.toMatchObject({ code: 'state-unwritable', kind: 'state' });
});
