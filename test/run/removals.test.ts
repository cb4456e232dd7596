import { describe, expect, test } from 'vitest';
import type { Json, Loose } from '../support/tenant.ts';
import { PAGE, START, startVendor, type Told, type Vendor } from '../support/vendor.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const LINKED = { records: 'value', key: 'id', pagination: { type: 'odata_next_link' } };

/** Findings by their id; full scans each day, in between what moved. */
const FINDINGS = {
  endpoints: {
    findings: { ...LINKED, path: '/findings' },
    changes: { ...LINKED, path: '/changes' },
    machines: { ...LINKED, path: '/machines' },
  },
  streams: {
    findings: {
      record: { finding: 'findings' },
      cursor: { endpoint: 'changes', query: { since: '${cursor}' } },
      removed: { absent: true, when: 'input.finding.status = "Fixed"', at: 'finding.at' },
      ignore: ['finding.status', 'finding.at'],
    },
  },
};

const ABSENT = {
  endpoints: { things: { ...LINKED, path: '/things' } },
  streams: { things: { record: { thing: 'things' }, removed: { absent: true } } },
};

const named = (count: number): Json[] =>
  Array.from({ length: count }, (_, index) => ({ id: `t${String(index).padStart(4, '0')}`, n: index }));

/** What is told of each record: `id type`, in the order of the events. */
const told = (events: readonly Told[]) =>
  events.map((event) => `${(event.thing ?? event.finding).id} ${event.change.type}`);

async function vendorOf(definition: Loose, lists: Vendor['lists']): Promise<Vendor> {
  const vendor = await startVendor(definition);
  vendor.lists = lists;
  return vendor;
}

describe('a record that a full scan does not list any more', () => {
  test('is told gone once, as it was last seen, and is created anew when it comes back', async () => {
    const vendor = await vendorOf(ABSENT, { '/things': named(25) });
    const first = await vendor.run();
    expect(first.summary).toMatchObject({ end: 'done', events: 25, removed: 0 });
    const [a, b, ...others] = named(25) as [Json, Json];
    vendor.lists['/things'] = [a, { ...b, n: 'other' }, ...others];
    const second = await vendor.run();
    expect(told(second.events)).toEqual(['t0001 update']);

    vendor.lists['/things'] = [a, ...others];
    const third = await vendor.run();
    expect(third.events).toEqual([
      {
        thing: { ...b, n: 'other' },
        settings: {},
        change: { type: 'remove', uid: expect.stringMatching(/^[a-z2-7]{26}$/) },
      },
    ]);
    expect(third.summary).toMatchObject({ end: 'done', records: 24, unchanged: 24, events: 1, removed: 1 });
    expect((await vendor.run()).events).toEqual([]);
    expect((await vendor.run({ full: true })).events).toEqual([]);

    vendor.lists['/things'] = [a, { ...b, n: 'other' }, ...others];
    const last = await vendor.run();
    expect(told(last.events)).toEqual(['t0001 create']);
    const uids = [first, second, third, last]
      .flatMap(({ events }) => events)
      .filter(({ thing }) => thing.id === 't0001')
      .map(({ change }) => change.uid);
    expect(new Set(uids).size).toBe(4);
  });

  test('is told gone wherever in the list it was, also when all are gone', async () => {
    const vendor = await vendorOf(ABSENT, { '/things': named(25) });
    await vendor.run();
    vendor.lists['/things'] = named(25).filter((_, index) => ![0, 9, 10, 24].includes(index));
    expect(told((await vendor.run()).events)).toEqual([
      't0000 remove',
      't0009 remove',
      't0010 remove',
      't0024 remove',
    ]);
    vendor.lists['/things'] = [];
    expect((await vendor.run()).summary).toMatchObject({ end: 'done', removed: 21 });
  });

  test('is not told gone when it is listed and cannot be mapped', async () => {
    const vendor = await startVendor(
      ABSENT,
      '{"class_uid": 5001, "unmapped": thing.n = "bad" ? $error("it is bad") : $}',
    );
    vendor.lists = { '/things': named(3) };
    await vendor.run();
    vendor.lists['/things'] = [{ id: 't0000', n: 'bad' }, ...named(3).slice(1)];
    const { events, summary, dead } = await vendor.run();
    expect([events, summary.end, summary.dead, summary.removed, dead.length]).toEqual([[], 'done', 1, 0, 1]);
  });
});

