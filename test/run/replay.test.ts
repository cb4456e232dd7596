import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Connector } from '../../engine/compile/connector.ts';
import { nodeFiles } from '../../engine/files.ts';
import { type ReplayReport, type ReplayRunRequest, replay } from '../../engine/replay.ts';
import type { DeadLetter } from '../../engine/write/dead-letters.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { type Directories, filesIn, type Json, type Loose, readNdjson } from '../support/tenant.ts';
import { START, startVendor, type Told, type Vendor } from '../support/vendor.ts';

const LINKED = { records: 'value', key: 'id', pagination: { type: 'odata_next_link' } };
const THINGS = {
  endpoints: { things: { ...LINKED, path: '/things' }, owners: { ...LINKED, path: '/owners' } },
  streams: {
    things: {
      record: { thing: 'things' },
      join: { owner: { endpoint: 'owners', on: { 'thing.owner': 'id' } } },
    },
  },
};

/** Maps no record whose field `bad` is among the causes. */
const failingFor = (...causes: string[]) =>
  `{"class_uid": 5001, "unmapped": **[bad in ${JSON.stringify(causes)}] ? $error("no such thing") : $}`;

/** Things of which every third is bad, and their owners. */
const things = (count: number, more: Json = {}): Json[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `t${String(index).padStart(2, '0')}`,
    owner: `o${index % 2}`,
    ...(index % 3 === 0 && { bad: 'x' }),
    ...more,
  }));

interface Broken {
  vendor: Vendor;
  mended: Connector;
}

/** After a run with a mapping that fails for every third of 12 things. */
async function broken(definition: Loose = THINGS): Promise<Broken> {
  const vendor = await startVendor(definition, failingFor('x', 'y'));
  vendor.lists = { '/things': things(12), '/owners': [{ id: 'o0' }, { id: 'o1', name: 'One' }] };
  const { summary } = await vendor.run();
  expect(summary).toMatchObject({ end: 'done', events: 8, dead: 4 });
  return { vendor, mended: vendor.compile(() => {}, failingFor()) };
}

function play(
  vendor: Vendor,
  connector: Connector,
  request: Partial<ReplayRunRequest> = {},
  { state, out }: Directories = vendor,
): Promise<ReplayReport> {
  const base = { env: vendor.env, settings: {}, secrets: {}, to: [`ndjson:${out}`], state, now: vendor.now };
  return replay(connector, { ...base, replay: {}, ...request });
}

const sealed = (directory: string): Json[] =>
  filesIn(directory)
    .filter((file) => file.endsWith('.ndjson'))
    .flatMap(readNdjson);
const events = (out: string): Told[] => sealed(out).map(({ unmapped }) => unmapped);
const letters = (out: string) => sealed(join(out, 'dead')) as unknown as DeadLetter[];
const ids = (told: readonly Told[]) => told.map(({ thing }) => thing.id).sort();
const BAD = ['t00', 't03', 't06', 't09'];

