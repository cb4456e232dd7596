/** `npm run bench`: what mapping costs, beside what else one could do. Writes docs/performance.md and docs/performance.svg. */
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import jsonata from 'jsonata';
import { SourceText } from '../../engine/definition/source.ts';
import { compileMapping, type Mapping } from '../../engine/map/evaluate.ts';
import { deviceRecord, type Json } from './device-records.ts';
import { handWritten } from './hand-written.ts';
import { isInstalled, peaks, runProgram } from './processes.ts';
import { page, plot, type Table } from './report.ts';
import { measure } from './rounds.ts';
import { shippedMappings } from './shipped.ts';
import { variantOf } from './variants.ts';

const NOW = Date.UTC(2026, 10, 22);
const DEVICE = 'mappings/microsoft-defender/device.jsonata';
/** Less of everything, to see that it runs: `BENCH_SCALE=0.02`. */
const SCALE = Number(process.env.BENCH_SCALE ?? 1);
const ROUNDS = SCALE < 1 ? 3 : 7;
const scaled = (count: number) => Math.max(10, Math.round(count * SCALE));

const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
/** As it is shipped. */
const main = 'dist/engine/cli/main.js';
const database = fileURLToPath(new URL('./duckdb.js', import.meta.url));
const copier = fileURLToPath(new URL('./copy-through.js', import.meta.url));
const notes: string[] = [];
const loadBefore = loadavg()[0] ?? 0;
try {
  const text = readFileSync(DEVICE, 'utf8');
  const tables = [
    await programs('Programs, records of 1 kB', text, scaled(200_000), false),
    await programs('Programs, records of 10 kB', text, scaled(20_000), true),
    await mappingAlone(text),
    await variants(text),
    ...(await shipped()),
  ];
  notes.push(await compileTime(text));
  writeFileSync('docs/performance.md', page(tables, notes, loadBefore));
  writeFileSync('docs/performance.svg', plot(tables[0] as Table));
} finally {
  rmSync(folder, { recursive: true });
}

function compiled(text: string, name = 'bench.jsonata'): Mapping {
  const { mapping } = compileMapping(new SourceText(name, text));
  if (!mapping) throw new Error(`${name} does not parse`);
  return mapping;
}

/** From a file to a file, the start of the program included. */
async function programs(title: string, text: string, count: number, isLarge: boolean): Promise<Table> {
  const input = join(folder, 'records.ndjson');
  await writeLines(input, count, (index) => JSON.stringify(deviceRecord(index, isLarge)));
  // A program that takes milliseconds a record is given a tenth of them: what its start takes does not count there.
  const [few, fewInput] = [Math.ceil(count / 10), join(folder, 'few.ndjson')];
  await writeLines(fewInput, few, (index) => JSON.stringify(deviceRecord(index, isLarge)));
  const variant = variantOf(text, 1);
  const variantPath = join(folder, 'variant.jsonata');
  const variantInput = join(folder, 'variant.ndjson');
  writeFileSync(variantPath, variant.mapping);
  await writeLines(variantInput, count, (index) =>
    JSON.stringify(variant.record(deviceRecord(index, isLarge))),
  );
  const map = (mapping: string, threads: number) =>
    [
      process.execPath,
      main,
      'map',
      mapping,
      '--threads',
      String(threads),
      '--now',
      '2026-11-22T00:00:00Z',
    ] as const;
  const commands: Record<string, { command: readonly string[]; from: string; records?: number }> = {
    'JSON copy-through': { command: [process.execPath, copier, input, '/dev/stdout'], from: input },
    'map, 1 thread': { command: map(DEVICE, 1), from: input },
    'map, 2 threads': { command: map(DEVICE, 2), from: input },
    'variant, 1 thread': { command: map(variantPath, 1), from: variantInput },
    'variant, 2 threads': { command: map(variantPath, 2), from: variantInput },
  };
  if (isInstalled('jq'))
    commands.jq = { command: ['jq', '-c', '-f', 'test/bench/device.jq'], from: fewInput, records: few };
  else notes.push('jq: not installed');
  // It writes the file itself; what it does not read of a record is the same in both sizes.
  for (const threads of ['1', '2']) {
    commands[`DuckDB, ${threads === '1' ? '1 thread' : '2 threads'}`] = {
      command: [process.execPath, database, input, '/dev/stdout', threads, String(NOW)],
      from: input,
    };
  }
  const outputs = new Map(Object.keys(commands).map((name, index) => [name, join(folder, `out-${index}`)]));
  peaks.clear();
  const rows = await measure(
    Object.fromEntries(
      Object.entries(commands).map(([name, { command, from, records }]) => [
        name,
        async () => {
          await runProgram(name, command, { input: from, output: outputs.get(name) as string });
          return records ?? count;
        },
      ]),
    ),
    Math.min(ROUNDS, 5),
  );
  const all = readFileSync(outputs.get('map, 1 thread') as string, 'utf8');
  for (const [name, path] of outputs) {
    const { records } = commands[name] ?? {};
    const wanted = records === undefined ? all : `${all.split('\n', records).join('\n')}\n`;
    if (name !== 'JSON copy-through' && !sameEvents(wanted, readFileSync(path, 'utf8')))
      throw new Error(`${name} gives other events`);
  }
  const size = Math.round(statSync(input).size / count);
  const about = `The documented device mapping over ${count.toLocaleString('en')} records of ${size} bytes on average, from a file to a file, start of the program included. The copy-through parses and writes the same bytes in one thread. The variant is the same mapping with all records and members renamed and shuffled. jq has a tenth of the records. DuckDB does the same projection in SQL. All outputs were compared, those of jq and DuckDB as values without null.`;
  return { title, about, base: 'JSON copy-through', rows, peaks: new Map(peaks) };
}

