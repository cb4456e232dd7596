import { describe, expect, it } from 'vitest';
import { Quota } from '../../engine/simulate/quota.ts';
import { bearer, clockAtNow, getJson, NOW, startMicrosoft } from './support/simulators.ts';

const MINUTE_MS = 60_000;

describe('a quota', () => {
  it('refuses a call over its window with the words of the vendor, and tells when to come again', async () => {
    const clock = clockAtNow();
    const simulator = await startMicrosoft({ clock, scale: { machines: 1 } });
    const headers = await bearer(simulator);
    const get = () => getJson(`${simulator.origin}/api/machines`, headers);
    await get();
    await clock.advance(20_000);
    for (let call = 2; call <= 100; call++) expect((await get()).answer.status).toBe(200);
    const refused = await get();
    expect(refused.answer.status).toBe(429);
    expect(refused.answer.headers.get('retry-after')).toBe('40');
    expect(refused.body.error).toMatchObject({
      code: '429',
      message: 'API calls quota exceeded! maximum allowed 100 per 00:01:00',
      target: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    await clock.advance(40_000);
    expect((await get()).answer.status).toBe(200);
    expect((await get()).answer.status).toBe(429);
    expect(simulator.audit().quotas).toEqual({ defender: { calls: 103, refused: 2 } });
    await simulator.close();
  });

  it('has a second, longer window, and one count for each caller', () => {
    const quota = new Quota({
      windows: [
        { calls: 100, per: '1m' },
        { calls: 1500, per: '1h' },
      ],
    });
    let now = Date.parse(NOW);
    for (let minute = 0; minute < 15; minute++, now += MINUTE_MS) {
      for (let call = 0; call < 100; call++) expect(quota.call('one', now)).toBeUndefined();
    }
    expect(quota.call('one', now)).toEqual({ calls: 1500, per: '01:00:00', retryAfterSeconds: 45 * 60 });
    expect(quota.call('two', now)).toBeUndefined();
    now += 45 * MINUTE_MS;
    expect(quota.call('one', now)).toBeUndefined();
  });
});