describe('a replay', () => {
  test('delivers what failed with its joins, as the run would have, and takes the letters away', async () => {
    const { vendor, mended } = await broken();
    const other = await startVendor(THINGS, failingFor());
    other.lists = vendor.lists;
    const expected = (await other.run()).events.filter(({ thing }) => BAD.includes(thing.id));
    const report = await play(vendor, mended);
    expect(report.lanes).toMatchObject([
      { end: 'done', stream: 'things', records: 4, events: 4, unchanged: 0, dead: 0, scan: 'dead letters' },
    ]);
    expect(report).toMatchObject({ remaining: {}, unreadable: [] });
    expect(filesIn(join(vendor.out, 'dead'))).toEqual([]);
    const played = events(vendor.out).filter(({ thing }) => BAD.includes(thing.id));
    expect(played.sort((a, b) => (a.thing.id < b.thing.id ? -1 : 1))).toEqual(expected);
    expect(ids(events(vendor.out))).toEqual(things(12).map(({ id }) => id));
  });

  test('asks the vendor for what is joined, and for nothing of its own', async () => {
    const { vendor, mended } = await broken();
    const asked: string[] = [];
    vendor.reply = ({ pathname }) => {
      asked.push(pathname);
      return undefined;
    };
    await play(vendor, mended);
    expect(asked).toEqual(['/owners']);
  });

  test('changes nothing when it is repeated, and a run after it finds all of it known', async () => {
    const { vendor, mended } = await broken();
    await play(vendor, mended);
    const before = sealed(vendor.out);
    expect((await play(vendor, mended)).lanes).toEqual([]);
    const { summary } = await vendor.run({}, mended);
    expect(summary).toMatchObject({ end: 'done', records: 12, unchanged: 12, events: 0, dead: 0 });
    expect(sealed(vendor.out)).toEqual(before);
  });

  test('keeps what fails again once, with the new reason and what is known of the record', async () => {
    const { vendor } = await broken();
    const [before] = letters(vendor.out);
    const worse = vendor.compile(
      () => {},
      '{"class_uid": 5001, "unmapped": thing.id = "t03" ? $ : $number("x")}',
    );
    const report = await play(vendor, worse, { now: START + 5_000 });
    expect(report.lanes).toMatchObject([{ end: 'done', records: 4, events: 1, dead: 3 }]);
    expect(report.remaining).toEqual({ 'acme/things': 3 });
    const after = letters(vendor.out);
    expect(after.map(({ key }) => key)).toEqual(['t00', 't06', 't09']);
    expect(after[0]).toEqual({
      ...before,
      code: 'map-d3030',
      message: expect.stringContaining('number'),
      where: expect.stringContaining('own.jsonata:1:'),
      mapping: expect.stringMatching(/^[0-9a-f]{16}$/),
      attempts: 2,
      triedAt: '2026-01-15T12:00:05.000Z',
    });
    expect(after[0]?.mapping).not.toBe(before?.mapping);
    await play(vendor, worse);
    expect(letters(vendor.out).map(({ attempts }) => attempts)).toEqual([3, 3, 3]);
  });

  test('is followed by runs that go on from where they were: nothing of time is moved, nothing found gone', async () => {
    const definition = structuredClone(THINGS) as Loose;
    definition.streams.things.cursor = { field: 'thing.at', filter: 'at ge ${cursor}', sweep: '24h' };
    definition.streams.things.removed = { absent: true };
    const vendor = await startVendor(definition, failingFor('x'));
    const at = (minutes: number) => ({ at: new Date(START - minutes * 60_000).toISOString() });
    vendor.lists = { '/things': things(12, at(30)), '/owners': [] };
    await vendor.run();
    const mended = vendor.compile(() => {}, failingFor());
    vendor.now += 3 * 24 * 3_600_000;
    await play(vendor, mended);
    vendor.now = START + 60_000;
    const { summary, asked } = await vendor.run({}, mended);
    expect(asked[1]).toContain('ge%202026-01-15T10:30:00Z');
    expect(summary).toMatchObject({ end: 'done', events: 0, unchanged: 12, removed: 0 });
  });

  test('counts letters over: the totals of the lane are those of a run in which nothing failed', async () => {
    const { vendor, mended } = await broken();
    await play(vendor, mended);
    const other = await startVendor(THINGS, failingFor());
    other.lists = vendor.lists;
    await other.run();
    await play(other, other.connector);
    expect(countersOf(vendor.state)).toEqual({ ...countersOf(other.state), pages: expect.any(Number) });
    expect(countersOf(vendor.state)).toMatchObject({ records: 12, events: 12, dead: 0 });
  });

  test('leaves letters of other codes, stages and lanes byte for byte where they are', async () => {
    const { vendor, mended } = await broken();
    const [file] = filesIn(join(vendor.out, 'dead'));
    const text = readFileSync(file as string, 'utf8');
    const [first, second, ...rest] = text.trimEnd().split('\n') as [string, string];
    const other = first.replace('"map-d3137"', '"map-other" ');
    const foreign = second.replace('"acme/things"', '"acme/things.copy"');
    writeFileSync(file as string, `${[other, foreign, ...rest].join('\n')}\n`);
    expect((await play(vendor, mended, { replay: { codes: ['map-none'] } })).lanes).toEqual([]);
    expect((await play(vendor, mended, { replay: { stages: ['lookup'] } })).lanes).toEqual([]);
    const { lanes, remaining } = await play(vendor, mended, {
      replay: { codes: ['map-d3137'], stages: ['map'] },
    });
    expect(lanes).toMatchObject([{ records: 2, events: 2 }]);
    expect(readFileSync(file as string, 'utf8')).toBe(`${other}\n${foreign}\n`);
    expect(remaining).toEqual({ 'acme/things': 1, 'acme/things.copy': 1 });
  });

  test('of letters without the state that they came from is refused', async () => {
    const { vendor, mended } = await broken();
    const before = letters(vendor.out);
    const { lanes } = await play(vendor, mended, { state: join(temporaryDirectory(), 'elsewhere') });
    expect(lanes).toMatchObject([
      { end: 'failed', problem: { code: 'replay-without-state', kind: 'state' } },
    ]);
    expect(letters(vendor.out)).toEqual(before);
    expect(events(vendor.out)).toHaveLength(8);
  });

  test('whose joins cannot be had is parked, and takes no letter', async () => {
    const { vendor, mended } = await broken();
    vendor.reply = () => ({ status: 403, body: { error: { code: 'Forbidden' } } });
    const before = letters(vendor.out);
    const { lanes } = await play(vendor, mended);
    expect(lanes).toMatchObject([{ end: 'parked', events: 0, problem: { kind: 'permission' } }]);
    expect(letters(vendor.out)).toEqual(before);
  });
});

