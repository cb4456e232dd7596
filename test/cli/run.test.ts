import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CliResult,
  cli,
  reaching,
  startVendor,
  temporaryDirectory,
  type Vendor,
} from '../support/cli.ts';

const STREAM = ['run', 'microsoft-defender', '--stream', 'devices'];

let vendor: Vendor;
let args: string[];
let env: Record<string, string>;
/** A run into a directory, which several tests look at. */
let whole: CliResult & { directory: string };

beforeAll(async () => {
  vendor = await startVendor('microsoft-defender', ['--scale', 'machines=30']);
  ({ args, env } = reaching(vendor));
  const directory = temporaryDirectory();
  const [to, state, trace] = ['events', 'state', 'trace.ndjson'].map((name) => join(directory, name));
  const command = [...STREAM, ...args, '--to', `ndjson:${to}`, '--state', `${state}`, '--trace', `${trace}`];
  whole = { directory, ...(await cli(command, { env })) };
});
afterAll(() => vendor.close());

function events(directory: string): Record<string, unknown>[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.ndjson'))
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').trimEnd().split('\n'))
    .map((line) => JSON.parse(line));
}

describe('tributary run', () => {
  it('writes sealed files only, and nothing on standard output', () => {
    const out = join(whole.directory, 'events');
    expect({ code: whole.code, stdout: whole.stdout }).toEqual({ code: 0, stdout: '' });
    expect(whole.stderr).toMatch(/events +30/);
    expect(readdirSync(out).every((name) => name.endsWith('.ndjson'))).toBe(true);
    expect(events(out)).toHaveLength(30);
  });

  it('gives events as NDJSON on standard output, the conversation on standard error, and no colours to a pipe', async () => {
    const state = join(temporaryDirectory(), 'state');
    const { code, stdout, stderr } = await cli([...STREAM, ...args, '--state', state], { env });
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map((event) => event.class_uid)).toEqual(Array(30).fill(5001));
    expect(stderr).not.toContain('\u001b[');
  });

  it('gives the summary as JSON, and emits nothing and writes no file when nothing changed', async () => {
    const directory = temporaryDirectory();
    const [out, state] = [join(directory, 'events'), join(directory, 'state')];
    const command = [...STREAM, ...args, '--to', `ndjson:${out}`, '--state', state];
    const first = await cli([...command, '--json'], { env });
    expect(JSON.parse(first.stdout).lanes[0]).toMatchObject({
      stream: 'devices',
      end: 'done',
      records: 30,
      events: 30,
    });
    const before = readdirSync(out);
    for (const more of [[], ['--full']]) {
      const second = await cli([...command, ...more], { env });
      expect(second.code).toBe(0);
      expect(readdirSync(out)).toEqual(before);
    }
  });

  it('writes each transition of the machine to the trace', () => {
    const transitions = readFileSync(join(whole.directory, 'trace.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(transitions[0]).toMatchObject({ from: '', to: 'planning' });
    expect(transitions.at(-1)).toMatchObject({ from: 'checkpointing', to: 'done' });
    for (const [index, { from }] of transitions.entries())
      if (index > 0) expect(from).toBe(transitions[index - 1].to);
  });

  it('uses --now as the fetch time of the mapping', async () => {
    const { stdout } = await cli(
      [...STREAM, ...args, '--state', join(temporaryDirectory(), 's'), '--now', '2020-01-01T00:00:00Z'],
      { env },
    );
    expect(stdout.trimEnd().split('\n')).toHaveLength(30);
  });

  it('keeps files and directories of a run to their owner', () => {
    for (const entry of readdirSync(whole.directory, { recursive: true, withFileTypes: true })) {
      expect(statSync(join(entry.parentPath, entry.name)).mode & 0o077, entry.name).toBe(0);
    }
  });

  it('leaves no secret and no token in anything that it writes', () => {
    const written = readdirSync(whole.directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    for (const secret of Object.values(vendor.secrets)) {
      for (const text of [whole.stderr, ...written]) {
        expect(text).not.toContain(secret);
        expect(text).not.toContain(encodeURIComponent(secret));
        // The head of a JSON Web Token.
        expect(text).not.toMatch(/eyJ[A-Za-z0-9_-]{10,}\./);
      }
    }
  });
});

describe('what bad input gets from tributary run', () => {
  const bad: [string, () => string[], number, RegExp, Record<string, string>?][] = [
    ['an unknown connector', () => ['run', 'microsoft-defendr'], 2, /did you mean `microsoft-defender`/],
    [
      'an unknown stream',
      () => ['run', 'microsoft-defender', '--stream', 'device', ...args],
      2,
      /did you mean `devices`/,
    ],
    [
      'an unknown setting',
      () => [...STREAM, ...args, '--set', 'tenant=1'],
      2,
      /there is no setting `tenant`/,
    ],
    [
      'a missing setting',
      () => [...STREAM],
      2,
      /`tenant_id` \(Directory \(tenant\) ID\) is missing[\s\S]*--set tenant_id=/,
    ],
    ['a malformed setting', () => [...STREAM, ...args, '--set', 'tenant_id=abc'], 2, /expected a uuid/],
    [
      'a secret in the open',
      () => [...STREAM, ...args, '--set', 'client_secret=hunter2hunter2'],
      2,
      /--secret client_secret=env:NAME/,
    ],
    [
      'an unset variable',
      () => [...STREAM, ...args, '--secret', 'client_secret=env:NOT_SET_AT_ALL'],
      2,
      /NOT_SET_AT_ALL is not set/,
    ],
    [
      'a secret file that is missing',
      () => [...STREAM, ...args, '--secret', 'client_secret=file:/nowhere'],
      2,
      /cannot be read/,
    ],
    ['an unknown destination', () => [...STREAM, ...args, '--to', 'kafka:x'], 2, /unknown destination/],
    ['an unknown mapping', () => [...STREAM, ...args, '--as', 'documentd'], 2, /did you mean `documented`/],
    ['an unknown option', () => [...STREAM, '--fulll'], 2, /--full/],
    ['a now that is no instant', () => [...STREAM, ...args, '--now', 'yesterday'], 2, /expected an instant/],
    [
      'a wrong secret',
      () => [...STREAM, ...args, '--secret', 'client_secret=env:WRONG'],
      4,
      /the client secret is wrong[\s\S]*7000215[\s\S]*copy the secret's value/,
      { WRONG: 'wrong-secret-value' },
    ],
    [
      'an expired secret',
      () => [...STREAM, ...args, '--secret', 'client_secret=env:OLD'],
      4,
      /has expired[\s\S]*create a new client secret/,
      { OLD: 'simulated~secret-of-last-year' },
    ],
    [
      'an API that is not there',
      () => [...STREAM, ...args, '--set', `api_url=${vendor.origin}/nowhere`],
      5,
      /answers 404/,
    ],
    ['a private address', () => [...STREAM, ...args, '--set', 'api_url=https://10.1.2.3'], 3, /refused/],
  ];
  it.each(bad)(
    '%s is refused with the remedy, the right exit code, and nothing written',
    async (_, command, code, says, more = {}) => {
      const directory = temporaryDirectory();
      const given = command();
      const to = given.includes('--to') ? [] : ['--to', `ndjson:${join(directory, 'events')}`];
      const result = await cli([...given, ...to, '--state', join(directory, 'state')], {
        env: { ...env, ...more },
      });
      expect(result.stderr).toMatch(says);
      expect(result.code).toBe(code);
      expect(result.stdout).toBe('');
      expect(result.stderr).not.toMatch(/\n\s+at /);
      expect(result.stderr).not.toContain('hunter2');
      expect(result.stderr).not.toContain('wrong-secret-value');
      const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
      expect(files.filter((name) => name.endsWith('.ndjson'))).toEqual([]);
    },
  );

  it('a state directory of a newer version is refused', async () => {
    const state = temporaryDirectory();
    const command = [...STREAM, ...args, '--to', `ndjson:${join(state, 'e')}`, '--state', state];
    await cli(command, { env });
    const folder = join(state, 'microsoft-defender');
    for (const name of readdirSync(folder).filter((file) => /checkpoint-[01]$/.test(file))) {
      const [line = ''] = readFileSync(join(folder, name), 'utf8').split('\n');
      const newer = JSON.stringify({ ...JSON.parse(line), format: 1_000 });
      const checksum = createHash('sha256').update(newer).digest('hex');
      writeFileSync(join(folder, name), `${newer}\n${checksum}\n`);
    }
    const { code, stderr } = await cli(command, { env });
    expect(code).toBe(3);
    expect(stderr).toMatch(/state-newer/);
  });

  it('a state directory that is a file is refused', async () => {
    const file = join(temporaryDirectory(), 'state');
    writeFileSync(file, 'not a directory');
    const { code, stderr } = await cli([...STREAM, ...args, '--state', file], { env });
    expect(code).toBe(3);
    expect(stderr).not.toMatch(/internal|\n\s+at /);
  });
});
