import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningSimulator } from '../../../engine/simulate/index.ts';
import { startLogVendor } from '../support/simulators.ts';

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await startLogVendor();
});
afterAll(() => simulator.close());

interface Page {
  status: number;
  records: { uuid: string; published: string }[];
  links: Record<string, string>;
}

async function get(url: string): Promise<Page> {
  const answer = await fetch(url.startsWith('/') ? simulator.origin + url : url, {
    headers: { authorization: `SSWS ${simulator.secrets.api_token}` },
  });
  const links = [...(answer.headers.get('link') ?? '').matchAll(/<([^>]*)>; rel="(\w+)"/g)];
  return {
    status: answer.status,
    records: (await answer.json()) as Page['records'],
    links: Object.fromEntries(links.map(([, url = '', rel = '']) => [rel, url])),
  };
}

describe('link_header', () => {
  it('gives a bare array with links to itself and to the next page, until there is none', async () => {
    const first = await get('/api/v1/users?limit=4');
    expect(first.records).toHaveLength(4);
    expect(first.links).toEqual({
      self: `${simulator.origin}/api/v1/users?limit=4`,
      next: expect.stringMatching(/\/api\/v1\/users\?limit=4&after=[\w-]+$/),
    });
    const second = await get(first.links.next as string);
    expect(second.records).toHaveLength(3);
    expect(second.links).toEqual({ self: first.links.next });
  });

  it('gives a log in ascending order, inside of a window with an open end', async () => {
    const all = [...simulator.records('events')] as Page['records'];
    const [since, until] = [all[10]?.published, all[50]?.published];
    const { records, links } = await get(`/api/v1/logs?since=${since}&until=${until}`);
    expect(records.map(({ uuid }) => uuid)).toEqual(all.slice(10, 50).map(({ uuid }) => uuid));
    expect(links).not.toHaveProperty('next');
  });

  it('goes on for ever without `until`, and finds there what has come since', async () => {
    const first = await get('/api/v1/logs');
    expect(first.records).toHaveLength(95);
    const empty = await get(first.links.next as string);
    expect(empty.records).toEqual([]);
    simulator.advance();
    const late = await get(empty.links.next as string);
    expect(late.records).toHaveLength(10);
    const times = [...first.records, ...late.records].map(({ published }) => published);
    expect(times).toEqual([...times].sort());
  });

  it('refuses what is no time and no page', async () => {
    expect((await get('/api/v1/logs?since=yesterday')).status).toBe(400);
    expect((await get('/api/v1/logs?after=nonsense!')).status).toBe(400);
    expect((await get('/api/v1/logs?limit=many')).status).toBe(400);
  });
});

describe('none', () => {
  it('gives everything in one answer', async () => {
    const body = (await get('/api/v1/everything')).records as unknown as { items: unknown[] };
    expect(body.items).toEqual([...simulator.records('users')]);
  });
});
