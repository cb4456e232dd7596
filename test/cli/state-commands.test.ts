import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeByteFiles } from '../../engine/byte-files.ts';
import { callPageText } from '../../engine/fetch/call-page.ts';
import { type CliResult, cli, temporaryDirectory } from '../support/cli.ts';
import { type Listening, listen } from '../support/listen.ts';

/** A vendor of things that change, on the disk of a user who has a connector of their own. */
const CONNECTOR = `connector: acme
settings:
  url: {title: URL}
  secret: {secret: true}
auth:
  token: {type: bearer, token: "\${settings.secret}"}
apis:
  main: {base_url: "\${settings.url}", auth: token}
endpoints:
  things: {api: main, path: /things, records: value, key: id}
  plain: {api: main, path: /plain, records: value, key: id}
streams:
  things:
    record: {thing: things}
    cursor: {field: thing.at, query: {since: "\${cursor}"}}
    event: inventory_info
    mappings: {own: acme/thing.jsonata, other: acme/thing.jsonata}
    unvalidated: [own, other]
  plain:
    record: {thing: plain}
    event: inventory_info
    mappings: {own: acme/thing.jsonata}
    unvalidated: [own]
`;
const GOOD = '{"class_uid": 5001, "unmapped": thing}';
const BAD = '{"class_uid": 5001, "unmapped": thing.n = 3 ? $error("no third thing") : thing}';
const AT = '2026-01-15T12:00:00Z';

let server: Listening;
/** A workspace in which a run has had one dead letter. */
let ran: string;

beforeAll(async () => {
  server = await listen((_, response) => {
    response.setHeader('content-type', 'application/json');
    const things = Array.from({ length: 5 }, (_, n) => ({ id: `t${n}`, n, at: '2026-01-15T11:00:00Z' }));
    response.end(JSON.stringify({ value: things }));
  });
  ran = temporaryDirectory();
  mkdirSync(join(ran, 'connectors/acme'), { recursive: true });
  mkdirSync(join(ran, 'mappings/acme'), { recursive: true });
  writeFileSync(join(ran, 'connectors/acme/connector.yaml'), CONNECTOR);
  mended(ran, BAD);
  expect(await withVendor(ran, 'run', ['--now', AT, '--max-rejected', '1'])).toMatchObject({ code: 0 });
  // A second lane of the stream.
  expect(
    (await withVendor(ran, 'run', ['--as', 'other', '--stream', 'things', '--max-rejected', '1'])).code,
  ).toBe(0);
}, 60_000);
afterAll(() => server.close());

/** A copy that the test may change. */
function workspace(): string {
  const copy = temporaryDirectory();
  cpSync(ran, copy, { recursive: true });
  return copy;
}

function mended(directory: string, mapping: string): void {
  writeFileSync(join(directory, 'mappings/acme/thing.jsonata'), mapping);
}

function withVendor(cwd: string, command: string, more: string[] = []): Promise<CliResult> {
  const to = command === 'doctor' ? [] : ['--to', 'ndjson:out'];
  const args = [command, 'acme', '--set', `url=${server.origin}`, '--secret', 'secret=env:ACME_SECRET'];
  return cli([...args, '--state', 'state', ...to, ...more], { cwd, env: { ACME_SECRET: 's3cret' } });
}

const state = (cwd: string, ...args: string[]) => cli([...args, '--state', 'state'], { cwd });

/** Reads as much of the state as of the output: what is compared before and after. */
function filesOf(directory: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (entry.isFile())
      found[join(entry.parentPath, entry.name)] = readFileSync(join(entry.parentPath, entry.name), 'latin1');
  }
  return found;
}

it.each(['replay', 'checkpoint show', 'checkpoint set', 'checkpoint reset', 'doctor'])(
  'helps with %s: examples, at most 100 columns and 40 lines',
  async (command) => {
    const { code, stdout } = await cli([...command.split(' '), '--help']);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`Examples\n  tributary ${command} `)]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  },
);

