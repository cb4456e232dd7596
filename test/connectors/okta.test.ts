/** The connector `okta` against its simulator, over real HTTP: everything arrives once, and every event is valid OCSF. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { inspectConnector, loadConnector } from '../../engine/compile/load.ts';
import { SourceText } from '../../engine/definition/source.ts';
import { run } from '../../engine/pipeline.ts';
import type { LaneSummary } from '../../engine/run/summary.ts';
import { Secret } from '../../engine/secret.ts';
import {
  loadSimulator,
  type RunningSimulator,
  type SimulatorDefinition,
  startSimulator,
} from '../../engine/simulate/index.ts';
import { createValidator } from '../../engine/validate/validate.ts';
import { loopbackEnv } from '../support/loopback-env.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const USERS = 250;
const LOG_EVENTS = 300;
const SIGN_INS = /^user\.(session\.(start|end)$|authentication\.|mfa\.(okta_verify|attempt_bypass$))/;

interface Event {
  class_uid: number;
  time: number;
  metadata: { uid?: string };
  user: { uid: string };
  unmapped: { status?: string };
}

describe('okta', { timeout: 60_000 }, () => {
  it('has nothing to complain about in its definition, mappings and cases', async () => {
    const { diagnostics, cases } = await inspectConnector('okta');
    expect(diagnostics).toEqual([]);
    expect(cases?.length).toBeGreaterThanOrEqual(6);
  });

  it('delivers every user, deprovisioned ones among them, over several pages', async () => {
    const org = await startOrg();
    const [summary] = await org.run('users');
    expect(summary).toMatchObject({ end: 'done', pages: 3, records: USERS, events: USERS, dead: 0 });
    const events = org.events();
    const users = [...org.simulator.records('users')];
    expect(new Set(events.map(({ user }) => user.uid))).toEqual(new Set(users.map(({ id }) => id)));
    expect(events.filter(({ unmapped }) => unmapped.status === 'DEPROVISIONED').length).toBeGreaterThan(0);
  });

  it('delivers every sign-in of the last seven days, over several pages, and nothing else of the log', async () => {
    const org = await startOrg();
    const [summary] = await org.run('system_log');
    const signIns = org.signIns();
    expect(signIns.length).toBeLessThan(LOG_EVENTS);
    // A page or more for each day.
    expect(summary).toMatchObject({ end: 'done', pages: 6, events: signIns.length, dead: 0 });
    expect(summary?.scan).toContain('in 7 slices');
    expect(org.events().map(({ metadata }) => metadata.uid)).toEqual(signIns);
    const published = [...org.simulator.records('log')].map((record) => Date.parse(String(record.published)));
    expect(published).toEqual(expect.arrayContaining(org.events().map(({ time }) => time)));
  });

  it('writes events that are all valid', async () => {
    const org = await startOrg();
    await org.run();
    const validator = createValidator();
    const lines = org.lines();
    expect(lines).toHaveLength(USERS + org.signIns().length);
    expect(lines.flatMap((line) => validator.validateText(line))).toEqual([]);
    expect(new Set(org.events().map(({ class_uid }) => class_uid))).toEqual(new Set([5003, 3002]));
  });

  it('brings nothing the second time, and then only what is new', async () => {
    const org = await startOrg();
    await org.run();
    const before = new Set(org.lines());
    for (const { end, events } of await org.run())
      expect({ end, events }).toEqual({ end: 'done', events: 0 });
    const usersBefore = org.users();
    const signInsBefore = new Set(org.signIns());
    org.simulator.advance(3);
    await org.run();
    const added = org
      .lines()
      .filter((line) => !before.has(line))
      .map((line) => JSON.parse(line) as Event);
    const newSignIns = org.signIns().filter((uuid) => !signInsBefore.has(uuid));
    const moved = [...org.users()].filter(([id, updated]) => usersBefore.get(id) !== updated);
    expect(Math.min(newSignIns.length, moved.length)).toBeGreaterThan(5);
    expect(
      new Set(added.map(({ class_uid, metadata, user }) => (class_uid === 3002 ? metadata.uid : user.uid))),
    ).toEqual(new Set([...newSignIns, ...moved.map(([id]) => id)]));
    expect(added).toHaveLength(newSignIns.length + moved.length);
  });

  it('finds with the daily sweep what does not move lastUpdated', async () => {
    const org = await startOrg();
    await org.run('users');
    const before = new Set(org.lines());
    const loginsBefore = org.users('lastLogin');
    org.simulator.advance();
    await org.run('users');
    await org.clock.advance(24 * 3_600_000);
    await org.run('users');
    const moved = [...org.users('lastLogin')].filter(([id, login]) => loginsBefore.get(id) !== login);
    const added = org
      .lines()
      .filter((line) => !before.has(line))
      .map((line) => (JSON.parse(line) as Event).user.uid);
    expect(moved.length).toBeGreaterThan(3);
    expect(added).toEqual(expect.arrayContaining(moved.map(([id]) => id)));
  });

  it('waits for the end of the window that Okta names, and goes on', async () => {
    const org = await startOrg((definition) => {
      definition.quotas = {
        ...definition.quotas,
        logs: { windows: [{ calls: 5, per: '1m' }], retry_after: 'none' },
      };
    });
    const [summary] = await org.run('system_log');
    expect(summary).toMatchObject({ end: 'done', pages: 6, retries: 1, dead: 0 });
    expect(summary?.waitedMs).toBeGreaterThan(55_000);
    expect(summary?.waitedMs).toBeLessThan(65_000);
    expect(org.simulator.audit().requests.logs?.statuses).toMatchObject({ 200: 7, 429: 1 });
  });

  it.each([
    ['00simulatedTOKEN_of-last_year0000000000000', 'credentials', 'E0000011', 'create a new API token'],
    ['00simulatedTOKEN_without_any_role000000000', 'permission', 'E0000006', 'Read-only Administrator'],
  ])('says what to do about the token %s', async (token, kind, code, fix) => {
    const org = await startOrg();
    const [summary] = await org.run('users', token);
    expect(summary).toMatchObject({ end: 'parked', events: 0, problem: { kind } });
    expect(summary?.problem?.message).toContain(code);
    expect(summary?.problem?.fix).toContain(fix);
    expect(JSON.stringify(summary)).not.toContain(token);
  });
});

/** A simulated org that gives a hundred records in a page whatever it is asked for, and an empty directory to run into. */
async function startOrg(change: (definition: SimulatorDefinition) => void = () => {}) {
  const file = 'connectors/okta/simulator.yaml';
  const { simulator: definition, diagnostics } = loadSimulator(
    new SourceText(file, readFileSync(file, 'utf8')),
  );
  if (!definition) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  for (const { paging } of Object.values(definition.endpoints)) {
    Object.assign(paging, { page_size_max: 100, over_max: 'clamp' });
  }
  change(definition);
  const clock = new SimulatedClock(NOW);
  const simulator: RunningSimulator = await startSimulator(definition, {
    clock,
    scale: { users: USERS, log_events: LOG_EVENTS },
  });
  onTestFinished(() => simulator.close());
  const connector = await loadConnector('okta');
  const directory = temporaryDirectory();
  const env = loopbackEnv(clock, simulator.origin);
  onTestFinished(() => env.network.close());
  const lines = () =>
    readdirSync(join(directory, 'events'))
      .filter((name) => name.endsWith('.ndjson'))
      .sort()
      .flatMap((name) =>
        readFileSync(join(directory, 'events', name), 'utf8')
          .trimEnd()
          .split('\n'),
      );
  return {
    clock,
    simulator,
    lines,
    /** An instant of each user, by ID. */
    users: (field = 'lastUpdated') =>
      new Map([...simulator.records('users')].map((user) => [String(user.id), user[field]])),
    /** The IDs of the log's events that the connector is after, in order. */
    signIns: () =>
      [...simulator.records('log')]
        .filter(({ eventType }) => SIGN_INS.test(String(eventType)))
        .map(({ uuid }) => String(uuid)),
    events: () => lines().map((line) => JSON.parse(line) as Event),
    run: (stream?: string, token = simulator.secrets.api_token ?? ''): Promise<LaneSummary[]> =>
      clock.run(
        run(connector, {
          env,
          settings: simulator.settings,
          secrets: { api_token: new Secret(token) },
          to: [`ndjson:${join(directory, 'events')}`],
          state: join(directory, 'state'),
          ...(stream !== undefined && { streams: [stream] }),
        }),
      ),
  };
}
