import { describe, expect, test } from 'vitest';
import type { Checkpoint } from '../../engine/checkpoint/checkpoint.ts';
import type { Commit, LaneStore } from '../../engine/checkpoint/lane-store.ts';
import type { Seen } from '../../engine/checkpoint/seen.ts';
import { EngineError } from '../../engine/errors.ts';
import { readJsonPage } from '../../engine/fetch/json-page.ts';
import { readingHere } from '../../engine/fetch/page-reader.ts';
import { RateLimiter } from '../../engine/fetch/rate-limit.ts';
import type { Walk, WalkStep } from '../../engine/fetch/walk.ts';
import { Lane } from '../../engine/run/lane.ts';
import { runLane } from '../../engine/run/run-lane.ts';
import type { DeadLetter } from '../../engine/write/dead-letters.ts';
import { NOTHING_AHEAD } from '../../engine/write/destination.ts';
import { endpointOf } from '../support/endpoint-of.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const NOW = Date.UTC(2026, 0, 1);

interface Options {
  /** Bodies of the pages, by walk begun: the last list is walked by all that follow. */
  walks: (unknown[] | EngineError)[][];
  before?: Checkpoint;
  /** What earlier runs have emitted. */
  seen?: Map<string, string>;
  destinations?: string[];
  /** Calls that fail, as they stand in the log: `a acknowledge`. */
  fails?: string[];
}

/** A lane over lists in memory, with a log of all that it does to what it writes to, in order. */
async function laneOver({ walks, before, seen = new Map(), destinations = ['a', 'b'], fails = [] }: Options) {
  const { connector, endpoint } = await endpointOf();
  const { things } = connector.streams;
  const mapping = things?.mappings.get('own');
  if (!things || !mapping) throw new Error('no stream');
  const stream = { ...things, onlyNew: { when: undefined as never, field: ['born'], name: 'thing.born' } };
  const log: string[] = [];
  const commits: Commit[] = [];
  const dead: DeadLetter[] = [];
  const note = (entry: string) => {
    log.push(entry);
    if (fails.includes(entry))
      throw new EngineError({ code: 'x-fails', kind: 'destination', message: `${entry} fails` });
  };
  const output = (name: string) => ({
    name,
    recover: async (position: unknown) => {
      note(`${name} recover ${JSON.stringify(position ?? {})}`);
      return NOTHING_AHEAD;
    },
    write: async (lines: unknown) => {
      if (Array.isArray(lines)) dead.push(...lines);
      note(`${name} write`);
    },
    acknowledge: async () => {
      note(`${name} acknowledge`);
      return { file: name, length: log.length };
    },
    seal: async () => {
      note(`${name} seal`);
      return {};
    },
    close: async () => note(`${name} close`),
  });
  let committed = before;
  const staged: Seen[] = [];
  const store: LaneStore = {
    id: 'lane',
    fellBack: false,
    damage: [],
    checkpoint: () => committed,
    committedAt: () => undefined,
    isUncertain: false,
    generation: 1,
    skipTo: () => {},
    find: (key) => {
      const hash = seen.get(key);
      return hash === undefined ? undefined : { id: 1, hash, version: 0, state: 'known' };
    },
    greatestId: 0,
    ids: () => [],
    kept: () => [],
    keptOf: () => [],
    stage: (entry) => {
      staged.push(entry);
      seen.set(entry.key, entry.hash);
    },
    commit: (commit) => {
      note('commit');
      commits.push({ ...commit, seen: staged.splice(0) });
      committed = commit.checkpoint;
    },
    close: () => note('store close'),
  };
  let begun = 0;
  const lane = new Lane({
    name: 'acme/things',
    stream,
    mapping,
    store,
    destinations: destinations.map(output),
    deadLetters: output('dead') as never,
    joins: () => [],
    lookups: [],
    round: () => {
      throw new Error('nothing is looked up');
    },
    groupTable: () => {
      throw new Error('nothing is grouped');
    },
    settings: {},
    connection: 'acme',
    form: { check: () => undefined, textOf: (event) => JSON.stringify(event) },
    mapThread: () => undefined,
    isRecordKnown: true,
    isOnlyNew: false,
    isFullAsked: false,
    isRollbackAccepted: false,
    needed: undefined,
    pages: readingHere,
    now: NOW,
    mappingNow: undefined,
    walk: async () => walkOf(walks[Math.min(begun++, walks.length - 1)] ?? [], endpoint),
    random: () => 0,
    isPoisonSkipped: false,
    rateLimiter: () => new RateLimiter([], new SimulatedClock()),
  });
  return { lane, log, commits, dead, begun: () => begun };
}