describe('an older record never comes after a newer one', () => {
  test('that a later run has delivered: the letter is outdone', async () => {
    const { vendor, mended } = await broken();
    vendor.lists['/things'] = things(12, { n: 2 });
    await vendor.run({}, mended);
    const before = sealed(vendor.out);
    const { lanes } = await play(vendor, mended);
    expect(lanes).toMatchObject([{ end: 'done', records: 4, unchanged: 4, events: 0 }]);
    expect(letters(vendor.out)).toEqual([]);
    expect(sealed(vendor.out)).toEqual(before);
  });

  test('of which there is a letter: the newest of each record is played, the others go with it', async () => {
    const { vendor, mended } = await broken();
    vendor.lists['/things'] = things(12, { n: 2 });
    await vendor.run({ now: START + 1_000 });
    vendor.lists['/things'] = things(12, { n: 3 });
    await vendor.run({ now: START + 2_000 });
    expect(letters(vendor.out)).toHaveLength(12);
    const { lanes } = await play(vendor, mended);
    expect(lanes).toMatchObject([{ records: 12, events: 4, unchanged: 8 }]);
    expect(countersOf(vendor.state)).toMatchObject({ records: 36, events: 28, unchanged: 8, dead: 0 });
    expect(letters(vendor.out)).toEqual([]);
    const bad = events(vendor.out).filter(({ thing }) => thing.bad);
    expect(bad.map(({ thing }) => [thing.id, thing.n])).toEqual(BAD.map((id) => [id, 3]));
  });

  test('of which there is a letter that fails again: all of them stay', async () => {
    const { vendor } = await broken();
    vendor.lists['/things'] = things(12, { n: 2 });
    await vendor.run({ now: START + 1_000 });
    const { lanes } = await play(vendor, vendor.connector);
    expect(lanes).toMatchObject([{ records: 4, events: 0, dead: 4 }]);
    expect(letters(vendor.out)).toHaveLength(8);
    expect(letters(vendor.out).map(({ attempts }) => attempts)).toEqual([...Array(4), ...Array(4).fill(2)]);
  });

  test('and an update that failed comes after what was delivered before it', async () => {
    const vendor = await startVendor(THINGS, failingFor('x'));
    vendor.lists = { '/things': [{ id: 'a', owner: 'o0' }], '/owners': [] };
    await vendor.run();
    vendor.lists['/things'] = [{ id: 'a', owner: 'o0', bad: 'x' }];
    await vendor.run();
    expect(letters(vendor.out)).toMatchObject([{ key: 'a', change: 'update', version: 1 }]);
    await play(
      vendor,
      vendor.compile(() => {}, failingFor()),
    );
    expect(events(vendor.out).map(({ thing, change }) => [thing.bad, change.type])).toEqual([
      [undefined, 'create'],
      ['x', 'update'],
    ]);
  });

  test('where a letter does not say what was delivered before it: what was delivered stands', async () => {
    const { vendor, mended } = await broken();
    vendor.lists['/things'] = things(6, { n: 2 });
    await vendor.run({}, mended);
    const [file = ''] = filesIn(join(vendor.out, 'dead'));
    const old = letters(vendor.out).map(({ version: _, state: __, ...letter }) => JSON.stringify(letter));
    writeFileSync(file, `${old.join('\n')}\n`);
    const { lanes } = await play(vendor, mended);
    expect(lanes).toMatchObject([{ records: 4, unchanged: 2, events: 2 }]);
    expect(events(vendor.out).filter(({ thing }) => thing.id === 't00')).toMatchObject([{ thing: { n: 2 } }]);
  });
});