/** Byte for byte, or, for another program's order of members and lines, as values; a sample is enough for those. */
function sameEvents(ours: string, theirs: string): boolean {
  if (ours === theirs) return true;
  const [one, other] = [ours.split('\n'), theirs.split('\n')];
  if (one.length !== other.length) return false;
  const sorted = (line: string) => JSON.stringify(inOrder(JSON.parse(line || 'null')));
  // DuckDB keeps to no order with several threads.
  const events = new Set(other.map(sorted));
  return one.slice(0, 2000).every((line) => events.has(sorted(line)));
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      // SQL has no members that are not there, and lists that are empty.
      .filter(([, each]) => each !== null && !(Array.isArray(each) && each.length === 0))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, each]) => [name, inOrder(each)]),
  );
}

async function writeLines(path: string, count: number, line: (index: number) => string): Promise<void> {
  const file = createWriteStream(path);
  for (let index = 0; index < count; index++) {
    if (!file.write(`${line(index)}\n`))
      await new Promise<void>((resolve) => file.once('drain', () => resolve()));
  }
  await new Promise<void>((resolve) => file.end(() => resolve()));
}

async function mappingAlone(text: string): Promise<Table> {
  const records = Array.from({ length: scaled(5000) }, (_, index) => deviceRecord(index));
  const few = records.slice(0, Math.max(10, records.length / 50));
  const mapping = compiled(text);
  const reference = jsonata(text);
  for (const input of few) {
    const expected = JSON.stringify(await reference.evaluate(input));
    const ours = [JSON.stringify(mapping.evaluateSync?.(input, NOW)), mapping.evaluateText?.(input, NOW)];
    if ([...ours, JSON.stringify(handWritten(input, NOW))].some((each) => each !== expected))
      throw new Error(`events differ: ${expected}`);
  }
  const each = (list: Json[], work: (input: Json) => unknown) => () => {
    for (const input of list) work(input);
    return list.length;
  };
  const rows = await measure(
    {
      'jsonata package': async () => {
        for (const input of few) await reference.evaluate(input);
        return few.length;
      },
      'hand-written': each(records, (input) => handWritten(input, NOW)),
      compiled: each(records, (input) => mapping.evaluateSync?.(input, NOW)),
      'hand-written, to text': each(records, (input) => JSON.stringify(handWritten(input, NOW))),
      'compiled, to text': each(records, (input) => mapping.evaluateText?.(input, NOW)),
    },
    ROUNDS * 3,
  );
  const about =
    'The documented device mapping from a parsed record to an event, or to its JSON text. All outputs were compared.';
  return { title: 'The mapping alone', about, base: 'hand-written', rows };
}

async function variants(text: string): Promise<Table> {
  const originals = Array.from({ length: scaled(2000) }, (_, index) => deviceRecord(index));
  const mapping = compiled(text);
  const ways: Record<string, () => number> = {
    'as shipped': () => {
      for (const input of originals) mapping.evaluateText?.(input, NOW);
      return originals.length;
    },
  };
  for (const seed of [1, 2, 3]) {
    const variant = variantOf(text, seed);
    const renamed = compiled(variant.mapping);
    const records = originals.map(variant.record);
    records.forEach((input, index) => {
      const expected = mapping.evaluateText?.(originals[index] as Json, NOW);
      if (renamed.evaluateText?.(input, NOW) !== expected)
        throw new Error(`variant ${seed} gives other events`);
    });
    ways[`variant ${seed}`] = () => {
      for (const input of records) renamed.evaluateText?.(input, NOW);
      return records.length;
    };
  }
  const about = 'To text, with records and members renamed and shuffled. All outputs were compared.';
  return {
    title: 'Variants of the mapping',
    about,
    base: 'as shipped',
    rows: await measure(ways, ROUNDS * 3),
  };
}

async function shipped(): Promise<Table[]> {
  const tables: Table[] = [];
  for (const { name, mapping, inputs } of await shippedMappings(['microsoft-defender', 'okta'])) {
    const reference = jsonata(mapping.source.text);
    const theirs = async () => {
      for (const input of inputs) await reference.evaluate(input).catch(() => undefined);
      return inputs.length;
    };
    const ours = () => {
      for (const input of inputs) evaluated(mapping, input);
      return inputs.length;
    };
    await warmUp(theirs);
    await warmUp(ours);
    const rows = await measure(
      { 'jsonata package': () => repeated(theirs), compiled: () => repeated(ours) },
      ROUNDS,
    );
    const about = `Over the ${inputs.length} inputs of its cases.`;
    tables.push({ title: name, about, base: 'jsonata package', rows });
  }
  return tables;
}

/** As long as V8 takes to optimise what a large mapping consists of. */
async function warmUp(work: () => number | Promise<number>): Promise<void> {
  const end = performance.now() + scaled(3000);
  while (performance.now() < end) await work();
}

/** Long enough to be measured: for a tenth of a second. */
async function repeated(work: () => number | Promise<number>): Promise<number> {
  const end = performance.now() + 100;
  let count = 0;
  while (performance.now() < end) {
    const done = work();
    count += typeof done === 'number' ? done : await done;
  }
  return count;
}

function evaluated(mapping: Mapping, input: Json): unknown {
  try {
    return mapping.evaluateSync?.(input, NOW);
  } catch {
    return undefined;
  }
}

async function compileTime(text: string): Promise<string> {
  const times = Array.from({ length: 20 }, (_, index) => {
    const started = performance.now();
    compiled(`${text}/* ${index} */`).evaluateText?.(deviceRecord(index), NOW);
    return performance.now() - started;
  }).sort((a, b) => a - b);
  return `Compiling the device mapping and its first event: ${times[10]?.toFixed(1)} ms (median of 20, in a warm process).`;
}