function walkOf(pages: readonly (unknown[] | EngineError)[], endpoint: unknown): Walk {
  let at = 0;
  const step = async (): Promise<WalkStep> => {
    const page = pages[at++];
    if (page === undefined) return { type: 'end' };
    if (page instanceof EngineError) throw page;
    const bytes = Buffer.from(JSON.stringify(page));
    return {
      type: 'page',
      page: { number: at, records: readJsonPage(bytes, []), fetchedAt: NOW, bytes: bytes.length },
    };
  };
  return { endpoint, prepare: async () => {}, step, abandon: () => {} } as unknown as Walk;
}

async function runIt(options: Options) {
  const made = await laneOver(options);
  const clock = new SimulatedClock(NOW);
  const result = await clock.run(runLane(made.lane, { name: 'x', clock }));
  return { ...made, result };
}

const keysOf = ({ seen }: Commit) => (seen ?? []).map(({ key }) => key);

describe('the order of delivery', () => {
  test('is recover, write, acknowledge by all, commit; then the next page', async () => {
    const { log, lane, result } = await runIt({ walks: [[[{ id: 1 }], [{ id: 2 }, { nokey: true }]]] });
    expect(result).toEqual({ end: 'done' });
    await lane.close();
    const acknowledged = ['a acknowledge', 'b acknowledge', 'dead acknowledge', 'commit'];
    expect(log.slice(0, -7)).toEqual([
      ...['a', 'b', 'dead'].map((name) => `${name} recover {}`),
      ...['a write', 'b write', ...acknowledged],
      ...['a write', 'b write', 'dead write', ...acknowledged],
      ...acknowledged,
    ]);
    expect(log.at(-1)).toBe('store close');
    expect(log.slice(-7, -1).sort()).toEqual([
      'a close',
      'a seal',
      'b close',
      'b seal',
      'dead close',
      'dead seal',
    ]);
  });

  test.each(['a write', 'b write', 'a acknowledge', 'b acknowledge', 'dead acknowledge'])(
    'nothing is committed when %s fails',
    async (failing) => {
      const { commits, result } = await runIt({ walks: [[[{ id: 1 }, { nokey: true }]]], fails: [failing] });
      expect(result).toMatchObject({ end: 'failed', problem: { kind: 'destination' } });
      expect(commits).toEqual([]);
    },
  );

  test('what was acknowledged but not committed is brought back, not sealed', async () => {
    const { log, lane } = await runIt({ walks: [[[{ id: 1 }]]], fails: ['commit'] });
    await lane.close();
    const closing = log.slice(log.indexOf('commit') + 1);
    expect(closing.filter((entry) => entry.endsWith('seal'))).toEqual([]);
    expect(closing).toContain('a recover {}');
  });

  test('what was written but not acknowledged is left to the seal, which cuts it off', async () => {
    const { log, lane } = await runIt({ walks: [[[{ id: 1 }]]], fails: ['b write'] });
    await lane.close();
    expect(log.slice(log.indexOf('b write') + 1)).toContain('a seal');
  });

  test('a destination that cannot be sealed keeps nothing else open, and is told', async () => {
    const { log, lane } = await runIt({ walks: [[[{ id: 1 }]]], fails: ['a seal'] });
    await expect(lane.close()).rejects.toThrow('a seal fails');
    for (const entry of ['a close', 'b seal', 'b close', 'dead close', 'store close'])
      expect(log).toContain(entry);
  });
});

