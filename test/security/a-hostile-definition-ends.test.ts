/** S7: whatever stands in a definition file, reading it ends soon, with a value or with coded problems, and never with an exception. */
import { describe, expect, it } from 'vitest';
import { compileConnector, parseConnector } from '../../engine/compile/compile.ts';
import { SourceText } from '../../engine/definition/source.ts';
import { EngineError } from '../../engine/errors.ts';
import { DEFINITION_BYTES_MAX } from '../../engine/limits.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import type { Diagnostic } from '../../engine/report/diagnostic.ts';
import { loadFaults, loadSimulator } from '../../engine/simulate/load-simulator.ts';
import { ACME, MAPPING } from '../support/acme-connector.ts';

const TIME_MAX_MS = 250;
/** How many documents are made up: `TRIBUTARY_YAML_DOCUMENTS=10000` for a long run. */
const DOCUMENTS = Number(process.env.TRIBUTARY_YAML_DOCUMENTS ?? 1_000);

const mapping = compileMapping(new SourceText('user.jsonata', MAPPING));

type Loader = (text: string) => readonly Diagnostic[];
const LOADERS: Record<string, Loader> = {
  connector: (text) => {
    const parsed = parseConnector(new SourceText('connector.yaml', text));
    return compileConnector(parsed, '/acme', new Map([['acme/user.jsonata', mapping]])).diagnostics;
  },
  simulator: (text) => loadSimulator(new SourceText('simulator.yaml', text)).diagnostics,
  faults: (text) => loadFaults(new SourceText('faults.yaml', text)).diagnostics,
};

/** The codes that are said; what it throws is said as a code too where it has one. */
function said(load: Loader, text: string): string[] {
  try {
    return [...new Set(load(text).map(({ code }) => code))];
  } catch (error) {
    if (error instanceof EngineError) return [error.code];
    throw error;
  }
}

/** Of processor time: the least of some measurements, since this process has other work too. */
function leastMs(work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; count < 5 && least > TIME_MAX_MS; count++) {
    const begin = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begin);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

const fill = (unit: string, size = 2_000) => unit.repeat(Math.ceil(size / unit.length));
const doubled = (levels: number) =>
  ['a0: &a0 [x, x]']
    .concat(Array.from({ length: levels }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`))
    .join('\n');
const nested = (open: string, inside: string, close: string, levels: number) =>
  open.repeat(levels) + inside + close.repeat(levels);
/** The largest file that is read. */
const LARGEST = DEFINITION_BYTES_MAX;

const BOMBS: Record<string, string> = {
  'aliases of aliases': doubled(40),
  'many aliases': `a: &a 1\nb:\n${fill('- *a\n')}`,
  'an alias of itself': 'a: &a [*a]',
  'an alias as a key': 'a: &a {b: 1}\n? *a\n: 2\n',
  'many anchors': fill('- &a 1\n'),
  'open lists': fill('['),
  'open maps': fill('{a: '),
  'maps as keys of maps': nested('{', 'a', '}', 60),
  'many maps as keys of maps': `[${fill(`${nested('{', 'a', '}', 50)}, `)}]`,
  'lists as keys': fill('? [a, b]\n: c\n'),
  'lists below lists': fill('- '),
  'keys below keys': fill('? '),
  'maps below maps': Array.from({ length: 100 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
  'an alias below as many levels': `a: &a ${nested('[', '', ']', 60)}\nb: ${nested('[', '*a', ']', 60)}`,
  'merge keys': `a: &a {b: 1}\n${fill('<<: *a\n', 100)}`,
  'a merge of merges': 'a: &a {b: 1}\nc: &c {<<: [*a, *a]}\nd: {<<: [*c, *c]}\n',
  'one key again and again': fill('a: 1\n'),
  'one key again and again in a flow': `{${fill('a: 1, ')}}`,
  'keys that nobody knows': Array.from({ length: 1_000 }, (_, at) => `k${at}: 1`).join('\n'),
  'a key as long as a file may be': `${'k'.repeat(LARGEST - 10)}: 1`,
  'a text as long as a file may be': `connector: ${'x'.repeat(LARGEST - 20)}`,
  'a number as long as a file may be': `a: ${'9'.repeat(LARGEST - 10)}`,
  'a number in hex as long as a file may be': `a: 0x${'f'.repeat(LARGEST - 10)}`,
  'a file that is too long': 'a'.repeat(LARGEST + 1),
  escapes: `a: "${fill('\\x41\\u263a', 30_000)}"`,
  'escapes without an end': `a: "${fill('\\x41')}`,
  'a block of lines': `a: |\n${fill(' x\n', 100_000)}`,
  'a folded block': `a: >\n${fill(' x\n\n', 30_000)}`,
  documents: fill('---\n'),
  directives: fill('%TAG ! tag:x,\n'),
  tags: fill('- !x 1\n'),
  'a long tag': `a: !<${fill('x', 100_000)}> 1`,
  'tags of sets': fill('- !!set {a}\n'),
  'a tag of a merge': '? !!merge <<\n: {a: 1}\n',
  'a tag for bytes': `a: !!binary ${fill('AAAA', 100_000)}`,
  'tags that do not fit': fill('- !!int x\n- !!map 1\n'),
  comments: fill('#\n'),
  commas: `[${fill(',')}]`,
  colons: fill(': '),
  dashes: fill('-\n'),
  'brackets that close nothing': fill(']}'),
  quotes: fill('"'),
  stars: fill('*a '),
  bars: fill('- |\n'),
  'NUL bytes': fill('\0'),
  'halves of characters': fill('\ud800'),
  'names that objects have': '__proto__: {a: 1}\nconstructor: {prototype: {a: 1}}\ntoString: 1\n',
  'names that objects have, below':
    'connector: acme\nsettings: {__proto__: {secret: true}, constructor: {}}\n',
  nothing: '',
  'an empty key': '? \n: 1\n',
};

/** Both read the file alike: what takes long is tried once. */
const LARGE = 50_000;
describe.each(Object.entries(LOADERS).slice(0, 2))('a %s', (name, load) => {
  const bombs = Object.entries(BOMBS).filter(([, { length }]) => name === 'connector' || length < LARGE);

  it.each(bombs)('of %s is refused soon', (_, text) => {
    let codes: string[] = [];
    const ms = leastMs(() => {
      codes = said(load, text);
    });
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.every((code) => /^(yaml|def|expr|map)-[a-z-]+$/.test(code))).toBe(true);
    expect(ms).toBeLessThan(TIME_MAX_MS);
  });
});

