import { readFileSync } from 'node:fs';
import { dirname, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow } from '../support/files-below.ts';

/** What every part may use: the ports to the world, errors and diagnostics. */
const EVERYWHERE = [
  'byte-files.ts',
  'checked-line.ts',
  'env.ts',
  'errors.ts',
  'file-lock.ts',
  'files.ts',
  'limits.ts',
  'line-process.ts',
  'report',
  'secret.ts',
];

/** What each part may use besides, in the order of the way of the data. */
const MAY_USE: Record<string, string[]> = {
  definition: [],
  map: ['definition'],
  validate: ['map'],
  compile: ['definition', 'map', 'validate', 'http/origin-pattern.ts'],
  http: [],
  auth: ['compile', 'http'],
  fetch: ['definition/path.ts', 'compile', 'http', 'auth', 'checkpoint/instant.ts'],
  checkpoint: [],
  join: ['definition', 'compile', 'fetch/content-hash.ts', 'checkpoint'],
  lookup: ['definition', 'compile', 'http', 'fetch', 'auth'],
  write: ['checkpoint', 'validate'],
  run: [
    'definition',
    'map',
    'compile',
    'http',
    'auth',
    'fetch',
    'checkpoint',
    'join',
    'write',
    'validate',
    'lookup',
  ],
  coverage: ['definition', 'map', 'validate', 'compile', 'run'],
  'pipeline.ts': ['compile', 'fetch/page-reader.ts', 'run'],
  'replay.ts': ['compile', 'run', 'pipeline.ts'],
  'index.ts': ['map', 'validate', 'compile', 'http', 'run', 'pipeline.ts', 'node-env.ts', 'replay.ts'],
  simulate: ['definition'],
  cli: [
    'definition',
    'map',
    'validate',
    'compile',
    'write',
    'http',
    'run',
    'coverage',
    'pipeline.ts',
    'replay.ts',
    'simulate',
    'node-env.ts',
  ],
  // Below all of them. A diagnostic shows a piece of a source text, and an error has a place in one.
  report: ['definition/source.ts'],
  'errors.ts': [],
  'byte-files.ts': [],
  'checked-line.ts': [],
  'env.ts': [],
  'file-lock.ts': [],
  'files.ts': [],
  'limits.ts': [],
  'line-process.ts': [],
  'node-env.ts': [],
  'secret.ts': [],
};

/** A program of its own that nothing imports: it writes the editor schema of the simulator too. */
const EXCEPTIONS = ['definition/gen.ts -> simulate/schema.ts'];

/** The one door to each package and to each part of the world. */
const DOORS: Record<string, RegExp> = {
  commander: /^cli\//,
  'log-update': /^cli\//,
  jsonata: /^map\//,
  yaml: /^(definition|simulate)\//,
  ajv: /^(definition|simulate)\//,
  'openid-client': /^auth\//,
  undici: /^http\//,
  libsql: /^file-lock\.ts$/,
  xstate: /^run\//,
  'node:child_process': /^(cli\/|line-process\.ts$)/,
  'node:dns': /^http\//,
  'node:net': /^(http|simulate)\//,
  'node:tls': /^http\//,
  'node:http': /^simulate\//,
  'node:fs': /^cli\/|^(files|byte-files|file-lock|definition\/(gen|package-root))\.ts$/,
  'node:fs/promises': /^cli\/|^files\.ts$/,
  'node:zlib': /^((http|checkpoint|simulate)\/|fetch\/json-page\.ts$)/,
};

interface Import {
  from: string;
  to: string;
}

const IMPORT = /(?:^import\s+|^(?:import|export)\b[^'";]*?\bfrom\s+|\bimport\(\s*)'([^']+)'/gm;

const imports: Import[] = filesBelow('engine', '.ts').flatMap((file) => {
  const text = readFileSync(file, 'utf8');
  const from = relative('engine', file);
  return [...text.matchAll(IMPORT)].map(([, to = '']) => ({
    from,
    to: to.startsWith('.') ? relative('engine', normalize(`${dirname(file)}/${to}`)) : to,
  }));
});

function partOf(path: string): string {
  return path.split('/')[0] ?? path;
}

const own = imports.filter(
  ({ from, to }) =>
    to.endsWith('.ts') && partOf(from) !== partOf(to) && !EXCEPTIONS.includes(`${from} -> ${to}`),
);

describe('the parts of the engine', () => {
  it('are all in the table', () => {
    const parts = new Set(filesBelow('engine', '.ts').map((file) => partOf(relative('engine', file))));
    expect([...parts].filter((part) => !MAY_USE[part])).toEqual([]);
  });

  it('use only what the table lets them', () => {
    const crooked = own.filter(({ from, to }) => {
      const part = partOf(from);
      const allowed = [...EVERYWHERE, ...(MAY_USE[part] ?? [])];
      return !allowed.includes(partOf(to)) && !allowed.includes(to);
    });
    expect(crooked.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('use all that the table lets them: it is no wider than it must be', () => {
    const used = new Set(
      own.flatMap(({ from, to }) => [`${partOf(from)} ${partOf(to)}`, `${partOf(from)} ${to}`]),
    );
    const idle = Object.entries(MAY_USE).flatMap(([part, names]) => names.map((name) => `${part} ${name}`));
    expect(idle.filter((edge) => !used.has(edge))).toEqual([]);
  });

  it('do not go in circles', () => {
    const circles = Object.keys(MAY_USE).filter((part) => reaches(part, part, new Set()));
    expect(circles).toEqual([]);
  });

  it('have exceptions that are still there', () => {
    const found = imports.map(({ from, to }) => `${from} -> ${to}`);
    expect(EXCEPTIONS.filter((exception) => !found.includes(exception))).toEqual([]);
    expect(imports.filter(({ to }) => to === 'definition/gen.ts')).toEqual([]);
  });

  it('reach each package and the world through one door', () => {
    const others = imports.filter(({ from, to }) => DOORS[to] && !DOORS[to].test(from));
    expect(others.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('use no package that is not declared', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
    const packages = imports.filter(({ to }) => !to.endsWith('.ts') && !to.startsWith('node:'));
    const names = [
      ...new Set(
        packages.map(({ to }) =>
          to
            .split('/')
            .slice(0, to.startsWith('@') ? 2 : 1)
            .join('/'),
        ),
      ),
    ];
    expect(names.filter((name) => !Object.hasOwn(dependencies, name))).toEqual([]);
    expect(Object.keys(dependencies).filter((name) => !names.includes(name))).toEqual([]);
  });
});

function reaches(from: string, goal: string, seen: Set<string>): boolean {
  return (MAY_USE[from] ?? []).some((next) => {
    if (next === goal) return true;
    if (seen.has(next)) return false;
    seen.add(next);
    return reaches(next, goal, seen);
  });
}