describe('letters of all kinds are played', () => {
  test('groups, as they were when they failed', async () => {
    const definition = {
      endpoints: { alerts: { ...LINKED, path: '/alerts' } },
      streams: { incidents: { record: { incident: 'alerts' }, group: { by: 'number', as: 'alerts' } } },
    };
    const vendor = await startVendor(definition, failingFor('x'));
    const alerts = Array.from({ length: 25 }, (_, n) => ({
      id: `a${n}`,
      number: n % 5,
      ...(n % 5 === 2 && { bad: 'x' }),
    }));
    vendor.lists = { '/alerts': alerts };
    expect((await vendor.run()).summary).toMatchObject({ events: 4, dead: 1 });
    const mended = vendor.compile(() => {}, failingFor());
    expect((await play(vendor, mended)).lanes).toMatchObject([{ records: 1, events: 1 }]);
    const played = events(vendor.out).find(({ incident }) => incident.number === '2');
    expect(played.incident.alerts).toHaveLength(5);
    expect((await vendor.run({}, mended)).summary).toMatchObject({ events: 0, unchanged: 5 });
  });

  test('those whose question had no answer', async () => {
    const vendor = await startVendor({
      endpoints: { things: { ...LINKED, path: '/things' }, details: { path: '/things/${input.thing.id}' } },
      streams: { things: { record: { thing: 'things' }, lookup: { details: { endpoint: 'details' } } } },
    });
    vendor.lists = { '/things': [{ id: 'a' }, { id: 'b' }] };
    const answers = new Set(['/things/a']);
    vendor.reply = ({ pathname }) => {
      if (pathname === '/things') return undefined;
      return answers.has(pathname) ? { body: { size: 1 } } : { status: 400, body: {} };
    };
    expect((await vendor.run()).summary).toMatchObject({ events: 1, dead: 1 });
    expect(letters(vendor.out)).toMatchObject([{ stage: 'lookup', key: 'b' }]);
    answers.add('/things/b');
    expect((await play(vendor, vendor.connector)).lanes).toMatchObject([{ events: 1, dead: 0 }]);
    expect(events(vendor.out).map(({ thing, details }) => [thing.id, details.size])).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });

  test('those without a key, once the connector names the right one', async () => {
    const vendor = await startVendor(THINGS);
    vendor.lists = { '/things': [{ id: 'a', owner: 'o0' }, { name: 'b' }], '/owners': [] };
    await vendor.run();
    expect((await play(vendor, vendor.connector)).lanes).toMatchObject([{ records: 1, dead: 1 }]);
    expect(letters(vendor.out)).toMatchObject([{ stage: 'join', code: 'record-without-key', attempts: 2 }]);
    const named = vendor.compile(({ endpoints }) => {
      endpoints.things.key = 'name';
    });
    expect((await play(vendor, named)).lanes).toMatchObject([{ records: 1, events: 1 }]);
    expect(letters(vendor.out)).toEqual([]);
  });

  test('but removals: whether a record is still gone only a whole list tells', async () => {
    const definition = structuredClone(THINGS) as Loose;
    definition.streams.things.removed = { absent: true };
    const vendor = await startVendor(
      definition,
      '{"class_uid": 5001, "unmapped": change.type = "remove" ? $error("no removals") : $}',
    );
    vendor.lists = { '/things': things(12), '/owners': [] };
    await vendor.run();
    vendor.lists['/things'] = things(12).slice(2);
    await vendor.run();
    expect(letters(vendor.out)).toMatchObject([{ change: 'remove' }, { change: 'remove' }]);
    const mended = vendor.compile(() => {}, failingFor());
    expect((await play(vendor, mended)).lanes).toMatchObject([{ records: 0, events: 0 }]);
    expect(letters(vendor.out)).toHaveLength(2);
    expect((await vendor.run({}, mended)).summary).toMatchObject({ removed: 2 });
    expect((await play(vendor, mended)).lanes).toMatchObject([{ records: 2, unchanged: 2 }]);
    expect(letters(vendor.out)).toEqual([]);
  });

  test('in pages of one time of fetching, which is the time that the mapping gets', async () => {
    const vendor = await startVendor(THINGS, '{"class_uid": $error("none")}');
    vendor.lists = { '/things': things(3), '/owners': [] };
    await vendor.run({ now: START });
    vendor.lists['/things'] = [{ id: 'later', owner: 'o0' }];
    await vendor.run({ now: START + 60_000 });
    const mended = vendor.compile(
      () => {},
      '{"class_uid": 5001, "unmapped": {"thing": thing, "at": $millis()}}',
    );
    const { now: _, ...request } = {
      now: 0,
      env: vendor.env,
      settings: {},
      secrets: {},
      state: vendor.state,
    };
    await replay(mended, { ...request, to: [`ndjson:${vendor.out}`], replay: {} });
    expect(events(vendor.out).map(({ thing, at }) => [thing.id, at])).toEqual([
      ['t00', START],
      ['t01', START],
      ['t02', START],
      ['later', START + 60_000],
    ]);
  });
});