describe('tributary replay', () => {
  it('says what became of the letters, and exits 6 while any fails', async () => {
    const cwd = workspace();
    const again = await withVendor(cwd, 'replay', ['--stream', 'things']);
    expect([again.code, again.stdout]).toEqual([6, '']);
    expect(again.stderr).toMatch(/failed +1 again/);
    expect(again.stderr).toMatch(
      /left in out\/dead\n +1 {2}acme\/plain\n +1 {2}acme\/things\n +1 {2}acme\/things\.other/,
    );
    mended(cwd, GOOD);
    const { code, stdout } = await withVendor(cwd, 'replay', ['--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      connector: 'acme',
      lanes: [
        { stream: 'things', end: 'done', letters: { tried: 1, delivered: 1, superseded: 0, failed: 0 } },
        { stream: 'plain', end: 'done', records: 1, events: 1, dead: 0 },
      ],
      remaining: { 'acme/things.other': 1 },
      unreadable: [],
    });
    const none = await withVendor(cwd, 'replay');
    expect([none.code, none.stderr]).toEqual([
      0,
      expect.stringContaining('no dead letters to play in out/dead'),
    ]);
  });

  it('names lines that are no letter with file and line, without a word of theirs, and exits 6', async () => {
    const cwd = workspace();
    mended(cwd, GOOD);
    writeFileSync(join(cwd, 'out/dead/own.ndjson'), '{}\n\u001b]0;root:x\n');
    const { code, stderr } = await withVendor(cwd, 'replay');
    expect(code).toBe(6);
    expect(stderr).toContain('--> out/dead/own.ndjson:1:1');
    expect(stderr).toContain('--> out/dead/own.ndjson:2:1');
    expect(stderr).not.toMatch(/root|\n\s+at /);
    expect(stderr).not.toContain('\u001b');
  });

  it.each([
    [['--stage', 'nowhere'], 2, 'expected one of decode, join, lookup, map, validate'],
    [['--stream', 'thing'], 2, 'things'],
    [['--state', 'elsewhere'], 3, 'replay-without-state'],
  ])('refuses %j', async (more, expected, said) => {
    const { code, stderr } = await withVendor(workspace(), 'replay', more);
    expect([code, stderr]).toEqual([expected, expect.stringContaining(said)]);
  });
});