describe('nothing is told gone', () => {
  test('by a scan of what moved', async () => {
    const vendor = await vendorOf(FINDINGS, { '/findings': named(5), '/changes': [] });
    await vendor.run();
    vendor.lists = { '/findings': [], '/changes': [] };
    const { events, summary, asked } = await vendor.run({ now: START + HOUR });
    expect([events, summary.scan.slice(0, 13), asked[0]?.slice(0, 8)]).toEqual([
      [],
      'changes since',
      '/changes',
    ]);
    expect((await vendor.run({ now: START + DAY })).summary.removed).toBe(5);
  });

  test('by a scan that fails half-way', async () => {
    const vendor = await vendorOf(ABSENT, { '/things': named(25) });
    await vendor.run();
    vendor.lists['/things'] = named(25).slice(1);
    vendor.reply = (url) => (url.searchParams.get('$skip') === '20' ? { status: 403, body: {} } : undefined);
    const { events, summary } = await vendor.run();
    expect([events, summary.end]).toEqual([[], 'parked']);
    vendor.reply = () => undefined;
    expect(told((await vendor.run()).events)).toEqual(['t0000 remove']);
  });

  test('by a scan that is stopped half-way', async () => {
    const vendor = await vendorOf(ABSENT, { '/things': named(25) });
    await vendor.run();
    const stop = new AbortController();
    const ran = await vendor.run({
      stop: stop.signal,
      onTransition: ({ to }) => {
        if (to === 'checkpointing') stop.abort();
      },
    });
    expect([ran.events, ran.summary.end]).toEqual([[], 'stopped']);
  });

  test('by a scan that asks only from some time on', async () => {
    const vendor = await vendorOf(ABSENT, { '/things': named(5) });
    const since = vendor.compile((definition) => {
      definition.streams.things.cursor = { query: { since: '${cursor}' }, start: '7d' };
    });
    await vendor.run({}, since);
    vendor.lists['/things'] = named(2);
    for (const now of [START + HOUR, START + DAY, START + 2 * DAY]) {
      const { events, asked } = await vendor.run({ now, full: now > START + DAY }, since);
      expect([events, asked[0]?.includes('since=')]).toEqual([[], true]);
    }
  });

  test('of what a list has that was begun anew because its link expired', async () => {
    const vendor = await vendorOf(ABSENT, { '/things': named(35) });
    await vendor.run();
    vendor.lists['/things'] = named(35).filter((_, index) => index !== 3);
    vendor.reply = (url, before) =>
      url.searchParams.get('$skip') === '20' && before === 0 ? { status: 410, body: {} } : undefined;
    const { events, summary, asked } = await vendor.run();
    expect(asked.filter((target) => target === '/things')).toHaveLength(2);
    expect([told(events), summary.end, summary.removed]).toEqual([['t0003 remove'], 'done', 1]);
  });
});

describe('a record that says of itself that it is gone', () => {
  const finding = (status: string, at: string, id = 'f') => ({
    id,
    status,
    at: `2026-01-15 ${at}`,
    severity: 'high',
  });

  async function play(...runs: Json[][]): Promise<string[][]> {
    const vendor = await vendorOf(FINDINGS, { '/findings': named(1), '/changes': [] });
    await vendor.run();
    const all: string[][] = [];
    for (const [index, changes] of runs.entries()) {
      vendor.lists['/changes'] = changes;
      const { events, summary } = await vendor.run({ now: START + (index + 1) * 60_000 });
      expect([summary.end, summary.dead]).toEqual(['done', 0]);
      all.push(told(events));
    }
    return all;
  }

  /** Records between two others, so that the second is on another page. */
  const apart = (one: Json, other: Json) => [one, ...named(PAGE - 1), other];

  test('is closed, and an older word of it that comes again does not open it', async () => {
    const [opened, fixed] = [finding('New', '10:00:00'), finding('Fixed', '11:00:00')];
    expect(await play([opened], [fixed], [opened], [fixed, opened], [finding('New', '12:00:00')])).toEqual([
      ['f create'],
      ['f remove'],
      [],
      [],
      ['f create'],
    ]);
  });

  test('of which nothing was known gives nothing', async () => {
    expect(await play([finding('Fixed', '11:00:00')], [])).toEqual([[], []]);
  });

  test.each([
    ['first', [finding('New', '11:00:00'), finding('Fixed', '11:00:00')]],
    ['last', [finding('Fixed', '11:00:00'), finding('New', '11:00:00')]],
  ] as const)('at one instant with its presence, told %s, is there', async (_, [one, other]) => {
    const open = [finding('New', '10:00:00')];
    // In one batch, where it was known and where not; on two pages; in two runs.
    expect(await play(open, [one, other], [one, other])).toEqual([['f create'], [], []]);
    expect((await play([one, other], [one, other])).map((run) => run.at(-1))).toEqual([
      'f create',
      undefined,
    ]);
    const left = (runs: string[][]) =>
      runs
        .flat()
        .filter((text) => text.startsWith('f '))
        .at(-1);
    expect(left(await play(apart(one, other)))).toBe('f create');
    expect(left(await play(open, apart(one, other)))).toBe('f create');
    expect(left(await play([one], [other]))).toBe('f create');
  });

  test('on one page after a later word that it is there, stays', async () => {
    const later = finding('New', '13:00:00');
    const open = [finding('New', '10:00:00')];
    expect(await play(open, apart(later, finding('Fixed', '12:00:00')), [])).toEqual([
      ['f create'],
      expect.not.arrayContaining(['f remove']),
      [],
    ]);
  });

  test('is not closed by an old word that comes again after a list without instants had it', async () => {
    const vendor = await vendorOf(FINDINGS, { '/findings': [], '/changes': [finding('New', '10:00:00')] });
    await vendor.run();
    const at = async (minute: number, changes: Json[]) => {
      vendor.lists['/changes'] = changes;
      return told((await vendor.run({ now: START + minute * 60_000 })).events);
    };
    expect(await at(1, [finding('New', '10:00:00')])).toEqual(['f create']);
    expect(await at(2, [finding('Fixed', '11:00:00')])).toEqual(['f remove']);
    vendor.lists['/findings'] = [{ id: 'f', severity: 'high' }];
    expect(told((await vendor.run({ full: true, now: START + 3 * 60_000 })).events)).toEqual(['f create']);
    expect(await at(4, [finding('Fixed', '11:00:00')])).toEqual([]);
    expect(await at(5, [finding('Fixed', '13:00:00')])).toEqual(['f remove']);
  });

  test('without an instant counts when it comes', async () => {
    const undated = {
      ...ABSENT,
      streams: { things: { ...ABSENT.streams.things, removed: { when: 'input.thing.status = "Fixed"' } } },
    };
    const vendor = await vendorOf(undated, { '/things': [{ id: 'f', status: 'New' }] });
    await vendor.run();
    vendor.lists['/things'] = [
      { id: 'f', status: 'New' },
      { id: 'f', status: 'Fixed' },
    ];
    expect(told((await vendor.run()).events)).toEqual(['f remove']);
    vendor.lists['/things'] = [...vendor.lists['/things'], { id: 'f', status: 'New' }];
    expect(told((await vendor.run()).events).at(-1)).toBe('f create');
  });
});

