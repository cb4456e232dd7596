import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkOutput } from './check-output.ts';
import { figuresText } from './figures.ts';
import { emptyHistory, type Json, note } from './history.ts';
import { killTenants } from './kill-tenants.ts';

const MAIN = resolve(process.env.TRIBUTARY_MAIN ?? 'dist/engine/cli/main.js');
const KILLS = 50;

test(`${KILLS} kills of real runs lose nothing, and nothing comes twice`, { timeout: 300_000 }, async () => {
  // Two tenants: each more costs a simulator and the runs to its end, and the processors have other tests to run.
  const { figures, seconds } = await killTenants({ main: MAIN, kills: KILLS, seed: 1, sideBySide: 2 });
  const text = figuresText(figures, seconds);
  expect([figures.breaks, text]).toEqual([[], text]);
  expect(figures).toMatchObject({ lost: 0, twice: 0, torn: 0, untrue: 0, leftOpen: 0 });
  expect(figures.kills).toBeGreaterThanOrEqual(KILLS);
  expect(figures.whileGrowing, text).toBeGreaterThan(figures.kills / 2);
});

const NOW = Date.UTC(2026, 5, 1);
const alert = (id: string, at: string) => ({ id, lastUpdateTime: at });
const EARLY = '2026-05-01T00:00:00Z';
const LATE = '2026-05-02T00:00:00Z';

const eventOf = (id: string, at: string, uid: string) =>
  JSON.stringify({
    class_uid: 2004,
    finding_info: { uid: id },
    metadata: { uid, modified_time: Date.parse(at) },
  });

/** Two alerts, one of which changed; a vulnerability that is gone. */
function historyOf(): ReturnType<typeof emptyHistory> {
  const history = emptyHistory();
  const records = (alerts: Json[], rows: Json[]) => (collection: string) =>
    collection === 'alerts' ? alerts : collection === 'software_vulnerabilities' ? rows : [];
  note(
    history,
    records([alert('a', EARLY), alert('b', EARLY)], [{ id: 'v', securityUpdateAvailable: true }]),
    NOW,
  );
  note(history, records([alert('a', EARLY), alert('b', LATE)], []), NOW);
  return history;
}

const GOOD = [eventOf('a', EARLY, '1'), eventOf('b', EARLY, '2'), eventOf('b', LATE, '3')];

function checked(alerts: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const out = mkdtempSync(join(tmpdir(), 'tributary-checker-'));
  onTestFinished(() => rmSync(out, { recursive: true }));
  mkdirSync(join(out, 'dead'));
  const all = { 'alerts-1.ndjson': alerts.map((line) => `${line}\n`).join(''), ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(out, name), text);
  return checkOutput(out, historyOf());
}

const NOTHING = { lost: [], twice: [], torn: [], open: [], untrue: [] };

describe('the checker', () => {
  test('finds nothing where nothing is wrong', () => {
    expect(checked(GOOD)).toMatchObject(NOTHING);
  });

  test.each<[string, string, readonly string[], Readonly<Record<string, string>>]>([
    ['a record that never came', 'lost', GOOD.slice(1), {}],
    ['a last content that never came', 'lost', GOOD.slice(0, 2), {}],
    ['an older content after a newer one', 'lost', [0, 2, 1].map((index) => GOOD[index] as string), {}],
    ['an event that comes twice', 'twice', [...GOOD, GOOD[2] as string], {}],
    ['a content that comes again under another uid', 'twice', [...GOOD, eventOf('a', EARLY, '4')], {}],
    ['a record that never was', 'untrue', [...GOOD, eventOf('c', EARLY, '4')], {}],
    ['a line that breaks off', 'torn', GOOD, { 'alerts-2.ndjson': '{"class_uid":20' }],
    ['half a line within a file', 'torn', GOOD, { 'alerts-2.ndjson': '{"class_uid":20\n' }],
    ['a part that is still open', 'open', GOOD, { 'alerts-2.ndjson.open': '' }],
    [
      'a record that is gone without a word',
      'lost',
      GOOD,
      { 'vulnerabilities-1.ndjson': '{"class_uid":2002,"activity_id":1,"finding_info":{"uid":"v"}}\n' },
    ],
  ])('finds %s', (_, what, alerts, files) => {
    const verdict = checked(alerts, files);
    expect(verdict[what as 'lost']).not.toEqual([]);
  });

  test('takes a record in the dead letters for told, if it is the last content', () => {
    const letter = (at: string) => ({
      'dead/alerts-1.ndjson': `${JSON.stringify({ code: 'record-without-key', record: { lastUpdateTime: at } })}\n`,
    });
    expect(checked(GOOD.slice(0, 2), letter(LATE))).toMatchObject(NOTHING);
    expect(checked(GOOD.slice(0, 2), letter('2026-05-03T00:00:00Z')).lost).toHaveLength(1);
  });
});