describe('killed', () => {
  const image = (from: Directories, to: string): Directories => {
    for (const folder of ['state', 'out'] as const)
      if (existsSync(from[folder])) cpSync(from[folder], join(to, folder), { recursive: true });
    return { state: join(to, 'state'), out: join(to, 'out') };
  };

  test('at any transition, a replay is followed by one that delivers each letter once and leaves none', async () => {
    const { vendor, mended } = await broken();
    const home = temporaryDirectory();
    const images: { at: string; directories: Directories }[] = [];
    const before = image(vendor, join(home, 'before'));
    await play(vendor, mended, {
      onTransition: ({ from, to }) => {
        const directories = image(vendor, join(home, String(images.length)));
        images.push({ at: `${images.length} ${from} -> ${to}`, directories });
      },
    });
    expect(images.length).toBeGreaterThan(10);
    const whole = sealed(vendor.out);
    images.push({ at: 'before', directories: before });
    for (const { at, directories } of images) {
      const { lanes } = await play(vendor, mended, {}, directories);
      expect([at, lanes[0]?.end, lanes[0]?.problem]).toEqual([at, 'done', undefined]);
      expect([at, sorted(sealed(directories.out))]).toEqual([at, sorted(whole)]);
      expect([at, filesIn(join(directories.out, 'dead'))]).toEqual([at, []]);
      const { summary } = await vendor.run({}, mended, directories);
      expect([at, summary.end, summary.events, summary.unchanged]).toEqual([at, 'done', 0, 12]);
      expect(readdirSync(directories.out).filter((name) => name.endsWith('.open'))).toEqual([]);
    }
  });

  test('while it rewrites the letters, or with a disk that refuses that, nothing comes twice and nothing is lost', async () => {
    const { vendor, mended } = await broken();
    const [file = ''] = filesIn(join(vendor.out, 'dead'));
    const text = readFileSync(file, 'utf8');
    for (const operation of ['replace', 'remove', 'syncDirectory', 'readBytes'] as const) {
      const directories = image(vendor, temporaryDirectory());
      let isFailing = false;
      const files = {
        ...nodeFiles,
        [operation]: async (path: string, content: string) => {
          const isDead = path.startsWith(join(directories.out, 'dead'));
          if (isDead && isFailing) throw Object.assign(new Error('EIO: the disk'), { code: 'EIO' });
          return (nodeFiles[operation] as (path: string, content: string) => Promise<unknown>)(path, content);
        },
      };
      // A line that stays makes it a replacement.
      const dead = join(directories.out, 'dead', file.split('/').pop() ?? '');
      if (operation === 'replace')
        writeFileSync(dead, `${text}${text.split('\n')[0]?.replace('acme/things', 'acme/x')}\n`);
      const { lanes } = await play(
        vendor,
        mended,
        {
          env: { ...vendor.env, files },
          onTransition: ({ to }) => {
            isFailing = to === 'done';
          },
        },
        directories,
      ).catch((error) => ({ lanes: [{ end: 'failed', problem: { kind: error.kind } }] }));
      expect([operation, lanes[0]?.end, lanes[0]?.problem?.kind]).toEqual([
        operation,
        'failed',
        'destination',
      ]);
      const { remaining } = await play(vendor, mended, {}, directories);
      expect([operation, remaining]).toEqual([operation, operation === 'replace' ? { 'acme/x': 1 } : {}]);
      expect([operation, ids(events(directories.out))]).toEqual([operation, things(12).map(({ id }) => id)]);
    }
  });

  test('between its commit and the end of its letters, it is made good although runs have forgotten the records since', async () => {
    const definition = {
      endpoints: { things: { ...LINKED, path: '/things' } },
      streams: {
        things: {
          record: { thing: 'things' },
          cursor: {
            field: 'thing.at',
            query: { since: '${cursor}' },
            start: '1h',
            overlap: '10m',
            sweep: 'never',
          },
        },
      },
    };
    const vendor = await startVendor(definition, failingFor('x'));
    const at = (minutes: number) => new Date(START + minutes * 60_000).toISOString();
    vendor.lists = { '/things': [{ id: 'a', at: at(-5), bad: 'x' }] };
    await vendor.run();
    const mended = vendor.compile(() => {}, failingFor());
    const [file = ''] = filesIn(join(vendor.out, 'dead'));
    const text = readFileSync(file, 'utf8');
    await play(vendor, mended);
    writeFileSync(file, text);
    for (const minutes of [60, 120]) {
      vendor.lists['/things'] = [{ id: `b${minutes}`, at: at(minutes - 1) }];
      await vendor.run({ now: START + minutes * 60_000 }, mended);
    }
    expect((await play(vendor, mended)).lanes).toMatchObject([{ records: 1, unchanged: 1 }]);
    expect(ids(events(vendor.out))).toEqual(['a', 'b120', 'b60']);
  });

  test('in a run, letters that were written but never committed are not played', async () => {
    const { vendor, mended } = await broken();
    const name = filesIn(join(vendor.out, 'dead'))[0]?.split('/').pop() ?? '';
    const open = `${name.replace(/-\d+\.ndjson$/, '-99.ndjson')}.open`;
    writeFileSync(join(vendor.out, 'dead', open), readFileSync(join(vendor.out, 'dead', name)));
    expect((await play(vendor, mended)).lanes).toMatchObject([{ records: 4, events: 4 }]);
    expect(filesIn(join(vendor.out, 'dead'))).toEqual([]);
  });
});