describe('the checkpoint', () => {
  const before: Checkpoint = {
    version: 1,
    destinations: { a: { file: 'old-a', length: 3 }, elsewhere: { file: 'part', length: 7 } },
    counters: { pages: 1, records: 10, events: 9, unchanged: 0, filtered: 0, dead: 1 },
  };

  test('gives each destination its own position, and keeps those of destinations that are not written to', async () => {
    const { log, commits } = await runIt({ walks: [[[{ id: 1 }]]], before });
    expect(log.slice(0, 2)).toEqual(['a recover {"file":"old-a","length":3}', 'b recover {}']);
    expect(commits[0]?.checkpoint.destinations).toMatchObject({
      a: { file: 'a' },
      b: { file: 'b' },
      dead: { file: 'dead' },
      elsewhere: { file: 'part', length: 7 },
    });
  });

  test('counts on from run to run, and every record of a page once', async () => {
    const page = [{ id: 1 }, { id: 1 }, { id: 2 }, { nokey: true }];
    const { commits } = await runIt({ walks: [[page, page]], before });
    const { records, events, unchanged, filtered, dead } =
      commits.at(-1)?.checkpoint.counters ?? before.counters;
    expect({ records, events, unchanged, filtered, dead }).toEqual({
      records: 10 + 8,
      events: 9 + 2,
      unchanged: 4,
      filtered: 0,
      dead: 1 + 2,
    });
  });

  test('remembers what was emitted, and nothing else', async () => {
    const { commits } = await runIt({
      walks: [[[{ id: 'x' }, { nokey: true }, { id: '' }, { id: null }], [{ id: 7 }]]],
    });
    expect(commits.map(keysOf)).toEqual([['x'], ['7'], []]);
  });
});

describe('the newest record emitted', () => {
  const page = (id: number, born: string) => [{ id, born }];
  const broken = new EngineError({ code: 'x', kind: 'contract', message: 'it breaks off' });

  test('is remembered when the scan ends, with what a run emitted that broke off before', async () => {
    const seen = new Map<string, string>();
    const pages = [page(1, '2026-01-09T00:00:00Z'), page(2, '2026-01-02T00:00:00Z')];
    const first = await runIt({ walks: [[...pages.slice(0, 1), broken]], seen });
    expect(first.result.end).toBe('parked');
    expect(first.commits.at(-1)?.checkpoint.newest).toBeUndefined();
    const second = await runIt({ walks: [pages], seen });
    expect(second.commits.at(-1)?.checkpoint.newest).toEqual({
      'thing.born': '2026-01-09T00:00:00.000000000Z',
    });
  });
});

describe('a record', () => {
  test('that comes twice comes out once: in a batch, in a page, and on different pages', async () => {
    const many = Array.from({ length: 700 }, (_, id) => ({ id }));
    const { lane } = await runIt({
      walks: [
        [
          [{ id: 'a' }, { id: 'a' }],
          [...many, { id: 0 }],
          [{ id: 'a' }, { id: 699 }, { id: 'b' }],
        ],
      ],
    });
    expect(lane.counters).toMatchObject({
      records: 2 + 701 + 3,
      events: 1 + 700 + 1,
      unchanged: 1 + 1 + 2,
      dead: 0,
    });
  });

  test('that changes on the way comes out in both of its forms', async () => {
    const { lane } = await runIt({
      walks: [
        [
          [
            { id: 1, v: 1 },
            { id: 1, v: 2 },
          ],
          [{ id: 1, v: 3 }],
        ],
      ],
    });
    expect(lane.counters.events).toBe(3);
  });

  test('without a key is kept with its reason', async () => {
    const { dead } = await runIt({ walks: [[[{ id: '', name: 'x' }, 'text', 7, null, []]]] });
    expect(dead).toHaveLength(5);
    for (const letter of dead)
      expect(letter).toMatchObject({
        stage: 'join',
        code: 'record-without-key',
        message: 'the record has no `id`',
        lane: 'acme/things',
      });
    expect(dead.map(({ record }) => record)).toEqual([{ id: '', name: 'x' }, 'text', 7, null, []]);
  });
});

describe('a link that is no longer good', () => {
  const expired = new EngineError({
    code: 'page-link-expired',
    kind: 'transient',
    message: 'gone',
    retry: 'backoff',
  });

  test('begins the list anew, and what was seen does not come again', async () => {
    const { result, lane, begun } = await runIt({
      walks: [
        [[{ id: 1 }], expired],
        [[{ id: 1 }], [{ id: 2 }]],
      ],
    });
    expect(result).toEqual({ end: 'done' });
    expect(begun()).toBe(2);
    expect(lane.counters).toMatchObject({ events: 2, unchanged: 1, retries: 1 });
  });

  test('begins it anew once only: a link that never lives long enough would go round for ever', async () => {
    const { result, begun } = await runIt({ walks: [[[{ id: 1 }], expired]] });
    expect(result).toMatchObject({ end: 'parked', problem: { code: 'page-link-expired', kind: 'contract' } });
    expect(result.problem?.fix).toContain('larger pages');
    expect(begun()).toBe(2);
  });
});
