import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, reaching, startVendor, temporaryDirectory, type Vendor } from '../support/cli.ts';

const MAPPING = 'mappings/microsoft-defender/device.jsonata';
const RECORD = {
  machine: {
    id: 'a1',
    computerDnsName: 'Host.Example',
    lastSeen: '2024-12-01T10:00:00Z',
    osPlatform: 'Windows11',
  },
};

/** A user's own directory, with the built-in connector and its mappings copied into it. */
function ownDirectory(): string {
  const directory = temporaryDirectory();
  for (const folder of ['connectors/microsoft-defender', 'mappings/microsoft-defender']) {
    cpSync(folder, join(directory, folder), { recursive: true });
  }
  return directory;
}

function edit(path: string, from: string | RegExp, to: string): void {
  const text = readFileSync(path, 'utf8');
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  writeFileSync(path, changed);
}

describe('tributary', () => {
  it('shows its commands without being asked for one', async () => {
    const { code, stderr, stdout } = await cli([]);
    expect(code).toBe(2);
    expect(`${stdout}${stderr}`).toMatch(/run [\s\S]*dry-run [\s\S]*check /);
  });

  it.each(['run', 'dry-run', 'map', 'check', 'test', 'doctor', 'table', 'validate', 'simulate'])(
    'helps with %s: examples, at most 100 columns and 40 lines',
    async (command) => {
      const { code, stdout } = await cli([command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/Examples\n {2}tributary /);
      const lines = stdout.trimEnd().split('\n');
      expect(lines.length).toBeLessThanOrEqual(40);
      expect(lines.filter((line) => line.length > 100)).toEqual([]);
    },
  );

  it('names the nearest command for an unknown one', async () => {
    const { code, stderr } = await cli(['chekc']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/Did you mean check/);
  });
});

describe('tributary check', () => {
  it('says nothing of the connectors that come along', async () => {
    expect(await cli(['check'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('points at the line of the definition, says what to do, and exits 1', async () => {
    const directory = ownDirectory();
    edit(
      join(directory, 'connectors/microsoft-defender/connector.yaml'),
      'endpoint: managed_devices',
      'endpoint: managed_device',
    );
    const { code, stdout } = await cli(['check', 'microsoft-defender'], { cwd: directory });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /error\[def-unknown-reference\]: `endpoints` has no `managed_device`\n {2}--> connectors\/microsoft-defender\/connector\.yaml:\d+:\d+/,
    );
    expect(stdout).toMatch(/\^{14}/);
    expect(stdout).toMatch(/fix: did you mean `managed_devices`\?/);
  });

  it('points at the line of the mapping for an attribute that OCSF does not have', async () => {
    const directory = ownDirectory();
    edit(join(directory, MAPPING), '"hostname"', '"hostnam"');
    const { code, stdout } = await cli(['check', '--format', 'short'], { cwd: directory });
    expect(code).toBe(1);
    const line =
      readFileSync(join(directory, MAPPING), 'utf8')
        .split('\n')
        .findIndex((text) => text.includes('"hostnam"')) + 1;
    expect(stdout).toContain(`${MAPPING}:${line}:`);
    expect(stdout).toMatch(/ocsf-unknown-attribute/);
  });

  it('checks a mapping by itself, against the class that it writes', async () => {
    const directory = ownDirectory();
    edit(join(directory, MAPPING), '$lowercase(', '$lowercas(');
    const { code, stdout } = await cli(['check', MAPPING], { cwd: directory });
    expect(code).toBe(1);
    expect(stdout).toMatch(/`\$?lowercas`[\s\S]*did you mean `\$lowercase`/);
  });

  it('gives JSON with places', async () => {
    const directory = ownDirectory();
    edit(
      join(directory, 'connectors/microsoft-defender/connector.yaml'),
      'page_size: 10000',
      'page_size: many',
    );
    const { code, stdout } = await cli(['check', '--json'], { cwd: directory });
    expect(code).toBe(1);
    const { errors, diagnostics } = JSON.parse(stdout);
    expect(errors).toBe(1);
    expect(diagnostics[0]).toMatchObject({
      code: 'def-type',
      file: 'connectors/microsoft-defender/connector.yaml',
      start: { line: expect.any(Number) },
    });
  });
});

describe('tributary dry-run', () => {
  it('gives the events of every case on standard output', async () => {
    const { code, stdout } = await cli(['dry-run', 'microsoft-defender', '--stream', 'devices']);
    expect(code).toBe(0);
    for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line).class_uid).toBe(5001);
  });

  it.each([
    ['an input of the mapping', JSON.stringify(RECORD)],
    ['a bare record', JSON.stringify(RECORD.machine)],
    ['a dead letter', JSON.stringify({ stage: 'map', code: 'x', record: RECORD.machine })],
    ['several in a list', JSON.stringify([RECORD])],
  ])('takes %s from standard input', async (_, input) => {
    const { code, stdout } = await cli(
      ['dry-run', 'microsoft-defender', '--stream', 'devices', '--record', '-'],
      { input },
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout).device).toMatchObject({ uid: 'a1', hostname: 'Host.Example' });
  });

  it('says where input is not JSON', async () => {
    const { code, stderr } = await cli(
      ['dry-run', 'microsoft-defender', '--stream', 'devices', '--record', '-'],
      { input: '{"machine": {}}\n{oops\n' },
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/standard input:2: not JSON/);
  });

  it('changes exactly the attribute whose leaf was changed', async () => {
    const directory = ownDirectory();
    const command = ['dry-run', 'microsoft-defender', '--case', 'documented'];
    const before = JSON.parse((await cli(command, { cwd: directory })).stdout);
    edit(
      join(directory, MAPPING),
      '"hostname": $there(machine.computerDnsName)',
      '"hostname": $uppercase($there(machine.computerDnsName))',
    );
    const after = JSON.parse((await cli(command, { cwd: directory })).stdout);
    expect(after).toEqual({
      ...before,
      device: { ...before.device, hostname: before.device.hostname.toUpperCase() },
    });
    expect(after.device.hostname).not.toBe(before.device.hostname);
  });

  it('refuses a broken definition with exit code 3 before anything comes out', async () => {
    const directory = ownDirectory();
    edit(join(directory, MAPPING), 'machine.computerDnsName', 'machin.computerDnsName');
    const { code, stdout, stderr } = await cli(['dry-run', 'microsoft-defender'], { cwd: directory });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/map-unknown-record[\s\S]*did you mean `machine`/);
  });
});

describe('tributary map', () => {
  it('maps line by line and keeps the order', async () => {
    const input = [1, 2, 3]
      .map((number) => JSON.stringify({ machine: { ...RECORD.machine, id: `m${number}` } }))
      .join('\n');
    const { code, stdout } = await cli(['map', MAPPING], { input });
    expect(code).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).device.uid),
    ).toEqual(['m1', 'm2', 'm3']);
  });

  it('reports a record that fails with its line, lets the others go on, and exits 6', async () => {
    const input = `${JSON.stringify(RECORD)}\n{broken\n${JSON.stringify(RECORD)}\n`;
    const { code, stdout, stderr } = await cli(['map', MAPPING], { input });
    expect(code).toBe(6);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(stderr).toMatch(/record 2: error\[record-not-json\]/);
  });

  it('keeps failed records in the dead-letter file with the reason', async () => {
    const directory = temporaryDirectory();
    const [mapping, dead, output] = ['m.jsonata', 'dead.ndjson', 'out.ndjson'].map((name) =>
      join(directory, name),
    ) as [string, string, string];
    writeFileSync(mapping, '{"class_uid": 5001, "time": $number(machine.id)}');
    const input = `${JSON.stringify({ machine: { id: '1' } })}\n${JSON.stringify({ machine: { id: 'x' } })}\n`;
    const { code } = await cli(['map', mapping, '--output', output, '--dead-letter', dead], { input });
    expect(code).toBe(6);
    expect(readFileSync(output, 'utf8')).toBe('{"class_uid":5001,"time":1}\n');
    const letter = JSON.parse(readFileSync(dead, 'utf8'));
    expect(letter).toMatchObject({ line: 2, code: 'map-d3030', record: { machine: { id: 'x' } } });
    expect(letter.where).toMatch(/m\.jsonata:1:\d+$/);
  });

  it.each([
    ['a mapping that is not there', ['map', 'nowhere.jsonata'], 2],
    ['a mapping that does not parse', ['map', 'broken.jsonata'], 3],
  ] as const)('refuses %s', async (_, command, expected) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'broken.jsonata'), '{"a": }');
    const { code, stderr } = await cli(command, { cwd: directory });
    expect(code).toBe(expected);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe('tributary table', () => {
  it('gives rows of source, path, description, type and logic', async () => {
    const { stdout } = await cli(['table', 'microsoft-defender', 'devices', '--format', 'json']);
    const rows = JSON.parse(stdout);
    expect(rows).toContainEqual(
      expect.objectContaining({ source: 'machine.id', path: 'device.uid', logic: 'Direct mapping' }),
    );
    expect(
      rows.every((row: object) =>
        ['source', 'path', 'description', 'type', 'logic'].every((key) => key in row),
      ),
    ).toBe(true);
  });
});

