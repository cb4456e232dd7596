import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLane } from '../../engine/checkpoint/lane-store.ts';
import { summaryText } from '../../engine/cli/summary-text.ts';
import { loadConnector } from '../../engine/compile/load.ts';
import { paintFor } from '../../engine/report/paint.ts';
import { LANE } from '../support/seen-lane.ts';
import { type Json, type Loose, startTenant } from '../support/tenant.ts';
import { PAGE, START, startVendor, type Vendor } from '../support/vendor.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LINKED = { records: 'value', key: 'id', pagination: { type: 'odata_next_link' } };

const named = (count: number, prefix = 't'): Json[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${prefix}${index}` }));

const THREE: Loose = {
  endpoints: {
    first: { ...LINKED, path: '/first' },
    second: { ...LINKED, path: '/second' },
    third: { ...LINKED, path: '/third' },
  },
  streams: {
    one: { record: { thing: 'first' } },
    two: { record: { thing: 'second' } },
    three: { record: { thing: 'third' } },
  },
};

async function vendorOf(definition: Loose, change: (definition: Loose) => void = () => {}): Promise<Vendor> {
  const copy = structuredClone(definition);
  change(copy);
  const vendor = await startVendor(copy);
  vendor.lists = { '/first': named(3), '/second': named(3), '/third': named(3) };
  return vendor;
}

describe('the streams of a run', () => {
  test('are all but those that run on request, or those that are named', async () => {
    const vendor = await vendorOf(THREE, ({ streams }) => {
      streams.two.on_request = true;
    });
    const names = async (streams?: string[]) =>
      (await vendor.run(streams ? { streams } : {})).summaries.map(({ stream, end }) => `${stream} ${end}`);
    expect(await names()).toEqual(['one done', 'three done']);
    expect(await names(['two'])).toEqual(['two done']);
    expect(await names(['three', 'two', 'three'])).toEqual(['three done', 'two done']);
  });

  test('are at work two at a time, and the summaries come in their order', async () => {
    const vendor = await vendorOf(THREE);
    const busy = new Set<string>();
    const together: string[] = [];
    const { summaries } = await vendor.run({
      onTransition: ({ lane, to }) => {
        busy[to === 'done' ? 'delete' : 'add'](lane);
        together.push([...busy].join(' + '));
      },
    });
    expect(together).toContain('acme/one + acme/two');
    expect(together.filter((lanes) => lanes.split('+').length > 2)).toEqual([]);
    expect(summaries.map(({ stream, events }) => [stream, events])).toEqual([
      ['one', 3],
      ['two', 3],
      ['three', 3],
    ]);
  });

  test('go on when one of them cannot', async () => {
    const vendor = await vendorOf(THREE);
    vendor.reply = (url) => (url.pathname === '/first' ? { status: 400, body: {} } : undefined);
    expect((await vendor.run()).summaries.map(({ end }) => end)).toEqual(['parked', 'done', 'done']);
  });
});

describe('the stream that takes over', () => {
  const withFallback = ({ streams }: Loose) => {
    streams.one.fallback = 'two';
    streams.two.on_request = true;
  };
  const refuse =
    (path: string, status: number, skip: string | null = null) =>
    (url: URL) =>
      url.pathname === path && url.searchParams.get('$skip') === skip ? { status, body: {} } : undefined;
  const ends = ({ summaries }: { summaries: { stream: string; end: string; events: number }[] }) =>
    summaries.map(({ stream, end, events }) => `${stream} ${end} ${events}`);

  test('runs where the permission is missing, next to the one that it replaces', async () => {
    const vendor = await vendorOf(THREE, withFallback);
    vendor.reply = refuse('/first', 403);
    const ran = await vendor.run();
    expect(ends(ran)).toEqual(['one replaced 0', 'two done 3', 'three done 3']);
    expect(ran.summary).toMatchObject({ replacedBy: 'two', problem: { kind: 'permission' } });
    vendor.reply = () => undefined;
    expect(ends(await vendor.run())).toEqual(['one done 3', 'three done 0']);
  });

  test('runs once where it was named too', async () => {
    const vendor = await vendorOf(THREE, withFallback);
    vendor.reply = refuse('/first', 403);
    expect(ends(await vendor.run({ streams: ['one', 'two'] }))).toEqual(['one replaced 0', 'two done 3']);
  });

  test.each([
    ['the vendor refuses the request for another reason', '/first', 400, null],
    ['the vendor is out of order', '/first', 500, null],
    ['the permission goes half-way', '/first', 403, String(PAGE)],
    ['the permission for what is joined is missing', '/third', 403, null],
  ])('does not run where %s', async (_, path, status, skip) => {
    const vendor = await vendorOf(THREE, (definition) => {
      withFallback(definition);
      definition.streams.one.join = { other: { endpoint: 'third', on: { 'thing.id': 'id' } } };
    });
    vendor.lists['/first'] = named(PAGE + 1);
    vendor.reply = refuse(path, status, skip);
    const { summaries } = await vendor.run({ streams: ['one'] });
    expect(summaries.map(({ stream, end }) => `${stream} ${end}`)).toEqual([
      expect.stringMatching(/^one (parked|failed)$/),
    ]);
  });

  test('runs also where lists were joined before the permission was found missing', async () => {
    const vendor = await vendorOf(THREE, (definition) => {
      withFallback(definition);
      definition.streams.one.join = { other: { endpoint: 'third', on: { 'thing.id': 'id' } } };
    });
    vendor.reply = refuse('/first', 403);
    expect(ends(await vendor.run({ streams: ['one'] }))).toEqual(['one replaced 0', 'two done 3']);
  });

  test('that cannot be opened is the problem of the one that it would replace, and the others go on', async () => {
    const vendor = await vendorOf(THREE, withFallback);
    vendor.reply = refuse('/first', 403);
    const held = openLane(join(vendor.state, 'acme', 'two'), LANE);
    const ran = await vendor.run();
    held.close();
    expect(ends(ran)).toEqual(['one failed 0', 'three done 3']);
    expect(ran.summary.problem).toMatchObject({ code: 'state-locked' });
  });

  test('gives the incidents of a tenant whose application may not read them', async () => {
    const tenant = await startTenant({
      scale: { machines: 20 },
      faults: [{ on: 'token', nth: 1, fault: { type: 'drop_roles' } }],
    });
    const { summaries, events } = await tenant.run({ streams: ['incidents'] });
    expect(summaries.map(({ stream, end }) => [stream, end])).toEqual([
      ['incidents', 'replaced'],
      ['incidents_from_alerts', 'done'],
    ]);
    expect(events.length).toBeGreaterThan(0);
    expect(new Set(events.map(({ class_uid: uid }) => uid))).toEqual(new Set([2005]));
    const text = summaryText(
      await loadConnector('microsoft-defender'),
      summaries,
      { settings: {}, secrets: {}, to: [] } as never,
      paintFor({}, {}),
    );
    expect(text).toContain('`incidents_from_alerts` runs in its place');
    expect(text).toContain('SecurityIncident.Read.All');
  });
});

describe('another endpoint of the same records', () => {
  test.each(['vulnerabilities', 'software'])(
    'of %s gives the same events and the same state',
    async (stream) => {
      const tenant = await startTenant({ scale: { machines: 20 } });
      const files = { streams: [stream], settings: { ...tenant.settings, export_files: 'true' } };
      const home = (name: string) => ({ state: join(tenant.state, name), out: join(tenant.out, name) });
      const paged = await tenant.run({ streams: [stream] }, undefined, home('pages'));
      const exported = await tenant.run(files, undefined, home('files'));
      expect([paged.summary.end, exported.summary.end, paged.dead, exported.dead]).toEqual([
        'done',
        'done',
        [],
        [],
      ]);
      expect(paged.events.length).toBeGreaterThan(20);
      // Files say more of a vulnerability than pages do, by members whose change is no change.
      const uids = (events: Json[]) => events.map(({ metadata }) => (metadata as Json).uid).sort();
      expect(uids(exported.events)).toEqual(uids(paged.events));
      const lines = (events: Json[]) => events.map((event) => JSON.stringify(event)).sort();
      expect(lines(exported.events).join() === lines(paged.events).join()).toBe(stream === 'software');
      // To and fro.
      const to = await tenant.run({ ...files, full: true }, undefined, home('pages'));
      const fro = await tenant.run({ streams: [stream], full: true }, undefined, home('files'));
      expect([to.events, fro.events, to.summary.unchanged]).toEqual([[], [], paged.events.length]);
    },
  );
});

describe('a list that is kept', () => {
  const KEPT: Loose = {
    ...THREE,
    streams: {
      one: {
        record: { thing: 'first' },
        join: { more: { endpoint: 'second', on: { 'thing.id': 'id' }, keep: '24h' } },
      },
    },
  };

  async function keeping() {
    const vendor = await vendorOf(KEPT);
    vendor.lists['/second'] = named(25).map((one) => ({ ...one, n: 1 }));
    const read = async (request: Json = {}) => {
      const { asked, events, summary } = await vendor.run(request);
      const pages = asked.filter((target) => target.startsWith('/second')).length;
      return { pages, n: events.map(({ more }) => more?.n), end: summary.end };
    };
    return { vendor, read };
  }

  test('is read once in its time, anew after it and when a run asks for everything', async () => {
    const { vendor, read } = await keeping();
    expect(await read()).toEqual({ pages: 3, n: [1, 1, 1], end: 'done' });
    vendor.lists['/second'] = named(25).map((one) => ({ ...one, n: 2 }));
    expect(await read({ now: START + DAY - 1 })).toMatchObject({ pages: 0, n: [] });
    vendor.lists['/first'] = [...named(3), { id: 't9' }];
    expect(await read({ now: START + DAY - 1 })).toMatchObject({ pages: 0, n: [1] });
    expect(await read({ now: START + DAY })).toMatchObject({ pages: 3, n: [2, 2, 2, 2] });
    expect(await read({ now: START + 2 * DAY - 1 })).toMatchObject({ pages: 0 });
    expect(await read({ now: START + 2 * DAY - 1, full: true })).toMatchObject({ pages: 3 });
    expect(await read({ now: START + 3 * DAY - 2 })).toMatchObject({ pages: 0 });
  });

  test('is not kept where it broke off before its end, nor for another question', async () => {
    const { vendor, read } = await keeping();
    vendor.reply = (url) =>
      url.pathname === '/second' && url.searchParams.get('$skip') === '20'
        ? { status: 400, body: {} }
        : undefined;
    expect(await read()).toMatchObject({ end: 'parked', n: [] });
    expect(readdirSync(join(vendor.state, 'acme')).filter((name) => name.includes('join'))).toEqual([]);
    vendor.reply = () => undefined;
    expect(await read()).toMatchObject({ end: 'done', pages: 3, n: [1, 1, 1] });
    expect(existsSync(join(vendor.state, 'acme', 'one.more.join'))).toBe(true);
    const other = vendor.compile((definition) => {
      definition.endpoints.second.query = { all: 'true' };
    });
    expect((await vendor.run({}, other)).asked.filter((target) => target.startsWith('/second'))).toHaveLength(
      3,
    );
  });

  test('is not kept for a mapping that looks at other members of its records', async () => {
    const { vendor } = await keeping();
    const pages = async (mapping: string) => {
      const { asked, events } = await vendor.run(
        {},
        vendor.compile(() => {}, mapping),
      );
      return [asked.filter((target) => target.startsWith('/second')).length, events.length];
    };
    expect(await pages('{"unmapped": {"more": more.n}}')).toEqual([3, 3]);
    expect(await pages('{"unmapped": {"n": more.n, "thing": thing.id}}')).toEqual([0, 0]);
    expect(await pages('{"unmapped": {"more": more.n, "other": more.m}}')).toEqual([3, 0]);
    expect(await pages('{"unmapped": {"more": more}}')).toEqual([3, 0]);
  });
});

describe('a joined list that is optional', () => {
  test('and cannot be had is told, and the records go on without it', async () => {
    const vendor = await vendorOf(THREE, ({ streams }) => {
      streams.one.join = { more: { endpoint: 'second', on: { 'thing.id': 'id' }, optional: true } };
    });
    vendor.reply = (url) => (url.pathname === '/second' ? { status: 403, body: {} } : undefined);
    const { events, summary } = await vendor.run({ streams: ['one'] });
    expect([events.length, events[0].more, summary.end]).toEqual([3, undefined, 'done']);
    expect(summary.missing).toEqual([
      { code: 'permission-missing', count: 1, sample: expect.stringContaining('`second`') },
    ]);
    vendor.reply = () => undefined;
    const next = await vendor.run({ streams: ['one'] });
    expect([next.events.map(({ more }) => more?.id), next.summary.missing]).toEqual([['t0', 't1', 't2'], []]);
  });

  test('stops the lane where it is not', async () => {
    const vendor = await vendorOf(THREE, ({ streams }) => {
      streams.one.join = { more: { endpoint: 'second', on: { 'thing.id': 'id' } } };
    });
    vendor.reply = (url) => (url.pathname === '/second' ? { status: 403, body: {} } : undefined);
    const { events, summary } = await vendor.run({ streams: ['one'] });
    expect([events, summary.end, summary.missing]).toEqual([[], 'parked', []]);
  });
});

test('what moved is asked of its own endpoint, and everything where that does not reach so far back', async () => {
  const vendor = await vendorOf(THREE, ({ streams }) => {
    streams.one.cursor = {
      endpoint: 'second',
      query: { since: '${cursor}' },
      overlap: '12h',
      reach: '14d',
      sweep: '30d',
    };
  });
  const run = async (now: number) => {
    const { asked, events, summary } = await vendor.run({ now, streams: ['one'] });
    return [decodeURIComponent(asked.join(' ')), events.map(({ thing }) => thing.id).join(' '), summary.scan];
  };
  vendor.lists['/second'] = [{ id: 'moved' }];
  expect(await run(START)).toEqual(['/first', 't0 t1 t2', 'first run']);
  expect(await run(START + HOUR)).toEqual([
    '/second?since=2026-01-15T00:00:00Z',
    'moved',
    'changes since 2026-01-15T00:00:00Z',
  ]);
  // The cursor is where the last run began; with the overlap it lies 14 days back.
  const far = START + HOUR + 14 * DAY - DAY / 2;
  vendor.lists['/first'] = named(4);
  expect(await run(far)).toEqual(['/first', 't3', 'changes are told only for a shorter time']);
  expect((await run(far + 13 * DAY))[0]).toMatch(/^\/second/);
});
