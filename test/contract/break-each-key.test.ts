import { afterAll, describe, expect, test } from 'vitest';
import { DefinitionError } from '../../engine/compile/definition-error.ts';
import { withDefaults } from '../../engine/definition/defaults.ts';
import { connectorSchema } from '../../engine/definition/schema/connector.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { connectorDefinition, type Loose, loadDefinition } from '../support/tenant.ts';
import { endpointsOf, onlyStreams } from './only-streams.ts';
import { closeScenarios, type Scenario, type Shown, scenarios, tokenRefused } from './scenarios.ts';

/*
 * Every key of the shipped connector decides something: taken away or corrupted it makes the definition unloadable, or a run
 * against the simulated tenant comes out otherwise. A key of which neither is true is not known by anything, whatever it says.
 * Each is broken in the part of the definition that one stream needs, and shown by one scenario of that stream. Runs are also
 * compared by what the vendor was asked. What a mapping gets is shown by an echo in its place, which misses nothing and is
 * quick to compile; the keys that are about mappings are shown by the mappings themselves.
 */

type Path = readonly (string | number)[];

/** Words and repetitions, which decide nothing in a run. */
const EXEMPT: { keys: RegExp; reason: string }[] = [
  { keys: /(^|\.)(title|description|vendor)$/, reason: 'words for people' },
  { keys: /^auth\.\w+\.permissions(\.|$)/, reason: 'for the documentation: what to grant' },
  { keys: /\.errors\.known\.\w+\.(message|fix)$/, reason: 'the words of an error' },
  { keys: /^auth\.(graph|xdr)\.errors\./, reason: 'an alias: it is broken at its anchor' },
];

/** The scenario that shows what a key does, where it is not the plain run. */
const SHOWN_BY: [keys: RegExp, scenario: keyof typeof scenarios][] = [
  [/^settings\.\w+\.format$/, 'malformed'],
  [/^settings\.client_secret\.optional$/, 'certificate'],
  [/^settings\.tenant_id\.identity$/, 'two_tenants'],
  [/^settings\.((api|graph|xdr|token)_url|export_origin)\.default$/, 'defaults'],
  [/^settings\.new_devices_only\.default$/, 'full_twice'],
  [/^auth\.\w+\.certificate_file$/, 'certificate'],
  [/^auth\.\w+\.assertion_file$/, 'assertion'],
  [/^auth\./, 'doctor'],
  [/^apis\.\w+\.rate_limits$/, 'frugal'],
  [/^apis\.(assessments|exports|graph_security)\.rate_limits\./, 'troubled'],
  [/^apis\.exports\./, 'files'],
  [/^endpoints\.\w+\.permissions(\.|$)/, 'doctor_without_roles'],
  [/^endpoints\.machines\.responses(\.|$)/, 'no_machines'],
  [/^endpoints\.managed_device_details\./, 'details'],
  [/^endpoints\.\w+_files\./, 'files'],
  [/^endpoints\.\w+_changes\./, 'moving'],
  [/^streams\.devices\.join\.managedDevice\.when$/, 'without_intune'],
  [/^streams\.alerts\.join\.machine\.optional$/, 'without_machines'],
  [/^streams\.\w+\.lookup\.\w+\.optional$/, 'unanswered'],
  [/^streams\.devices\.lookup\.managedDeviceDetails\.when$/, 'plain'],
  [/^streams\.devices\.lookup(\.|$)/, 'details'],
  [/^streams\.\w+\.alternatives(\.|$)/, 'files'],
  [/^streams\.\w+\.on_request$/, 'unnamed'],
  [/^streams\.\w+\.fallback$/, 'no_roles'],
  [/^streams\.\w+\.cursor\.reach$/, 'long_after'],
  [/^streams\.\w+\.removed(\.absent)?$/, 'full_twice'],
  // Only files say these.
  [/^streams\.vulnerabilities\.ignore\.[45]$/, 'files'],
  [/^streams\.\w+\.(cursor|removed|ignore|join\.\w+\.keep)(\.|$)/, 'moving'],
  [/^streams\.\w+\.only_new(\.|$)/, 'only_new'],
  [/^streams\.\w+\.mappings\.(?!documented)/, 'other_mappings'],
];

/** What the echo, which looks at everything, cannot show. */
const ABOUT_MAPPINGS = /^streams\.\w+\.(event|other_events|mappings|unvalidated)(\.|$)|\.select_parameter$/;

