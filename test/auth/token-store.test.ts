import { describe, expect, test } from 'vitest';
import { TokenStore } from '../../engine/auth/token-store.ts';
import { Secret } from '../../engine/secret.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

function counting(lifeSeconds?: number) {
  let count = 0;
  return async () => {
    count += 1;
    return { value: new Secret(`token-${count}`), lifeSeconds };
  };
}

describe('renewal', () => {
  test.each([
    ['is due at 80 % of the life', 1000, 800],
    ['of a token without a life is due after 48 s', undefined, 48],
    ['of a token with a negative life is due after 48 s', -1, 48],
    ['of a token that would live for ever is due after 19.2 h', 1e12, 69_120],
  ])('%s', async (_, lifeSeconds, renewalSeconds) => {
    const clock = new SimulatedClock();
    const tokens = new TokenStore(clock);
    const grant = counting(lifeSeconds);
    await tokens.get('key', grant);
    await clock.advance(renewalSeconds * 1000 - 1);
    expect((await tokens.get('key', grant)).reveal()).toBe('token-1');
    await clock.advance(1);
    expect((await tokens.get('key', grant)).reveal()).toBe('token-2');
  });

  test('counts the life from before the request', async () => {
    const clock = new SimulatedClock();
    const tokens = new TokenStore(clock);
    const grant = counting(1000);
    await tokens.get('key', async () => {
      await clock.advance(30_000);
      return grant();
    });
    await clock.advance(770_000);
    expect((await tokens.get('key', grant)).reveal()).toBe('token-2');
  });
});

describe('sharing', () => {
  test('asks once however many wait', async () => {
    const tokens = new TokenStore(new SimulatedClock());
    const grant = counting(3600);
    const all = await Promise.all(Array.from({ length: 100 }, () => tokens.get('key', grant)));
    expect(new Set(all).size).toBe(1);
  });

  test('gives a failure to all who wait, and asks again after it', async () => {
    const tokens = new TokenStore(new SimulatedClock());
    const failure = new Error('no');
    let asked = 0;
    const fail = async () => {
      asked += 1;
      throw failure;
    };
    const all = await Promise.allSettled(Array.from({ length: 100 }, () => tokens.get('key', fail)));
    expect(all.every((one) => one.status === 'rejected' && one.reason === failure)).toBe(true);
    expect(asked).toBe(1);
    expect((await tokens.get('key', counting())).reveal()).toBe('token-1');
  });

  test('keeps the tokens of two keys apart', async () => {
    const tokens = new TokenStore(new SimulatedClock());
    await tokens.get('a', async () => ({ value: new Secret('of a'), lifeSeconds: 3600 }));
    const b = await tokens.get('b', async () => ({ value: new Secret('of b'), lifeSeconds: 3600 }));
    expect(b.reveal()).toBe('of b');
  });
});

describe('discarding', () => {
  test('throws the refused token away, and not the one that replaced it', async () => {
    const tokens = new TokenStore(new SimulatedClock());
    const grant = counting(3600);
    const first = await tokens.get('key', grant);
    tokens.discard('key', first);
    const second = await tokens.get('key', grant);
    tokens.discard('key', first);
    expect(second.reveal()).toBe('token-2');
    expect(await tokens.get('key', grant)).toBe(second);
  });

  test('keeps the discarded token among what is scrubbed', async () => {
    const tokens = new TokenStore(new SimulatedClock());
    const grant = counting(3600);
    tokens.discard('key', await tokens.get('key', grant));
    await tokens.get('key', grant);
    expect([...tokens.secrets('key')].map((secret) => secret.reveal())).toEqual(['token-2', 'token-1']);
  });
});
