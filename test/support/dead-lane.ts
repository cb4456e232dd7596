/** A lane with dead letters, and replays of them, against the vendor of vendor.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Connector } from '../../engine/compile/connector.ts';
import { type ReplayReport, type ReplayRunRequest, replay } from '../../engine/replay.ts';
import type { DeadLetter } from '../../engine/write/dead-letters.ts';
import { type Directories, filesIn, type Json, type Loose, readNdjson } from './tenant.ts';
import { startVendor, type Told, type Vendor } from './vendor.ts';

export const LINKED = { records: 'value', key: 'id', pagination: { type: 'odata_next_link' } };
export const THINGS = {
  endpoints: { things: { ...LINKED, path: '/things' }, owners: { ...LINKED, path: '/owners' } },
  streams: {
    things: {
      record: { thing: 'things' },
      join: { owner: { endpoint: 'owners', on: { 'thing.owner': 'id' } } },
    },
  },
};

/** Maps no record whose field `bad` is among the causes. */
export const failingFor = (...causes: string[]) =>
  `{"class_uid": 5001, "unmapped": **[bad in ${JSON.stringify(causes)}] ? $error("no such thing") : $}`;

/** Things of which every third is bad, and their owners. */
export const things = (count: number, more: Json = {}): Json[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `t${String(index).padStart(2, '0')}`,
    owner: `o${index % 2}`,
    ...(index % 3 === 0 && { bad: 'x' }),
    ...more,
  }));

export interface Broken {
  vendor: Vendor;
  mended: Connector;
}

/** After a run with a mapping that fails for every third of 12 things. */
export async function broken(definition: Loose = THINGS): Promise<Broken> {
  const vendor = await startVendor(definition, failingFor('x', 'y'));
  vendor.lists = { '/things': things(12), '/owners': [{ id: 'o0' }, { id: 'o1', name: 'One' }] };
  const { summary } = await vendor.run();
  expect(summary).toMatchObject({ end: 'done', events: 8, dead: 4 });
  return { vendor, mended: vendor.compile(() => {}, failingFor()) };
}

export function play(
  vendor: Vendor,
  connector: Connector,
  request: Partial<ReplayRunRequest> = {},
  { state, out }: Directories = vendor,
): Promise<ReplayReport> {
  const base = { env: vendor.env, settings: {}, secrets: {}, to: [`ndjson:${out}`], state, now: vendor.now };
  return replay(connector, { ...base, replay: {}, ...request });
}

export const sealed = (directory: string): Json[] =>
  filesIn(directory)
    .filter((file) => file.endsWith('.ndjson'))
    .flatMap(readNdjson);
export const events = (out: string): Told[] => sealed(out).map(({ unmapped }) => unmapped);
export const letters = (out: string) => sealed(join(out, 'dead')) as unknown as DeadLetter[];
export const ids = (told: readonly Told[]) => told.map(({ thing }) => thing.id).sort();
export const BAD = ['t00', 't03', 't06', 't09'];

export function sorted(all: readonly Json[]): string[] {
  return all.map((event) => JSON.stringify(event)).sort();
}

export function countersOf(state: string): Json {
  const folder = join(state, 'acme');
  const newest = readdirSync(folder)
    .filter((name) => /checkpoint-[01]$/.test(name))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8').split('\n')[0] ?? ''))
    .sort((a, b) => b.number - a.number)[0];
  return newest.checkpoint.counters;
}
