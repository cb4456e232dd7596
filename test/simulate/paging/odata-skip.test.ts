import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningSimulator } from '../../../engine/simulate/index.ts';
import { bearer, getJson, startMicrosoft } from '../support/simulators.ts';

let simulator: RunningSimulator;
let headers: { authorization: string };
beforeAll(async () => {
  simulator = await startMicrosoft({ scale: { machines: 1500 } });
  headers = await bearer(simulator);
});
afterAll(() => simulator.close());

const get = (query: string) => getJson(`${simulator.settings.api_url}/api/machines${query}`, headers);
const ids = (records: Record<string, unknown>[]) => records.map(({ id }) => id);

describe('odata_skip', () => {
  it('gives at most `$top` records and no next link', async () => {
    const { body } = await get('?$top=100');
    expect(body.value).toHaveLength(100);
    expect(Object.keys(body)).toEqual(['@odata.context', 'value']);
    expect(body['@odata.context']).toBe(`${simulator.origin}/api/$metadata#Machines`);
  });

  it('walks all records by `$top` and `$skip`, and ends with a page without any', async () => {
    const seen: unknown[] = [];
    for (let page = -1; page !== 0; ) {
      const { answer, body } = await get(`?$top=400&$skip=${seen.length}`);
      expect(answer.status).toBe(200);
      seen.push(...ids(body.value));
      page = body.value.length;
    }
    expect(seen).toEqual([...simulator.records('machines')].map(({ id }) => id));
  });

  it('gives the same page whatever was asked before', async () => {
    const first = await get('?$top=50&$skip=700');
    await get('?$top=50&$skip=1400');
    const again = await get('?$top=50&$skip=700');
    expect(again.body).toEqual(first.body);
  });

  it('refuses a `$top` over the maximum, and what is no number', async () => {
    const over = await get('?$top=10001');
    expect({ status: over.answer.status, error: over.body.error }).toMatchObject({
      status: 400,
      error: { code: 'BadRequest', message: expect.stringContaining("limit of '10000'") },
    });
    expect((await get('?$top=-1')).answer.status).toBe(400);
    expect((await get('?$skip=x')).answer.status).toBe(400);
  });

  it('without `$top` gives 10,000 records and a next link that repeats one `$skip` and loses the filter', async () => {
    const large = await startMicrosoft({ scale: { machines: 20_500 } });
    const own = await bearer(large);
    const first = await getJson(`${large.origin}/api/machines?$filter=osPlatform ne 'x'&$select=id`, own);
    expect(first.body.value).toHaveLength(10_000);
    const next = first.body['@odata.nextLink'] as string;
    const [filter, select] = ['osPlatform%20ne%20%27x%27', 'id'];
    expect(next).toBe(`${large.origin}/api/machines?$filter=${filter}&$select=${select}&$skip=10000`);
    const second = await getJson(next, own);
    await large.close();
    const again = second.body['@odata.nextLink'];
    expect(again).toBe(`${large.origin}/api/machines?=${filter}&=${select}&$skip=10000`);
  });

  it('answers 404 when there is nothing', async () => {
    const empty = await startMicrosoft({ scale: { machines: 0 } });
    const { answer, body } = await getJson(`${empty.origin}/api/machines`, await bearer(empty));
    await empty.close();
    expect(answer.status).toBe(404);
    expect(body.error?.code).toBe('NotFound');
  });

  it('gives some fields by `$select`', async () => {
    const { body } = await get('?$top=1&$select=id,ipAddresses');
    expect(Object.keys(body.value[0] ?? {})).toEqual(['id', 'ipAddresses']);
    expect(body.value[0]?.ipAddresses).toEqual([...simulator.records('machines')][0]?.ipAddresses);
  });
});