describe('a record that stands and falls with a joined one', () => {
  const WITH = {
    ...FINDINGS,
    streams: {
      findings: {
        ...FINDINGS.streams.findings,
        join: { machine: { endpoint: 'machines', on: { 'finding.machine': 'id' }, ignore_case: true } },
        removed: { absent: true, with: 'machine' },
      },
    },
  };
  const LISTS = {
    '/findings': [
      { id: 'f1', machine: 'A' },
      { id: 'f2', machine: 'b' },
      { id: 'f3', machine: 'A' },
      { id: 'f4', machine: 'nobody' },
    ],
    '/changes': [],
    '/machines': [{ id: 'a' }, { id: 'b' }],
  };

  test('is gone when that is, in the next run, and only then', async () => {
    const vendor = await vendorOf(WITH, { ...LISTS });
    const { events } = await vendor.run();
    expect(events.map(({ machine }) => machine?.id)).toEqual(['a', 'b', 'a', undefined]);
    expect((await vendor.run({ now: START + 1 })).events).toEqual([]);
    vendor.lists['/machines'] = [{ id: 'b' }];
    const { events: closed, summary } = await vendor.run({ now: START + 2 });
    expect(summary.scan).toContain('changes since');
    expect(told(closed)).toEqual(['f1 remove', 'f3 remove']);
    expect(closed[0].finding).toEqual({ id: 'f1', machine: 'A' });
    expect((await vendor.run({ now: START + 3 })).events).toEqual([]);
  });

  test('stays when the list of what is joined could not be had', async () => {
    const vendor = await vendorOf(WITH, { ...LISTS });
    const optional = vendor.compile((definition) => {
      definition.streams.findings.join.machine.optional = true;
    });
    await vendor.run({}, optional);
    vendor.lists['/machines'] = [];
    vendor.reply = (url) => (url.pathname === '/machines' ? { status: 403, body: {} } : undefined);
    const { events, summary } = await vendor.run({ now: START + 1 }, optional);
    expect([events, summary.end, summary.missing.map(({ code }) => code)]).toEqual([
      [],
      'done',
      ['permission-missing'],
    ]);
    vendor.reply = () => undefined;
    expect(told((await vendor.run({ now: START + 2 }, optional)).events)).toHaveLength(3);
  });
});

describe('a list whose pages move when a record leaves it', () => {
  const skipping = (size: number) => ({
    ...ABSENT,
    endpoints: {
      things: { ...ABSENT.endpoints.things, pagination: { type: 'odata_skip', page_size: size } },
    },
  });

  test('of several pages tells a record gone that two full scans did not list', async () => {
    const vendor = await vendorOf(skipping(10), { '/things': named(25) });
    await vendor.run();
    vendor.lists['/things'] = named(25).filter((_, index) => index !== 7 && index !== 12);
    expect((await vendor.run()).events).toEqual([]);
    // One of them had only been skipped.
    vendor.lists['/things'] = named(25).filter((_, index) => index !== 7);
    expect(told((await vendor.run()).events)).toEqual(['t0007 remove']);
    vendor.lists['/things'] = named(25).filter((_, index) => index !== 7 && index !== 12);
    expect((await vendor.run()).events).toEqual([]);
    expect(told((await vendor.run()).events)).toEqual(['t0012 remove']);
  });

  test('of one page tells it at once', async () => {
    const vendor = await vendorOf(skipping(30), { '/things': named(25) });
    await vendor.run();
    vendor.lists['/things'] = named(25).slice(1);
    expect(told((await vendor.run()).events)).toEqual(['t0000 remove']);
  });
});
