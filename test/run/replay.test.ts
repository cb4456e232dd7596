import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { replay } from '../../engine/replay.ts';
import {
  BAD,
  broken,
  countersOf,
  events,
  failingFor,
  ids,
  LINKED,
  letters,
  play,
  sealed,
  THINGS,
  things,
} from '../support/dead-lane.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { filesIn, type Loose } from '../support/tenant.ts';
import { START, startVendor } from '../support/vendor.ts';

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

  test('that fails for all of many letters goes through them: they are where they were', async () => {
    const vendor = await startVendor(THINGS, failingFor('x'));
    vendor.lists = { '/things': things(120, { bad: 'x' }), '/owners': [] };
    expect((await vendor.run()).summary).toMatchObject({ end: 'done', dead: 120 });
    const { lanes } = await play(vendor, vendor.connector);
    expect(lanes).toMatchObject([{ end: 'done', records: 120, events: 0, dead: 120 }]);
    expect(letters(vendor.out)).toHaveLength(120);
  });

  test('of letters without the state that they came from is refused', async () => {
    const { vendor, mended } = await broken();
    const before = letters(vendor.out);
    const state = join(temporaryDirectory(), 'elsewhere');
    for (const _ of ['once', 'and again']) {
      const { lanes } = await play(vendor, mended, { state });
      expect(lanes).toMatchObject([
        { end: 'failed', problem: { code: 'replay-without-state', kind: 'state' } },
      ]);
    }
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