describe('a file of dead letters is data that anyone may have written', () => {
  /** Lines that are no letters, and what is said of each. */
  const HOSTILE: [string, string][] = [
    ['not json', 'is not JSON that can be read'],
    ['{"at": "2026', 'is cut off'],
    [`${'['.repeat(200)}${']'.repeat(200)}`, 'is not JSON that can be read'],
    ['[]', 'is no dead letter: `lane`'],
    ['"text"', 'is no dead letter: `lane`'],
    [
      '{"__proto__": {"lane": "acme/things", "stage": "map", "code": "c", "message": "m"}}',
      'is no dead letter: `lane`',
    ],
    [
      '{"lane":"acme/things","stage":"map","code":"c","message":"m","at":"2026-01-15T12:00:00Z"}',
      'is no dead letter: `record`',
    ],
    [
      '{"lane":"acme/things","stage":"map","code":"c","message":"m","at":"yesterday","record":{"id":"z"}}',
      'is no dead letter: `at`',
    ],
    [
      '{"lane":"acme/things","stage":"map","code":"c","message":"m","at":"2026-01-15T12:00:00Z","version":-1,"record":{}}',
      'is no dead letter: `version`',
    ],
    ['{"class_uid": 5001, "unmapped": {}}', 'is no dead letter: `lane`'],
  ];

  test('what is no letter is named with its line and kept, the others are played', async () => {
    const { vendor, mended } = await broken();
    const [file = ''] = filesIn(join(vendor.out, 'dead'));
    const good = readFileSync(file, 'utf8').trimEnd().split('\n');
    const mixed = HOSTILE.flatMap(([line], index) => [line, ...good.slice(index, index + 1), '']);
    const invalid = Buffer.from([0x22, 0xff, 0x22]);
    writeFileSync(file, Buffer.concat([Buffer.from(`${mixed.join('\n')}\n`), invalid]));
    const { lanes, unreadable } = await play(vendor, mended);
    expect(lanes).toMatchObject([{ end: 'done', records: 4, events: 4 }]);
    expect(unreadable.slice(0, -1).map(({ problem }) => problem)).toEqual(
      HOSTILE.map(([, said]) => expect.stringContaining(said)),
    );
    const kept = readFileSync(file);
    expect(kept.subarray(-4)).toEqual(Buffer.concat([invalid, Buffer.from('\n')]));
    const lines = kept.subarray(0, -4).toString().split('\n');
    expect(lines.filter((line) => line !== '')).toEqual(HOSTILE.map(([line]) => line));
    const named = unreadable.slice(0, -1).map(({ file: path, line }) => [path, lines[line - 1]]);
    expect(named).toEqual(HOSTILE.map(([line]) => [file, line]));
    expect(({} as Json)['lane']).toBeUndefined();
  });

  test('a line of 100 MB is passed over', { timeout: 30_000 }, async () => {
    const { vendor, mended } = await broken();
    const file = join(vendor.out, 'dead', 'huge.ndjson');
    const head =
      '{"lane":"acme/things","stage":"map","code":"c","message":"m","at":"2026-01-15T12:00:00Z","record":{"id":"z","t":"';
    writeFileSync(file, `${head}${'x'.repeat(100_000_000)}"}}\n`);
    const { lanes, unreadable } = await play(vendor, mended);
    expect(lanes).toMatchObject([{ records: 4, events: 4 }]);
    expect(unreadable).toEqual([
      { file, line: 1, problem: expect.stringMatching(/^has 1000\d+ bytes, expected at most/) },
    ]);
    expect(existsSync(file)).toBe(true);
  });

  test('links and directories are not followed', async () => {
    const { vendor, mended } = await broken();
    mkdirSync(join(vendor.out, 'dead', 'folder.ndjson'));
    const { symlinkSync } = await import('node:fs');
    symlinkSync('/etc/hostname', join(vendor.out, 'dead', 'link.ndjson'));
    const { unreadable, lanes } = await play(vendor, mended);
    expect(lanes).toMatchObject([{ events: 4 }]);
    expect(unreadable.map(({ line, problem }) => [line, problem])).toEqual([
      [0, 'is no regular file'],
      [0, 'is no regular file'],
    ]);
  });

  test('members with special names are data of the record', async () => {
    const { vendor, mended } = await broken();
    const file = join(vendor.out, 'dead', 'own.ndjson');
    const record = '{"id":"z","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
    const letter = `{"lane":"acme/things","stage":"map","code":"c","message":"m","at":"2026-01-15T12:00:00Z","record":${record}}`;
    writeFileSync(file, `${letter}\n`);
    await play(vendor, mended);
    expect(({} as Json)['polluted']).toBeUndefined();
    const text = filesIn(vendor.out)
      .map((path) => readFileSync(path, 'utf8'))
      .join('');
    expect(text).toContain('"__proto__":{"polluted":true}');
    expect(existsSync(file)).toBe(false);
  });
});

function sorted(all: readonly Json[]): string[] {
  return all.map((event) => JSON.stringify(event)).sort();
}

function countersOf(state: string): Json {
  const folder = join(state, 'acme');
  const newest = readdirSync(folder)
    .filter((name) => /checkpoint-[01]$/.test(name))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8').split('\n')[0] ?? ''))
    .sort((a, b) => b.number - a.number)[0];
  return newest.checkpoint.counters;
}