describe('tributary checkpoint', () => {
  it('shows the lanes without vendor, secret or change', async () => {
    const cwd = workspace();
    const before = filesOf(cwd);
    const { code, stdout } = await state(cwd, 'checkpoint', 'show', 'acme');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^acme\/plain {2}generation \d+, committed 20/);
    expect(stdout).toMatch(
      /acme\/things {2}[\s\S]*watermark +2026-01-15T11:00:00\.0+Z\n +last sweep +2026-01-15T12:00:00\.000Z\n/,
    );
    expect(stdout).toMatch(
      /known +4 delivered records\n +in all +1 pages, 5 records, 4 events, 0 unchanged, 0 left out, 1 dead/,
    );
    const json = await state(cwd, 'checkpoint', 'show', 'acme', '--stream', 'things', '--json');
    const { lanes } = JSON.parse(json.stdout);
    expect(lanes).toMatchObject([
      {
        lane: 'acme/things',
        stream: 'things',
        held: false,
        watermark: '2026-01-15T11:00:00.000000000Z',
        sweptAt: '2026-01-15T12:00:00.000Z',
        counters: { records: 5, events: 4, dead: 1 },
        seenRecords: 4,
        gaps: [],
        damage: [],
      },
    ]);
    expect(filesOf(cwd)).toEqual(before);
  });

  it('shows gaps, a scan under way and why a lane is parked, their texts without control characters', async () => {
    const cwd = workspace();
    recommit(cwd, (checkpoint) => ({
      ...checkpoint,
      scan: { kind: 'incremental', from: '2026-01-14T00:00:00Z', to: '2026-01-15T00:00:00Z', question: 'q' },
      gaps: [
        {
          at: 0,
          endpoint: 'things',
          page: 4,
          lo: '2026-01-01T00:00:00Z',
          code: 'page-not-json',
          reason: 'HTML',
        },
      ],
      parked: {
        at: 0,
        code: 'auth-wrong-secret',
        message: 'no\u001b[31m',
        fix: 'another secret',
        until: 1_000,
      },
    }));
    const { stdout } = await state(cwd, 'checkpoint', 'show', 'acme', '--stream', 'plain');
    expect(stdout).toContain('under way  incremental scan from 2026-01-14T00:00:00Z to 2026-01-15T00:00:00Z');
    expect(stdout).toContain(
      'page 4 of things (2026-01-01T00:00:00Z to ), 1970-01-01T00:00:00.000Z: page-not-json: HTML',
    );
    expect(stdout).toMatch(
      /parked +1970-01-01T00:00:00\.000Z, not before 1970-01-01T00:00:01\.000Z: auth-wrong-secret: no/,
    );
    expect(stdout).toContain('= fix: another secret');
    expect(stdout).not.toContain('\u001b');
    const json = await state(cwd, 'doctor', 'acme', '--offline', '--stream', 'plain', '--json');
    expect(JSON.parse(json.stdout).state.lanes).toMatchObject([
      { parked: { code: 'auth-wrong-secret' }, gaps: [{ page: 4 }] },
    ]);
  });

  it('moves the watermark back, and the next run asks from there', async () => {
    const cwd = workspace();
    const set = [
      'checkpoint',
      'set',
      'acme',
      '--stream',
      'things',
      '--watermark',
      '2026-01-10T00:00:00+01:00',
    ];
    const { code, stdout } = await state(cwd, ...set);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^before\n[\s\S]*watermark +2026-01-15T11:00:00\.0+Z[\s\S]*\nafter\n[\s\S]*watermark +2026-01-09T23:00:00\.0+Z/,
    );
    const [before, after] = [generationOf(ran), generationOf(cwd)];
    expect(after).toBe(before + 1);
    const run = await withVendor(cwd, 'run', [
      '--stream',
      'things',
      '--now',
      '2026-01-15T12:01:00Z',
      '--json',
      '--max-rejected',
      '1',
    ]);
    expect(JSON.parse(run.stdout).lanes).toMatchObject([
      { scan: 'changes since 2026-01-09T22:00:00Z', records: 5, unchanged: 4, events: 0 },
    ]);
  });

  it('moves it forward only with --yes, and never into the future', async () => {
    const cwd = workspace();
    const before = filesOf(cwd);
    const set = (...more: string[]) => state(cwd, 'checkpoint', 'set', 'acme', '--stream', 'things', ...more);
    const forward = await set('--watermark', '2026-02-01T00:00:00Z');
    expect([forward.code, forward.stderr]).toEqual([2, expect.stringContaining('usage-unconfirmed')]);
    const future = await set('--watermark', '9000-01-01T00:00:00Z', '--yes');
    expect([future.code, future.stderr]).toEqual([2, expect.stringContaining('in the future')]);
    const wrong = await set('--watermark', 'yesterday', '--yes');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('expected an instant')]);
    const same = await set('--watermark', '2026-01-15T11:00:00Z');
    expect([same.code, same.stdout]).toEqual([0, expect.stringContaining('nothing was changed')]);
    expect(filesOf(cwd)).toEqual(before);
    const yes = await set('--watermark', '2026-02-01T00:00:00Z', '--yes', '--json');
    expect(JSON.parse(yes.stdout)).toMatchObject({
      before: { watermark: '2026-01-15T11:00:00.000000000Z' },
      after: { watermark: '2026-02-01T00:00:00.000000000Z' },
    });
  });

  it.each([
    ['a stream without a cursor', ['set', 'acme', '--stream', 'plain', '--watermark', AT], 'has no cursor'],
    ['a lane that is not there', ['reset', 'acme', '--stream', 'thing', '--yes'], 'did you mean'],
    ['a reset without --yes', ['reset', 'acme', '--stream', 'things'], 'every event is then sent once more'],
    ['a connector that has no state', ['show', 'acme', '--state', 'elsewhere'], 'no state of `acme`'],
    ['a set without an instant', ['set', 'acme', '--stream', 'things'], '--watermark'],
    ['a path that leads elsewhere', ['reset', '../state', '--stream', 'things', '--yes'], ''],
  ])('refuses %s', async (_, args, said) => {
    const cwd = workspace();
    const before = filesOf(cwd);
    const { code, stdout, stderr } = await cli(
      ['checkpoint', ...args, ...(args.includes('--state') ? [] : ['--state', 'state'])],
      { cwd },
    );
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(said);
    expect(filesOf(cwd)).toEqual(before);
  });

  it('forgets a lane and no other, and the next run sends everything once more', async () => {
    const cwd = workspace();
    const { code, stdout } = await state(cwd, 'checkpoint', 'reset', 'acme', '--stream', 'things', '--yes');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/acme\/things {2}no state\n\nthe lane is forgotten/),
    ]);
    expect(readdirSync(join(cwd, 'state/acme')).filter((name) => /^things\.(?!other)/.test(name))).toEqual([
      'things.lock',
    ]);
    const left = Object.keys(filesOf(join(cwd, 'state'))).filter((name) =>
      /\/(plain|things\.other)\./.test(name),
    );
    expect(left.length).toBeGreaterThan(5);
    const run = await withVendor(cwd, 'run', ['--stream', 'things', '--json', '--max-rejected', '1']);
    expect(JSON.parse(run.stdout).lanes).toMatchObject([
      { end: 'done', scan: 'first run', events: 4, dead: 1 },
    ]);
  });

  it('forgets a lane whose state is damaged beyond use', async () => {
    const cwd = workspace();
    for (const slot of [0, 1]) writeFileSync(join(cwd, `state/acme/things.checkpoint-${slot}`), 'gone\n');
    const run = await withVendor(cwd, 'run', ['--stream', 'things']);
    expect([run.code, run.stderr]).toEqual([3, expect.stringContaining('state-corrupt')]);
    expect((await state(cwd, 'checkpoint', 'reset', 'acme', '--stream', 'things', '--yes')).code).toBe(0);
    expect((await withVendor(cwd, 'run', ['--stream', 'things', '--max-rejected', '1'])).code).toBe(0);
  });

  it('changes nothing while a run holds the lane, and shows it all the same', async () => {
    const cwd = workspace();
    const lock = nodeByteFiles.lock(join(cwd, 'state/acme/things.lock'));
    try {
      for (const args of [
        ['set', 'acme', '--watermark', '2026-01-01T00:00:00Z'],
        ['reset', 'acme', '--yes'],
      ]) {
        const { code, stderr } = await state(cwd, 'checkpoint', ...args, '--stream', 'things');
        expect([code, stderr]).toEqual([3, expect.stringContaining('state-locked')]);
      }
      const { code, stdout } = await state(cwd, 'checkpoint', 'show', 'acme');
      expect([code, stdout]).toEqual([0, expect.stringMatching(/acme\/things {2}.* a run is at work on it/)]);
      const doctor = await state(cwd, 'doctor', 'acme', '--offline');
      expect([doctor.code, doctor.stdout]).toEqual([0, expect.stringContaining('a run is at work on it')]);
    } finally {
      lock.release();
    }
  });

  it('gives the parts that a killed run left open their committed end before it forgets the lane', async () => {
    const cwd = workspace();
    const out = join(cwd, 'out');
    const name = readdirSync(out).find((one) => one.startsWith('plain-')) as string;
    const text = readFileSync(join(out, name), 'utf8');
    const lines = text.split('\n');
    recommit(cwd, (checkpoint) => ({
      ...checkpoint,
      destinations: { 'ndjson:out': { file: `${name}.open`, length: `${lines[0]}\n`.length } },
    }));
    writeFileSync(join(out, `${name}.open`), text);
    await import('node:fs').then(({ rmSync }) => rmSync(join(out, name)));
    expect((await state(cwd, 'checkpoint', 'reset', 'acme', '--stream', 'plain', '--yes')).code).toBe(0);
    expect(readdirSync(out).filter((one) => one.endsWith('.open'))).toEqual([]);
    expect(readFileSync(join(out, name), 'utf8')).toBe(`${lines[0]}\n`);
  });
});

