/** The filter language of SCIM, the filter that applies by itself, and the standing of a caller in the headers. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSimulator } from '../../engine/simulate/index.ts';
import { clockAtNow, definitionOf, NOW } from './support/simulators.ts';

const VENDOR = `
simulator: directory
connect: {settings: {url: "\${origin}"}, secrets: {key: a-key}}
auth: {key: {type: api_token, header: Authorization, scheme: Key, tokens: [{value: "\${secrets.key}"}]}}
errors:
  api:
    body: {code: "\${condition}", reason: "\${reason}", reset: "\${rate_reset}"}
    conditions: {}
quotas: {all: {windows: [{calls: 30, per: 1m}], retry_after: none}}
scale: {users: 20}
collections:
  users:
    size: users
    key: id
    fields:
      id: {type: pattern, pattern: "u\${index:2}"}
      state: {type: pick, values: [on, "off", null]}
      updated: {type: timestamp, from: -20h, to: -1m, digits: 3, ascending: true}
endpoints:
  users:
    path: /users
    auth: key
    errors: api
    quota: all
    collection: users
    paging: {type: link_header, page_size: 100, page_size_max: 100}
    filter: {parameter: filter, syntax: scim, fields: {id: string, state: string, updated: datetime}, default: state ne "off"}
    headers: {x-limit: "\${rate_limit}", x-left: "\${rate_remaining}", x-reset: "\${rate_reset}"}
`;

describe('scim filter', () => {
  it.each([
    ['id eq "u03"', (user: User) => user.id === 'u03'],
    ['id EQ "u03" or id eq "u04"', (user: User) => user.id === 'u03' || user.id === 'u04'],
    ['id sw "u0" and not (id ew "5")', (user: User) => /^u0[^5]/.test(user.id)],
    ['id sw "0" or id ew "u" or id eq "u07"', (user: User) => user.id === 'u07'],
    ['id co "1"', (user: User) => user.id.includes('1')],
    ['state ne "on"', (user: User) => user.state !== 'on'],
    ['updated ge "2026-11-19T14:00:00.000Z"', (user: User) => user.updated >= '2026-11-19T14:00:00.000Z'],
    ['updated lt "2026-11-19T15:00:00+01:00"', (user: User) => user.updated < '2026-11-19T14:00:00.000Z'],
  ])('gives the records for %s', async (filter, isMeant) => {
    const { simulator, get } = await start();
    const meant = [...simulator.records('users')].filter((user) => isMeant(user as unknown as User));
    expect(meant.length).toBeGreaterThan(0);
    expect(meant.length).toBeLessThan(20);
    expect(await (await get(`?filter=${encodeURIComponent(filter)}`)).json()).toEqual(meant);
  });

  it.each(["id eq 'u03'", 'id eq u03', 'id like "u03"', 'ID eq "u03"', 'id eq', 'updated gt "soon"'])(
    'refuses %s',
    async (filter) => {
      const { get } = await start();
      const answer = await get(`?filter=${encodeURIComponent(filter)}`);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ code: 'bad_filter' });
    },
  );

  it('applies its default where a request does not filter', async () => {
    const { simulator, get } = await start();
    const users = [...simulator.records('users')];
    const meant = users.filter(({ state }) => state !== 'off');
    expect(meant.length).toBeLessThan(users.length);
    expect(await (await get('')).json()).toEqual(meant);
    expect(await (await get(`?filter=${encodeURIComponent('id sw "u"')}`)).json()).toEqual(users);
  });
});

describe('the standing of a caller', () => {
  it('is told in the headers of each answer, and in the body of a refusal', async () => {
    const { get, clock } = await start();
    const reset = String(Math.ceil(Date.parse(NOW) / 1000) + 60);
    const first = await get('');
    expect(['x-limit', 'x-left', 'x-reset'].map((name) => first.headers.get(name))).toEqual([
      '30',
      '29',
      reset,
    ]);
    await clock.advance(10_000);
    for (let call = 2; call <= 30; call++) await get('');
    const refused = await get('');
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: 'quota', reset: Number(reset) });
  });
});

interface User {
  id: string;
  state: string | null;
  updated: string;
}

async function start() {
  const clock = clockAtNow();
  const simulator = await startSimulator(definitionOf(VENDOR), { clock });
  onTestFinished(() => simulator.close());
  const headers = { authorization: `Key ${simulator.secrets.key}` };
  return {
    clock,
    simulator,
    get: (search: string) => fetch(`${simulator.origin}/users${search}`, { headers }),
  };
}