it.each(['&a b,', 'a,', '[],'])(
  'a list of `%s` as long as a file may be ends within five seconds',
  (item) => {
    const [load] = Object.values(LOADERS) as [Loader];
    const began = process.cpuUsage();
    expect(said(load, `x: [${item.repeat((LARGEST - 5) / item.length)}]`)).toContain('def-missing-key');
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1_000).toBeLessThan(5_000);
  },
);

it('says little of a file in which all is wrong', () => {
  const keys = Array.from({ length: 1_000 }, (_, at) => `k${at}: 1`).join('\n');
  const twice = 'a: 1\n'.repeat(1_000);
  for (const load of Object.values(LOADERS)) {
    expect(load(keys).length).toBeLessThanOrEqual(150);
    expect(load(twice).length).toBeLessThanOrEqual(150);
  }
});

const SIMULATOR = `simulator: acme
collections:
  things: &t {count: 3, fields: {id: {type: uuid}}}
endpoints:
  things: {path: /things, collection: things}
`;
const SEEDS: [load: string, text: string][] = [
  ['connector', ACME],
  [
    'connector',
    'a: &x {b: [1, "two", \'three\', |\n  x\n]}\nc: *x\n<<: {d: !!str 1}\n? e\n: - f\n  - g: h\n',
  ],
  ['simulator', SIMULATOR],
  ['faults', 'faults:\n  - {on: things, times: 2, fault: {type: status, status: 503}}\n'],
];
const PIECES = [
  ...[
    '\n',
    ' ',
    '  ',
    '\t',
    ':',
    ': ',
    '- ',
    '? ',
    ',',
    '[',
    ']',
    '{',
    '}',
    '&x ',
    '*x',
    '*x ',
    '!',
    '!!',
    '!x ',
  ],
  ...[
    '!!set ',
    '!!merge ',
    '<<: ',
    '"',
    "'",
    '|\n',
    '>\n',
    '#',
    '%',
    '---\n',
    '...\n',
    '@',
    '`',
    '\\',
    '\\u',
  ],
  ...[
    '\0',
    '\r',
    '\ufeff',
    '\ud800',
    '😀',
    '~',
    'null',
    '.inf',
    '-.nan',
    '0x',
    '1e999',
    '99999999999999999999',
  ],
  ...['__proto__', 'constructor', '${', '}', '${settings.', '$', '.jsonata', '../', 'true'],
];

/** Numbers below 1 that are the same in each run (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Some pieces put in, taken out, moved and repeated. */
function mutated(text: string, random: () => number): string {
  let changed = text;
  for (let left = 1 + Math.floor(random() ** 3 * 6); left > 0; left--) {
    const from = Math.floor(random() * (changed.length + 1));
    const to = Math.min(changed.length, from + Math.floor(random() * 30));
    const cut = changed.slice(from, to);
    const piece = PIECES[Math.floor(random() * PIECES.length)] ?? '';
    const at = Math.floor(random() * (changed.length + 1));
    const way = Math.floor(random() * 5);
    if (way === 0) changed = changed.slice(0, from) + changed.slice(to);
    else if (way === 1) changed = changed.slice(0, at) + cut + changed.slice(at);
    else if (way === 2)
      changed = changed.slice(0, at) + piece.repeat(1 + Math.floor(random() ** 4 * 20)) + changed.slice(at);
    else if (way === 3) changed = changed.slice(0, from) + piece + changed.slice(to);
    else changed = changed.slice(0, from) + cut.repeat(1 + Math.floor(random() * 4)) + changed.slice(to);
  }
  return changed;
}

it(`ends for each of ${DOCUMENTS} documents that were changed here and there`, { timeout: 600_000 }, () => {
  const random = randomOf(7);
  const codes = new Map<string, number>();
  let slowest = 0;
  let good = 0;
  for (let count = 0; count < DOCUMENTS; count++) {
    const [name, seed] = SEEDS[count % SEEDS.length] as [string, string];
    const text = mutated(seed, random);
    let found: string[] = [];
    try {
      slowest = Math.max(
        slowest,
        leastMs(() => {
          found = said(LOADERS[name] as Loader, text);
        }),
      );
    } catch (error) {
      throw new Error(`document ${count}, a ${name}: ${JSON.stringify(text)}`, { cause: error });
    }
    if (found.length === 0) good++;
    for (const code of found) codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  if (process.env.TRIBUTARY_YAML_DOCUMENTS) console.log({ slowest, good, codes });
  // It does reach what lies behind the syntax.
  expect(good).toBeGreaterThan(DOCUMENTS / 50);
  for (const code of ['yaml-syntax', 'yaml-duplicate-key', 'def-unknown-key', 'expr-syntax']) {
    expect([code, codes.get(code) ?? 0]).not.toEqual([code, 0]);
  }
  expect(slowest).toBeLessThan(TIME_MAX_MS);
  expect(Object.keys(Object.prototype)).toEqual([]);
});