describe('tributary doctor on the state', () => {
  it('says that all checksums are right, needs no setting with --offline, and changes nothing', async () => {
    const cwd = workspace();
    const before = filesOf(cwd);
    const { code, stdout } = await state(cwd, 'doctor', 'acme', '--offline');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^ok {3}state in state\/acme {2}all checksums are right: 3 lanes/),
    ]);
    expect(filesOf(cwd)).toEqual(before);
  });

  it('tests the connection too', async () => {
    const { code, stdout } = await withVendor(workspace(), 'doctor');
    expect(code).toBe(0);
    expect(stdout).toMatch(/ok .*list `things`[\s\S]*ok {3}state in/);
  });

  it('says where there is no state', async () => {
    const { code, stdout } = await cli(['doctor', 'acme', '--offline', '--state', 'elsewhere'], { cwd: ran });
    expect([code, stdout]).toEqual([0, expect.stringContaining('there is none of `acme` yet')]);
  });

  it('finds a byte that changed in any file of the state, says what follows, and exits 3', {
    timeout: 60_000,
  }, async () => {
    const folder = join(ran, 'state/acme');
    const files = readdirSync(folder).filter((name) => /^things\.(checkpoint|seen)/.test(name));
    expect(files.length).toBeGreaterThanOrEqual(3);
    for (const name of files) {
      const cwd = workspace();
      const path = join(cwd, 'state/acme', name);
      const bytes = readFileSync(path);
      const at = bytes.length >> 1;
      bytes[at] = (bytes[at] as number) ^ 0x10;
      writeFileSync(path, bytes);
      const before = filesOf(cwd);
      const json = await state(cwd, 'doctor', 'acme', '--offline', '--json');
      expect([name, json.code]).toEqual([name, 3]);
      const lanes = JSON.parse(json.stdout).state.lanes;
      const damaged = lanes.filter(({ damage }: { damage: unknown[] }) => damage.length > 0);
      expect(damaged).toMatchObject([
        { lane: 'acme/things', damage: [{ code: expect.stringMatching(/^state-/) }] },
      ]);
      expect(filesOf(cwd)).toEqual(before);
    }
  });

  it('tells damage in words, with what to do', async () => {
    const cwd = workspace();
    writeFileSync(join(cwd, 'state/acme/things.checkpoint-0'), 'gone\n');
    const { code, stdout } = await state(cwd, 'doctor', 'acme', '--offline', '--stream', 'things');
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /^fail state in state\/acme: 1 of 1 lane[\s\S]*error\[state-fell-back\][\s\S]*= fix: /,
    );
  });

  it('finds a file of calls that is damaged', async () => {
    const cwd = workspace();
    const path = join(cwd, 'state/acme/api-main.0011aaff.calls');
    const text = callPageText({ calls: [[1_700_000_000_000, 5]] });
    writeFileSync(path, text);
    expect(await state(cwd, 'doctor', 'acme', '--offline')).toMatchObject({ code: 0 });
    writeFileSync(path, text.replace('[[17', '[[16'));
    const words = await state(cwd, 'doctor', 'acme', '--offline');
    expect([words.code, words.stdout]).toEqual([3, expect.stringContaining('error[state-calls-damaged]')]);
    expect(words.stdout).toMatch(/^fail state in state\/acme: 1 file of calls damaged$/m);
    const json = await state(cwd, 'doctor', 'acme', '--offline', '--json');
    expect(JSON.parse(json.stdout).state.damage).toMatchObject([{ code: 'state-calls-damaged' }]);
  });

  it('finds a kept list that is damaged', async () => {
    const cwd = workspace();
    writeFileSync(join(cwd, 'state/acme/things.owner.join'), 'joined1\nhalf of it');
    const { code, stdout } = await state(cwd, 'doctor', 'acme', '--offline');
    expect([code, stdout]).toEqual([3, expect.stringContaining('error[state-join-damaged]')]);
  });
});

/** The newest checkpoint of the lane `plain`, changed as a commit would have written it. */
function recommit(
  cwd: string,
  change: (checkpoint: Record<string, unknown>) => Record<string, unknown>,
): void {
  const slots = newestFirst(cwd, 'plain');
  const { path, content } = slots[0] as Slot;
  const line = JSON.stringify({ ...content, checkpoint: change(content.checkpoint) });
  writeFileSync(path, `${line}\n${createHash('sha256').update(line).digest('hex')}\n`);
}

function generationOf(cwd: string): number {
  return newestFirst(cwd, 'things')[0]?.content.number ?? 0;
}

interface Slot {
  path: string;
  content: { number: number; checkpoint: Record<string, unknown> };
}

function newestFirst(cwd: string, lane: string): Slot[] {
  const slots = [0, 1].map((slot) => {
    const path = join(cwd, `state/acme/${lane}.checkpoint-${slot}`);
    return { path, content: JSON.parse(readFileSync(path, 'utf8').split('\n')[0] as string) };
  });
  return slots.sort((a, b) => b.content.number - a.content.number);
}
