import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow } from '../support/files-below.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** Everything outside of `cli/` that touches the world, and what of it. All other code is given an `Env`. */
const DOORS: Record<string, string[]> = {
  'engine/env.ts': [
    "'node:timers/promises'",
    'Date.now',
    'clearTimeout',
    'performance',
    'setImmediate',
    'setTimeout',
  ],
  'engine/node-env.ts': ['Math.random', 'process', 'randomBytes'],
  'engine/files.ts': ["'node:fs'", "'node:fs/promises'"],
  'engine/byte-files.ts': ["'node:fs'"],
  'engine/file-lock.ts': ["'libsql'", "'node:fs'"],
  'engine/line-process.ts': ["'node:child_process'", "'node:readline'", 'process'],
  'engine/http/network.ts': ["'node:dns'", "'node:tls'", "'undici'"],
  'engine/write/standard-output.ts': ['process'],
  // Where the program's own code lies.
  'engine/definition/package-root.ts': ["'node:fs'"],
  // What an evaluation may still take of this process's memory.
  'engine/map/compiler/runtime/meter.ts': ["'node:v8'", "'node:vm'"],
  // V8's switch for its linear engine.
  'engine/map/compiler/linear-engine.ts': ["'node:v8'"],
  // Threads that compute what the lane, or a command, would compute itself.
  'engine/fetch/page-reader.ts': ["'node:worker_threads'"],
  'engine/fetch/page-thread.ts': ["'node:worker_threads'"],
  'engine/map/batches/map-threads.ts': ["'node:worker_threads'"],
  'engine/run/event-thread.ts': ["'node:worker_threads'"],
  // It hears and says lines: what it may read besides, the process that starts it decides.
  'engine/map/mapping-process.ts': ["'node:readline'", 'process'],
  // Programs of their own, which nothing imports while a run is made.
  'engine/definition/gen.ts': ["'node:fs'", 'process'],
  'engine/validate/ocsf/generate.ts': ['process'],
  // The simulator is a server, and no part of a run.
  'engine/simulate/start-simulator.ts': ["'node:timers/promises'", 'createServer'],
  'engine/simulate/send-answer.ts': ["'node:timers/promises'"],
  'engine/simulate/auth/oauth2-client-credentials.ts': ['generateKeyPairSync'],
};

const RULES = /^(plugin|lint\/style\/noRestricted(Globals|Imports))$/;

const FORBIDDEN = [
  "export { readFileSync } from 'node:fs';",
  "export { open } from 'node:fs/promises';",
  "import type { Stats } from 'node:fs';",
  "export const lazy = import('node:fs');",
  "export const required = require('node:fs');",
  "import { randomBytes } from 'node:crypto';",
  "import * as cryptography from 'node:crypto';",
  "import { createServer } from 'node:http';",
  "import { connect } from 'node:net';",
  "import { spawn } from 'node:child_process';",
  "import { lookup } from 'node:dns';",
  "import { Worker as Thread } from 'node:worker_threads';",
  "import { setTimeout as delay } from 'node:timers/promises';",
  "import { env } from 'node:process';",
  "import { request } from 'undici';",
  "import Database from 'libsql';",
  'export const now = Date.now();',
  'export const clock = Date.now;',
  'export const today = new Date();',
  'export const text = Date();',
  'export const { parse } = Date;',
  "export const hidden = Date['now']();",
  'export const lot = Math.random();',
  'export const lots = [1].map(Math.random);',
  'export const { random } = Math;',
  'export const id = crypto.randomUUID();',
  'export const started = performance.now();',
  'export const timer = setTimeout(() => {}, 1);',
  'export const tick = setInterval(() => {}, 1);',
  'export const turn = setImmediate(() => {});',
  "export const answer = fetch('https://example.com');",
  'export const variable = process.env.HOME;',
  'process.exit(1);',
  "console.log('said');",
  'export const all = globalThis.process;',
];