/** Gives what a mapping gets. The settings have ports in them, which differ. */
const ECHO = '{"unmapped": $sift($, function($value, $name) { $name != "settings" })}';

/** Values that are as well formed as the right ones, where a mistake is more likely to look like that. */
const LIKELY: Record<string, unknown> = {
  'endpoints.machines.records': 'values',
  'endpoints.machines.key': 'aadDeviceId',
  'endpoints.managed_devices.key': 'deviceName',
  'endpoints.graph_incidents.pagination.field': 'createdDateTime',
  'endpoints.software_vulnerability_files.member_names': 'as_is',
  'streams.devices.join.managedDevice.newest': 'enrolledDateTime',
  'streams.devices.lookup.managedDeviceDetails.when': 'settings.intune',
  'streams.devices.cursor.field': 'machine.firstSeen',
  'streams.devices.cursor.filter': 'lastSeen gt ${now}',
  'streams.devices.cursor.sweep': '7d',
  'streams.devices.only_new.field': 'machine.lastSeen',
  'streams.alerts.cursor.field': 'alert.alertCreationTime',
  'streams.incidents_from_alerts.group.by': 'investigationId',
  'streams.vulnerabilities.join.cve.keep': '30d',
  'streams.vulnerabilities.cursor.overlap': '1h',
  'streams.vulnerabilities.cursor.sweep': '7d',
  'streams.vulnerabilities.removed.when': 'input.vulnerability.status = "New"',
  'streams.vulnerabilities.removed.with': 'cve',
};

interface Break {
  path: Path;
  how: 'delete' | 'corrupt';
  value?: unknown;
}

const intact = connectorDefinition();
const parts = new Map(Object.keys(intact.streams).map((name) => [name, onlyStreams(intact, [name])]));
const filled = JSON.stringify(withDefaults(connectorSchema, intact));
const breaks = breaksOf(intact);
const shownIntact = new Map<string, Promise<Shown>>();

afterAll(closeScenarios);

describe('each key of the connector', () => {
  test('is found', () => {
    expect(breaks.length).toBeGreaterThan(600);
    for (const { keys } of EXEMPT)
      expect(
        allPaths(intact)
          .map(nameOf)
          .some((name) => keys.test(name)),
      ).toBe(true);
    for (const [keys] of SHOWN_BY) expect(breaks.some(({ path }) => keys.test(nameOf(path)))).toBe(true);
    for (const name of Object.keys(LIKELY)) expect(breaks.map(({ path }) => nameOf(path))).toContain(name);
  });

  test.each([...parts])('the part of the stream %s can be loaded', async (_, part) => {
    for (const one of [part, echoing(part)])
      expect(await shownBy({ play: async () => ({}) }, one)).toEqual({});
  });

  test.each(
    breaks.map(
      (one) =>
        [`${one.how} ${nameOf(one.path)}${one.value === undefined ? '' : `: ${one.value}`}`, one] as const,
    ),
  )('%s', async (_, { path, how, value }) => {
    const sight = sightOf(path);
    const broken = structuredClone(sight.part);
    breakAt(broken, path, how, value);
    const shown = await shownBy(sight.scenario, broken);
    if (typeof shown === 'string') return;
    expect(shown).not.toEqual(await shownOfIntact(sight));
  });

  test('the intact definition shows the same twice, in every scenario that was played', async () => {
    const played = new Map(breaks.map(({ path }) => sightOf(path)).map((sight) => [sight.name, sight]));
    for (const [name, shown] of shownIntact) {
      const { scenario, part } = played.get(name) as Sight;
      expect(await shown, name).toBeTypeOf('object');
      if (/^(plain|files|details|moving|full_twice|other_mappings) /.test(name)) {
        const lanes = (await shown) as { lanes: { end: string; dead: number }[] }[];
        for (const { end, dead } of lanes.flatMap((one) => one.lanes))
          expect({ end, dead }, name).toEqual({ end: 'done', dead: 0 });
      }
      expect(await shownBy(scenario, part), name).toEqual(await shown);
    }
  });
});

/** What the scenario shows of the definition; a text when it cannot even be loaded. */
async function shownBy(one: Scenario, definition: Loose): Promise<Shown> {
  const prepared = structuredClone(definition);
  try {
    one.prepare?.(prepared);
    return await one.play(await loadDefinition(prepared, temporaryDirectory(), { 'echo.jsonata': ECHO }));
  } catch (error) {
    if (error instanceof DefinitionError) return error.message;
    throw error;
  }
}