describe('$filter', () => {
  const filtered = async (text: string) =>
    (await get(`?$top=10000&$filter=${encodeURIComponent(text)}`)).body.value;
  const expected = (keep: (record: Record<string, unknown>) => boolean) =>
    [...simulator.records('machines')]
      .filter(keep)
      .map(({ id }) => id)
      .slice(0, 10_000);

  it('compares texts, numbers and null, and joins with and, or and parentheses', async () => {
    expect(ids(await filtered("osPlatform eq 'Ubuntu'"))).toEqual(expected((r) => r.osPlatform === 'Ubuntu'));
    expect(ids(await filtered("riskscore EQ 'High'".replace('EQ', 'eq')))).toEqual(
      expected((r) => r.riskScore === 'High'),
    );
    expect(ids(await filtered('rbacGroupId gt 12 and rbacGroupId le 25'))).toEqual(
      expected((r) => Number(r.rbacGroupId) > 12 && Number(r.rbacGroupId) <= 25),
    );
    expect(
      ids(await filtered("(riskScore eq 'High' or riskScore eq 'Medium') and osPlatform ne 'Windows11'")),
    ).toEqual(
      expected((r) => ['High', 'Medium'].includes(r.riskScore as string) && r.osPlatform !== 'Windows11'),
    );
    expect(ids(await filtered('lastSeen eq null'))).toEqual(expected((r) => (r.lastSeen ?? null) === null));
    expect(ids(await filtered("not (healthStatus eq 'Active')"))).toEqual(
      expected((r) => r.healthStatus !== 'Active'),
    );
  });

  it('compares times as times, to the last of their seven digits', async () => {
    const times = [...simulator.records('machines')].map(({ lastSeen }) => lastSeen);
    const exact = times.find((time) => /\.\d{7}Z$/.test(String(time))) as string;
    const whole = times.find((time) => String(time).length === 20) as string;
    const short = times.find((time) => /\.\d{3}Z$/.test(String(time))) as string;
    expect(await filtered(`lastSeen eq ${short.replace('Z', '0000Z')}`)).toHaveLength(1);
    const key = (time: unknown) => String(time).replace('Z', '').padEnd(20, '.').padEnd(27, '0');
    for (const bound of [exact, whole]) {
      expect(ids(await filtered(`lastSeen ge ${bound}`))).toEqual(
        expected((r) => typeof r.lastSeen === 'string' && key(r.lastSeen) >= key(bound)),
      );
      expect(ids(await filtered(`lastSeen lt ${bound}`))).toEqual(
        expected((r) => typeof r.lastSeen === 'string' && key(r.lastSeen) < key(bound)),
      );
    }
    expect(await filtered('lastSeen gt 2026-11-10Z')).toEqual(
      await filtered('lastSeen gt 2026-11-10T01:00:00+01:00'),
    );
  });

  it.each([
    ['an unknown field', "osPlatfrom eq 'Ubuntu'", "Could not find a property named 'osPlatfrom'"],
    ['a field that cannot be filtered', "agentVersion eq '1'", "named 'agentVersion'"],
    ['a quoted time', "lastSeen ge '2026-11-10T00:00:00Z'", 'incompatible types'],
    ['an impossible time', 'lastSeen ge 2026-13-10T00:00:00Z', 'incompatible types'],
    ['an unknown operator', "osPlatform has 'x'", "'has' is not an operator"],
    ['an end too early', 'osPlatform eq', 'ends too early'],
    ['an open parenthesis', "(osPlatform eq 'x'", "expected ')'"],
    ['an open quote', "osPlatform eq 'x", 'Syntax error'],
    ['an unquoted text', 'osPlatform eq Ubuntu', 'incompatible types'],
    ['something after the end', "osPlatform eq 'x' riskScore", 'unexpected'],
  ])('refuses %s', async (_what, text, reason) => {
    const { answer, body } = await get(`?$filter=${encodeURIComponent(text)}`);
    expect(answer.status).toBe(400);
    expect(body.error).toMatchObject({ code: 'ODataError', message: expect.stringContaining(reason) });
  });
});
