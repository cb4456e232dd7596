/** The bundled command line: files of CommonJS, each with the code that V8 has made of it beside it. */
import type { createRequire } from 'node:module';
import type { Script } from 'node:vm';

/** Node's own modules without the module loader: importing six of them takes some 10 ms of a start. */
const { existsSync, readFileSync } = process.getBuiltinModule('node:fs');

interface Loaded {
  readonly script: Script;
  readonly module: { exports: unknown };
}

/**
 * Under which flags V8 compiles: as a command starts, or as threads start, when the optimiser is let go (`optimiser.ts`). It
 * takes no code from the other.
 */
type Flags = 'start' | 'thread';

type Wrapped = (exports: unknown, require: (id: string) => unknown, module: object, filename: string) => void;

/**
 * Loads the files that rolldown has written, and gives V8 what it made of each when the command line was built: functions
 * that the commands of the build ran need not be compiled again. V8 itself refuses code of another version of its own or
 * of a file of another length, and then compiles as it always does.
 */
export class Bundle {
  readonly #folder: string;
  readonly #flags: Flags;
  readonly #loaded = new Map<string, Loaded>();
  #require: ReturnType<typeof createRequire> | undefined;

  private constructor(folder: string, flags: Flags) {
    this.#folder = folder;
    this.#flags = flags;
  }

  /** @param url of a module two folders below the root of what is built; undefined where there is no bundle */
  static beside(url: string, flags: Flags = 'start'): Bundle | undefined {
    const folder = folderOf('../../cli/', url);
    return existsSync(`${folder}program.cjs`) ? new Bundle(folder, flags) : undefined;
  }

  /** @param url of one of its own files, run by a thread */
  static ofThread(url: string): Bundle {
    return new Bundle(folderOf('./', url), 'thread');
  }

  start(): void {
    this.load('program.cjs');
  }

  /** The names of the files that were loaded, and what V8 has compiled of each since. */
  *compiled(): Generator<{ path: string; code: Buffer }> {
    for (const [name, { script }] of this.#loaded)
      yield { path: this.#codePath(this.#folder + name), code: script.createCachedData() };
  }

  /** What a file of it exports. */
  load(name: string): unknown {
    const before = this.#loaded.get(name);
    if (before) return before.module.exports;
    const filename = this.#folder + name;
    const cachedData = compiledCode(this.#codePath(filename));
    const { Script } = process.getBuiltinModule('node:vm');
    const script = new Script(
      `(function (exports, require, module, __filename) {${readFileSync(filename, 'latin1')}\n})`,
      { filename, ...(cachedData && { cachedData }) },
    );
    const loaded: Loaded = { script, module: { exports: {} } };
    this.#loaded.set(name, loaded);
    const run = script.runInThisContext() as Wrapped;
    run(loaded.module.exports, (id) => this.#required(id), loaded.module, filename);
    return loaded.module.exports;
  }

  /** Files of the bundle lie in one folder; what is left are Node's modules, and packages that were not bundled. */
  #required(id: string): unknown {
    if (id.startsWith('./')) return this.load(id.slice(2));
    const own = process.getBuiltinModule(id);
    if (own) return own;
    this.#require ??= process.getBuiltinModule('node:module').createRequire(this.#folder);
    return this.#require(id);
  }

  #codePath(filename: string): string {
    return this.#flags === 'start' ? `${filename}.code` : `${filename}.thread.code`;
  }
}

function folderOf(path: string, url: string): string {
  return process.getBuiltinModule('node:url').fileURLToPath(new URL(path, url));
}

function compiledCode(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