describe('tributary test', () => {
  it('passes on the connectors that come along', async () => {
    const { code, stdout } = await cli(['test']);
    expect(stdout).toMatch(/^\d+ passed, 0 failed$/m);
    expect(code).toBe(0);
  });

  it('shows what differs, and --update accepts it', async () => {
    const directory = ownDirectory();
    edit(join(directory, MAPPING), '"severity_id": 1,', '"severity_id": 2,');
    const first = await cli(['test', 'microsoft-defender'], { cwd: directory });
    expect(first.code).toBe(1);
    expect(first.stdout).toMatch(/~ \[0\]\.severity_id {2}1 -> 2/);
    expect((await cli(['test', 'microsoft-defender', '--update'], { cwd: directory })).code).toBe(0);
    expect((await cli(['test', 'microsoft-defender'], { cwd: directory })).code).toBe(0);
  });
});

describe('with a simulated vendor', () => {
  let vendor: Vendor;
  beforeAll(async () => {
    vendor = await startVendor('microsoft-defender', ['--scale', 'machines=5']);
  });
  afterAll(() => vendor.close());

  it('doctor names the permissions that are granted', async () => {
    const { args, env } = reaching(vendor);
    const { code, stdout } = await cli(['doctor', 'microsoft-defender', '--stream', 'devices', ...args], {
      env,
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/ok +permission Machine\.Read\.All/);
    expect(stdout).toMatch(/ok +permission DeviceManagementManagedDevices\.Read\.All/);
  });

  it('doctor names a missing permission and the stream that it empties, and exits 4', async () => {
    const directory = temporaryDirectory();
    const faults = join(directory, 'faults.yaml');
    writeFileSync(faults, 'faults:\n  - {on: token, fault: {type: drop_roles}}\n');
    const poor = await startVendor('microsoft-defender', ['--scale', 'machines=5', '--faults', faults]);
    try {
      const { args, env } = reaching(poor);
      const { code, stdout } = await cli(['doctor', 'microsoft-defender', '--stream', 'devices', ...args], {
        env,
      });
      expect(stdout).toMatch(
        /fail permission Machine\.Read\.All[\s\S]*the stream devices will be empty[\s\S]*admin consent/,
      );
      expect(code).toBe(4);
    } finally {
      poor.close();
    }
  });

  it('a third vendor that exists in YAML and JSONata only runs from the working directory', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'connectors/acme'), { recursive: true });
    mkdirSync(join(directory, 'mappings/acme'), { recursive: true });
    writeFileSync(
      join(directory, 'connectors/acme/connector.yaml'),
      `connector: acme
settings:
  tenant_id: {}
  client_id: {}
  client_secret: {secret: true}
  token_url: {format: uri}
  graph_url: {format: uri}
  api_url: {default: unused}
  xdr_url: {default: unused}
  export_origin: {default: unused}
auth:
  main: {type: oauth2_client_credentials, token_url: "\${settings.token_url}", scope: https://graph.microsoft.com/.default}
apis:
  main: {base_url: "\${settings.graph_url}", auth: main}
endpoints:
  things: {api: main, path: /v1.0/deviceManagement/managedDevices, pagination: {type: odata_next_link}, records: value, key: id}
streams:
  things:
    record: {thing: things}
    event: inventory_info
    mappings: {plain: acme/thing.jsonata}
    unvalidated: [plain]
`,
    );
    writeFileSync(
      join(directory, 'mappings/acme/thing.jsonata'),
      '{"class_uid": 5001, "device": {"uid": thing.id}}\n',
    );
    const { args, env } = reaching(vendor);
    const { code, stdout, stderr } = await cli(['run', 'acme', ...args, '--state', join(directory, 's')], {
      cwd: directory,
      env,
    });
    expect(stderr).toMatch(/acme\/things {2}done/);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n').length).toBeGreaterThan(2);
  });
});
