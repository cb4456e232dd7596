import { afterAll, describe, expect, test } from 'vitest';
import { DefinitionError } from '../../engine/compile/load.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { connectorDefinition, type Loose, loadDefinition } from '../support/tenant.ts';
import { closeScenarios, type Scenario, type Shown, scenarios, tokenRefused } from './scenarios.ts';

/*
 * Every key of the shipped connector decides something: taken away or corrupted it makes the definition unloadable, or a run
 * against the simulated tenant comes out otherwise. A key of which neither is true is not known by anything, whatever it says.
 */

type Path = readonly (string | number)[];

/** Words and repetitions, which decide nothing in a run. */
const EXEMPT: { keys: RegExp; breaks: 'both' | 'delete'; reason: string }[] = [
  { keys: /(^|\.)(title|description|vendor)$/, breaks: 'both', reason: 'words for people' },
  { keys: /^auth\.\w+\.permissions(\.|$)/, breaks: 'both', reason: 'for the documentation: what to grant' },
  { keys: /\.errors\.known\.\w+\.(message|fix)$/, breaks: 'both', reason: 'the words of an error' },
  {
    keys: /^auth\.\w+\.client_(id|secret)$/,
    breaks: 'delete',
    reason: 'says what the language takes by default',
  },
  {
    keys: /^auth\.\w+\.permissions_claim$/,
    breaks: 'delete',
    reason: 'says what the language takes by default',
  },
  {
    keys: /^streams\.\w+\.cursor\.(overlap|sweep)$/,
    breaks: 'delete',
    reason: 'says what the language takes by default',
  },
];

/** The scenario that shows what a key does, where it is not the plain run. */
const SHOWN_BY: [keys: RegExp, scenario: keyof typeof scenarios][] = [
  [/^settings\.\w+\.format$/, 'malformed'],
  [/^settings\.client_secret\.optional$/, 'certificate'],
  [/^settings\.tenant_id\.identity$/, 'two_tenants'],
  [/^settings\.(api|graph|token)_url\.default$/, 'defaults'],
  [/^settings\.new_devices_only\.default$/, 'full_twice'],
  [/^auth\.\w+\.certificate_file$/, 'certificate'],
  [/^auth\.\w+\.assertion_file$/, 'assertion'],
  [/^auth\.\w+\.permissions_claim$/, 'doctor'],
  [/^apis\.\w+\.rate_limits$/, 'quotas'],
  [/^endpoints\.\w+\.permissions(\.|$)/, 'no_roles'],
  [/^endpoints\.machines\.responses(\.|$)/, 'no_machines'],
  [/^streams\.devices\.join\.managedDevice\.when$/, 'without_intune'],
  [/^streams\.\w+\.cursor(\.|$)/, 'moving'],
  [/^streams\.\w+\.only_new(\.|$)/, 'only_new'],
  [/^streams\.\w+\.mappings\.(?!documented)/, 'other_mappings'],
];

/** Values that are as well formed as the right ones, where a mistake is more likely to look like that. */
const LIKELY: Record<string, unknown> = {
  'endpoints.machines.records': 'values',
  'endpoints.machines.key': 'aadDeviceId',
  'endpoints.managed_devices.key': 'deviceName',
  'streams.devices.join.managedDevice.newest': 'enrolledDateTime',
  'streams.devices.cursor.field': 'machine.firstSeen',
  'streams.devices.cursor.filter': 'lastSeen gt ${now}',
  'streams.devices.cursor.overlap': '9000h',
  'streams.devices.cursor.sweep': '7d',
  'streams.devices.only_new.field': 'machine.lastSeen',
};

interface Break {
  path: Path;
  how: 'delete' | 'corrupt';
  value?: unknown;
}

const intact = connectorDefinition();
const breaks = breaksOf(intact);
const shownIntact = new Map<string, Promise<Shown>>();

afterAll(closeScenarios);

describe('each key of the connector', () => {
  test('is found', () => {
    expect(breaks.length).toBeGreaterThan(250);
    for (const { keys } of EXEMPT)
      expect(
        allPaths(intact)
          .map(nameOf)
          .some((name) => keys.test(name)),
      ).toBe(true);
    for (const [keys] of SHOWN_BY) expect(breaks.some(({ path }) => keys.test(nameOf(path)))).toBe(true);
    for (const name of Object.keys(LIKELY)) expect(breaks.map(({ path }) => nameOf(path))).toContain(name);
  });

  test('the intact definition shows the same twice, in every scenario', async () => {
    for (const [name, one] of Object.entries(scenarios)) {
      expect(await shownBy(one, intact), name).toEqual(await shownOfIntact(name, one));
    }
  });

  test.each(
    breaks.map(
      (one) =>
        [`${one.how} ${nameOf(one.path)}${one.value === undefined ? '' : `: ${one.value}`}`, one] as const,
    ),
  )('%s', async (_, { path, how, value }) => {
    const broken = structuredClone(intact);
    breakAt(broken, path, how, value);
    const [name, one] = scenarioFor(path);
    const shown = await shownBy(one, broken);
    if (typeof shown === 'string') return;
    expect(shown).not.toEqual(await shownOfIntact(name, one));
  });
});

/** What the scenario shows of the definition; a text when it cannot even be loaded. */
async function shownBy(one: Scenario, definition: Loose): Promise<Shown> {
  const prepared = structuredClone(definition);
  try {
    one.prepare?.(prepared);
    return await one.play(await loadDefinition(prepared, temporaryDirectory()));
  } catch (error) {
    if (error instanceof DefinitionError) return error.message;
    throw error;
  }
}

function shownOfIntact(name: string, one: Scenario): Promise<Shown> {
  const known = shownIntact.get(name) ?? shownBy(one, intact);
  shownIntact.set(name, known);
  return known;
}

function scenarioFor(path: Path): [string, Scenario] {
  const name = nameOf(path);
  const [, auth, code] = /^auth\.(\w+)\.errors(?:\.known(?:\.(\w+))?)?/.exec(name) ?? [];
  if (auth !== undefined)
    return [`token ${auth} ${code ?? '7000215'}`, tokenRefused(auth, code ?? '7000215')];
  const shown = SHOWN_BY.find(([keys]) => keys.test(name))?.[1] ?? 'plain';
  return [shown, scenarios[shown]];
}

function breaksOf(definition: Loose): Break[] {
  const found: Break[] = [];
  for (const path of allPaths(definition)) {
    const name = nameOf(path);
    const exempt = EXEMPT.find(({ keys }) => keys.test(name))?.breaks;
    if (exempt === 'both') continue;
    if (exempt !== 'delete') found.push({ path, how: 'delete' });
    const value = path.reduce((node, step) => node[step], definition);
    if (typeof value !== 'object') found.push({ path, how: 'corrupt', value: corrupted(value) });
    if (name in LIKELY) found.push({ path, how: 'corrupt', value: LIKELY[name] });
  }
  return found;
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
