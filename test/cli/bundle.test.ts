import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bundle } from '../../engine/cli/bundle.ts';

const DRY_RUN = 'dry-run microsoft-defender --stream devices --case documented';

let root = '';
let entry = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tributary-bundle-'));
  mkdirSync(join(root, 'cli'));
  entry = pathToFileURL(join(root, 'engine/cli/main.js')).href;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (name: string, text: string | Buffer) => writeFileSync(join(root, 'cli', name), text);

describe('the bundle', () => {
  it('is not there where nothing was bundled', () => {
    expect(Bundle.beside(entry)).toBeUndefined();
  });

  it('loads its files once each, modules of Node and packages', () => {
    write('other.cjs', 'globalThis.loads = (globalThis.loads ?? 0) + 1; exports.name = __filename;');
    write(
      'program.cjs',
      `const other = require("./other.cjs"), again = require("./other.cjs"), { sep } = require("node:path");
      globalThis.seen = [other === again, globalThis.loads, other.name, sep.length];`,
    );
    Bundle.beside(entry)?.start();
    expect((globalThis as { seen?: unknown }).seen).toEqual([true, 1, join(root, 'cli', 'other.cjs'), 1]);
  });

  it('starts where the compiled code is not that of its file', () => {
    write('program.cjs', 'globalThis.started = "from its text";');
    write('program.cjs.code', Buffer.from('of something else'));
    Bundle.beside(entry)?.start();
    expect((globalThis as { started?: unknown }).started).toBe('from its text');
  });

  it('tells what V8 has compiled of each file', () => {
    write('program.cjs', 'exports.answer = () => 42;');
    const bundle = Bundle.beside(entry);
    bundle?.start();
    const compiled = [...(bundle?.compiled() ?? [])];
    expect(compiled.map(({ path }) => path)).toEqual([join(root, 'cli', 'program.cjs.code')]);
    expect(compiled[0]?.code.length).toBeGreaterThan(100);
  });
});

describe('the build', () => {
  it('leaves compiled code that V8 takes under the flags of a start', () => {
    const folder = join(process.cwd(), 'dist/cli');
    const compiled = readdirSync(folder).filter((name) => name.endsWith('.code'));
    expect(compiled).toContain('program.cjs.code');
    const built = (name: string) => pathToFileURL(join(process.cwd(), 'dist/engine/cli', name)).href;
    const script = `
      import { holdOptimiser } from '${built('optimiser.js')}';
      import { Bundle } from '${built('bundle.js')}';
      import vm from 'node:vm';
      holdOptimiser();
      const refused = [];
      vm.Script = class extends vm.Script {
        constructor(text, options) {
          super(text, options);
          if (this.cachedDataRejected !== false) refused.push(options.filename);
        }
      };
      process.argv = [...process.argv.slice(0, 1), 'tributary', ...'${DRY_RUN}'.split(' ')];
      process.on('exit', () => process.stderr.write(JSON.stringify(refused)));
      Bundle.beside('${built('main.js')}').start();`;
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(stderr.split('\n').at(-1)).toBe('[]');
  });

  it('leaves compiled code that V8 takes on a thread of `map`, when the optimiser is let go', () => {
    const folder = join(process.cwd(), 'dist/cli');
    expect(readdirSync(folder)).toContain('map-worker.cjs.thread.code');
    const built = (name: string) => pathToFileURL(join(process.cwd(), 'dist/engine/cli', name)).href;
    // What `Bundle` loads on the thread is looked at there.
    const thread = `
      const vm = require('node:vm');
      const { Script } = vm;
      const refused = [];
      vm.Script = class extends Script {
        constructor(text, options) {
          super(text, options);
          if (this.cachedDataRejected !== false) refused.push(options.filename);
        }
      };
      require(${JSON.stringify(join(folder, 'bundled-map-thread.cjs'))});
      setTimeout(() => { process.stderr.write(JSON.stringify(refused)); process.exit(); }, 500);`;
    const script = `
      import { holdOptimiser, releaseOptimiser } from '${built('optimiser.js')}';
      import { Worker } from 'node:worker_threads';
      holdOptimiser();
      releaseOptimiser();
      const workerData = { path: 'm.jsonata', text: '{}', now: 0 };
      new Worker(${JSON.stringify(thread)}, { eval: true, execArgv: [], workerData });`;
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('[]');
  });
});