const HARMLESS = [
  "import { createHash, hash } from 'node:crypto';",
  "import type { IncomingHttpHeaders } from 'node:http';",
  "import { isIP } from 'node:net';",
  "import { join } from 'node:path';",
  'export const epoch = new Date(0).toISOString();',
  "export const instant = Date.parse('2026-01-01T00:00:00Z');",
  'export const most = Math.max(1, 2);',
  'export const ported = (env: Env) => env.clock.setTimeout(() => {}, env.clock.now() + env.random());',
  'export const asked = (fetch: (url: string) => unknown) => fetch("x");',
];

interface Report {
  file: string;
  line: number;
  /** The piece of source that is refused. */
  text: string;
}

interface Printed {
  diagnostics: {
    category: string;
    location: { path: string; start: { line: number; column: number }; end: { column: number } };
  }[];
}

const config = JSON.parse(readFileSync('biome.json', 'utf8')) as {
  overrides: { includes: string[]; plugins: string[] }[];
};
const rule = config.overrides.find(({ plugins }) => plugins?.length > 0);
const excepted = (rule?.includes ?? []).filter((name) => name.startsWith('!')).map((name) => name.slice(1));

/** What the linter says of these sources about the world, with the project's own configuration or another. */
function lint(sources: Record<string, string>, configuration: object = config): Report[] {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'biome.json'), JSON.stringify(configuration));
  for (const plugin of rule?.plugins ?? []) copyFileSync(plugin, join(folder, plugin));
  for (const [name, text] of Object.entries(sources)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const { diagnostics } = JSON.parse(printed(folder)) as Printed;
  return diagnostics
    .filter(({ category }) => RULES.test(category))
    .map(({ location: { path, start, end } }) => {
      const line = sources[path]?.split('\n')[start.line - 1] ?? '';
      return { file: path, line: start.line, text: line.slice(start.column - 1, end.column - 1) };
    });
}

/** The linter ends with an error where it has something to say. */
function printed(folder: string): string {
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', '.'];
  try {
    return execFileSync(resolve('node_modules/.bin/biome'), args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

describe('the linter', () => {
  it('refuses each direct use of the world in the core, and nothing else', () => {
    const lines = [...FORBIDDEN, ...HARMLESS];
    const refused = new Set(lint({ 'engine/run/some.ts': lines.join('\n') }).map(({ line }) => line));
    expect(lines.filter((_, index) => refused.has(index + 1))).toEqual(FORBIDDEN);
  });

  it('lets the command line use all of it', () => {
    expect(lint({ 'engine/cli/some.ts': FORBIDDEN.join('\n') })).toEqual([]);
  });

  it('is nowhere told to look away', () => {
    const silenced = filesBelow('engine', '.ts').filter((file) =>
      /biome-ignore\S*\s+(lint\s*:|lint\/(plugin|style\/noRestricted))/.test(readFileSync(file, 'utf8')),
    );
    expect(silenced).toEqual([]);
  });
});

describe('the doors', () => {
  const doors = excepted.filter((name) => name !== 'engine/cli/**');

  it('are files, and no more than the table says', () => {
    expect(doors.toSorted()).toEqual(Object.keys(DOORS).toSorted());
  });

  it('let in what the table says, and nothing more', () => {
    const everywhere = {
      ...config,
      overrides: config.overrides.map((one) => (one === rule ? { ...one, includes: ['engine/**'] } : one)),
    };
    const sources = Object.fromEntries(doors.map((file) => [file, readFileSync(file, 'utf8')]));
    const used: Record<string, string[]> = Object.fromEntries(doors.map((file) => [file, []]));
    for (const { file, text } of lint(sources, everywhere)) used[file]?.push(text);
    const sorted = Object.entries(used).map(([file, texts]) => [file, [...new Set(texts)].toSorted()]);
    expect(Object.fromEntries(sorted)).toEqual(DOORS);
  });
});