function shownOfIntact({ name, scenario, part }: Sight): Promise<Shown> {
  const known = shownIntact.get(name) ?? shownBy(scenario, part);
  shownIntact.set(name, known);
  return known;
}

/** Where a key is to be seen at work. */
interface Sight {
  name: string;
  scenario: Scenario;
  /** The part of the definition that is played. */
  part: Loose;
}

function sightOf(path: Path): Sight {
  const key = nameOf(path);
  const stream = streamOf(path);
  const whole = parts.get(stream);
  const isAboutMappings = ABOUT_MAPPINGS.test(key);
  const part = isAboutMappings ? whole : echoing(whole);
  const [, code] = /^auth\.\w+\.errors(?:\.known(?:\.(\w+))?)?/.exec(key) ?? [key];
  if (/^auth\.\w+\.errors(\.|$)/.test(key)) {
    const refused = code ?? '7000215';
    return { name: `token ${refused} of ${stream}`, scenario: tokenRefused(refused), part };
  }
  const shown = SHOWN_BY.find(([keys]) => keys.test(key))?.[1] ?? 'plain';
  const name = `${shown} of ${stream}${isAboutMappings ? '' : ', by echo'}`;
  return { name, scenario: scenarios[shown], part };
}

/** The first stream in which the key can do something. */
function streamOf([section, name]: Path): string {
  const streams = [...parts];
  const first = (isIts: (part: Loose, stream: string) => boolean) =>
    streams.find(([stream, part]) => isIts(part, stream))?.[0];
  const isNamed = (part: Loose) => {
    const { settings: _, ...rest } = part;
    return JSON.stringify(rest).includes(`settings.${name}`);
  };
  const found =
    section === 'streams' && name !== undefined
      ? String(name)
      : section === 'endpoints'
        ? (first((part, stream) => Object.values(part.streams[stream].record).includes(name)) ??
          first((part, stream) => endpointsOf(part.streams[stream]).includes(String(name))))
        : section === 'settings'
          ? first(isNamed)
          : first((part) => part[String(section)]?.[String(name)] !== undefined);
  return found ?? String(streams[0]?.[0]);
}

function echoing(part: Loose): Loose {
  const changed = structuredClone(part);
  for (const stream of Object.values<Loose>(changed.streams)) {
    stream.mappings = { echo: 'echo.jsonata' };
    stream.unvalidated = ['echo'];
  }
  return changed;
}

function breaksOf(definition: Loose): Break[] {
  const found: Break[] = [];
  for (const path of allPaths(definition)) {
    const name = nameOf(path);
    if (EXEMPT.some(({ keys }) => keys.test(name))) continue;
    if (!saysTheDefault(path)) found.push({ path, how: 'delete' });
    const value = path.reduce((node, step) => node[step], definition);
    if (typeof value !== 'object') found.push({ path, how: 'corrupt', value: corrupted(value) });
    if (name in LIKELY) found.push({ path, how: 'corrupt', value: LIKELY[name] });
  }
  return found;
}

/** Without the key the language takes the same. */
function saysTheDefault(path: Path): boolean {
  const without = structuredClone(intact);
  breakAt(without, path, 'delete', undefined);
  const names = (text: string) => [...text].sort().join('');
  const now = JSON.stringify(withDefaults(connectorSchema, without));
  return now.length === filled.length && names(now) === names(filled);
}

function corrupted(value: unknown): unknown {
  if (typeof value === 'boolean') return !value;
  if (typeof value !== 'number') return `${value}x`;
  // A page that is too large, a budget that is too small.
  return value >= 10_000 ? value + 1 : 1;
}

/** Every key of every map, and every leaf of every list. */
function allPaths(node: Loose, at: Path = []): Path[] {
  if (typeof node !== 'object') return [];
  return Object.entries(node).flatMap(([key, child]): Path[] => {
    const path = [...at, Array.isArray(node) ? Number(key) : key];
    const isMapInList = Array.isArray(node) && typeof child === 'object';
    return isMapInList ? allPaths(child, path) : [path, ...allPaths(child, path)];
  });
}

function breakAt(definition: Loose, path: Path, how: Break['how'], value: unknown): void {
  const parent = path.slice(0, -1).reduce((node, step) => node[step], definition);
  const last = path.at(-1) as string | number;
  if (how === 'corrupt') parent[last] = value;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
}

function nameOf(path: Path): string {
  return path.join('.');
}
