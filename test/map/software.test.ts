import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wantedAttributes } from '../../engine/coverage/attributes.ts';
import { SourceText } from '../../engine/definition/source.ts';
import { compileJsonata } from '../../engine/map/compiler/compile.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { createValidator } from '../../engine/validate/validate.ts';
import { notePaths } from './note-paths.ts';
import { type Json, softwareInput } from './vulnerability-rows.ts';

const FILE = 'mappings/microsoft-defender/software.jsonata';
const TEXT = readFileSync(FILE, 'utf8');
const NOW = Date.UTC(2026, 10, 22, 12, 0, 0, 987);

const { mapping } = compileMapping(new SourceText(FILE, TEXT));
const validator = createValidator();

// biome-ignore lint/suspicious/noExplicitAny: events are free JSON here, and each test looks at a few of their members.
type Event = any;

/** Maps, and expects what every event must be: valid, and full of something everywhere. */
function mapValid(input: Json): Event {
  if (!mapping?.evaluateSync) throw new Error('the mapping is not compiled');
  const before = JSON.stringify(input);
  const event = mapping.evaluateSync(input, NOW);
  const text = JSON.stringify(event);
  expect(validator.validateText(text), before).toEqual([]);
  expect(text, before).not.toMatch(/null|""|\[\]|\{\}|0001-01-01T|9999-12-31/);
  expect(JSON.stringify(input)).toBe(before);
  return event;
}

function mapRow(row: Json, rest: Json = {}): Event {
  return mapValid({ software: { deviceId: 'd', ...row }, ...rest });
}

describe('software.jsonata', { timeout: 60_000 }, () => {
  it('runs compiled', () => {
    expect(compileJsonata(TEXT, { isRepeatable: true }).obstacle).toBeUndefined();
  });

  it('gives valid events for 1,000 random rows that between them fill all that the mapping writes', () => {
    const filled = new Set<string>();
    for (const input of fc.sample(softwareInput, { seed: 20261122, numRuns: 1000 }))
      notePaths(mapValid(input), '', filled);
    if (!mapping) throw new Error('the mapping does not parse');
    const written = wantedAttributes(mapping, ['software_info']).filter(({ isWritten }) => isWritten);
    expect(written.length).toBeGreaterThan(40);
    expect(written.filter(({ path }) => !filled.has(path)).map(({ path }) => path)).toEqual([]);
  });

  it('stays valid when members are of kinds that nobody documents', () => {
    const odd = fc.constantFrom<unknown>([], ['a', 'b'], [null], {}, { a: 1 }, 5, -1.5, true, 'x');
    const odds = fc.infiniteStream(odd);
    for (const [input, stream] of fc.sample(fc.tuple(softwareInput, odds), { seed: 7, numRuns: 300 })) {
      const changed = (record: unknown): unknown =>
        typeof record !== 'object' || record === null
          ? record
          : Object.fromEntries(
              Object.entries(record).map(([key, value], at) => [
                key,
                key === 'deviceId' || at % 3 === 0 ? value : stream.next().value,
              ]),
            );
      const { software, machine, ...rest } = input;
      const odd = { software: changed(software), machine: changed(machine), ...rest };
      const text = JSON.stringify(mapping?.evaluateSync?.(odd, NOW));
      expect(validator.validateText(text), JSON.stringify(odd)).toEqual([]);
    }
  });
});

describe('software.jsonata, value by value', () => {
  it.each([
    ['microsoft', 'edge', '130.0', true],
    ['', 'edge', 7, true],
    [null, 'edge', '', false],
    [undefined, 'edge', null, false],
    ['microsoft', '', '130.0', false],
  ])(
    'makes of the software %s %s %s a bill: %s',
    (softwareVendor, softwareName, softwareVersion, hasBill) => {
      const event = mapRow({ softwareVendor, softwareName, softwareVersion });
      expect(event.sbom !== undefined).toBe(hasBill);
      expect(event.product?.name).toBe(softwareName || undefined);
      if (!hasBill) return;
      expect(event.sbom.package.version).toBe(String(softwareVersion));
      expect(event.sbom.software_components).toHaveLength(1);
    },
  );

  it.each([
    ['windows_11', 2, 3, 'Operating System'],
    ['.net_framework', 1, 1, 'Framework'],
    ['kernel', 2, 3, 'Operating System'],
    ['chrome', 1, 99, 'Application'],
  ])(
    'takes %s for a package of the kind %s and a component of the kind %s',
    (softwareName, kind, typeId, type) => {
      const { sbom } = mapRow({ softwareName, softwareVersion: '1' });
      const [component] = sbom.software_components;
      expect([sbom.package.type_id, component.type_id, component.type]).toEqual([kind, typeId, type]);
    },
  );

  it.each([
    ['Linux', '0:5.14.0-427.42.1.el9_4', 0, '427.42.1.el9_4'],
    ['Linux', '1:9.2p1-2+deb12u2~bpo11+1', 1, '2+deb12u2~bpo11+1'],
    ['Linux', '2.63+24.04~rc1', undefined, undefined],
    ['Windows10', '1:2-3', undefined, undefined],
  ])(
    'keeps on %s the version %s, with the epoch %s and the release %s',
    (osPlatform, softwareVersion, epoch, release) => {
      const { sbom } = mapRow({ osPlatform, softwareVersion, softwareName: 'a' });
      expect([sbom.package.version, sbom.package.epoch, sbom.package.release]).toEqual([
        softwareVersion,
        epoch,
        release,
      ]);
    },
  );

  it.each([
    ['2020-12-30 11:07:15', 1609326435000],
    ['2020-12-30T11:07:15.8476880Z', 1609326435847],
    ['2023-02-29 00:00:00', undefined],
    ['0001-01-01 00:00:00', undefined],
    [null, undefined],
  ])('takes the first sight %s as %s, and the fetch for the time', (softwareFirstSeenTimestamp, ms) => {
    const event = mapRow({ softwareFirstSeenTimestamp, softwareName: 'a', softwareVersion: '1' });
    expect([event.sbom.created_time, event.time]).toEqual([ms, NOW]);
  });

  it.each([
    ['Linux', 'Ubuntu', 'Ubuntu', 'Linux', 'Server'],
    ['Windows11', 'Other', 'Windows 11', 'Windows', 'Desktop'],
    ['WindowsServer2019', undefined, 'Windows Server 2019', 'Windows', 'Server'],
    ['', 'macOS', 'macOS', 'macOS', 'Desktop'],
    ['FreeBSD', undefined, 'FreeBSD', 'FreeBSD', 'Unknown'],
    [null, undefined, 'Unknown', 'Unknown', 'Unknown'],
  ])('takes the platforms %s and %s for %s', (osPlatform, platform, name, type, kind) => {
    const { device } = mapRow({ osPlatform }, { machine: { osPlatform: platform } });
    expect([device.os.name, device.os.type, device.type]).toEqual([name, type, kind]);
  });

  it('has the ID of the event and of the tenant when there are such', () => {
    const known = { change: { type: 'update', uid: 'u' }, settings: { tenant_id: 't' } };
    expect(mapRow({}, known).metadata).toMatchObject({ uid: 'u', tenant_uid: 't' });
    expect(Object.keys(mapRow({}).metadata)).toEqual(['version', 'log_name', 'log_provider', 'product']);
  });
});
