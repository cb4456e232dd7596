/** What a rule of the definition makes of an answer: the vendor's own words, and when to ask again. */
import { describe, expect, it } from 'vitest';
import type { Endpoint, ResponseRule } from '../../engine/compile/connector.ts';
import type { EngineError } from '../../engine/errors.ts';
import { classify, type ErrorAnswer } from '../../engine/fetch/classify.ts';

const NOW = Date.UTC(2026, 0, 1);

describe('classify by a rule', () => {
  it('waits until the time that the rule takes out of a header, and holds the whole API for 429', async () => {
    const error = await failureOf({ outcome: 'retry' }, 429, { 'x-reset': String(NOW / 1000 + 42) });
    expect(error).toMatchObject({ kind: 'rate_limit', retry: { afterMs: 42_000 } });
  });

  it('backs off when the header is absent or says nothing', async () => {
    for (const headers of [{}, { 'x-reset': '' }, { 'x-reset': 'soon' }] as Record<string, string>[]) {
      expect(await failureOf({ outcome: 'retry' }, 429, headers)).toMatchObject({ retry: 'backoff' });
    }
  });

  it('goes by Retry-After where there is one', async () => {
    const headers = { 'retry-after': '7', 'x-reset': String(NOW / 1000 + 42) };
    expect(await failureOf({ outcome: 'retry' }, 503, headers)).toMatchObject({
      kind: 'transient',
      retry: { afterMs: 7_000 },
    });
  });

  it('does not wait for a time that is over', async () => {
    const error = await failureOf({ outcome: 'retry' }, 503, { 'x-reset': String(NOW / 1000 - 5) });
    expect(error).toMatchObject({ retry: { afterMs: 0 } });
  });

  it.each([
    [401, 'credentials', 'auth-refused'],
    [403, 'permission', 'permission-missing'],
    [400, 'contract', 'http-refused'],
  ])('lends %i its words and leaves it a matter of %s', async (status, kind, code) => {
    const error = await failureOf(
      { outcome: 'fail', message: 'the key is dead', fix: 'make another' },
      status,
    );
    expect(error).toMatchObject({ kind, code, retry: 'never', fix: 'make another' });
    expect(error.message).toBe(
      `endpoint \`users\` (https://api.example.com/users) answers ${status}: the key is dead`,
    );
  });
});

async function failureOf(
  rule: { outcome: 'retry' | 'fail'; message?: string; fix?: string },
  status: number,
  headers: Record<string, string> = {},
): Promise<EngineError> {
  const compiled = {
    definition: { when: 'true', ...rule },
    when: { evaluate: async () => true },
    retryAt: { evaluate: async (answer: ErrorAnswer) => answer.headers['x-reset'] },
  } as unknown as ResponseRule;
  const endpoint = { name: 'users', definition: {}, responses: [compiled] } as unknown as Endpoint;
  const context = { url: new URL('https://api.example.com/users?q=1'), now: NOW, isNextLink: false };
  return classify({ status, headers, body: undefined }, endpoint, context).then(
    () => expect.fail('the answer was taken for an empty list'),
    (error: EngineError) => error,
  );
}
