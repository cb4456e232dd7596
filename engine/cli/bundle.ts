/** The bundled command line: files of CommonJS, each with the code that V8 has made of it beside it. */
import type { createRequire } from 'node:module';
import type { Script } from 'node:vm';

/** Node's own modules without the module loader: importing six of them takes some 10 ms of a start. */
const { existsSync, readFileSync } = process.getBuiltinModule('node:fs');

interface Loaded {
  readonly script: Script;
  readonly module: { exports: unknown };
}

type Wrapped = (exports: unknown, require: (id: string) => unknown, module: object, filename: string) => void;

/**
 * Loads the files that rolldown has written, and gives V8 what it made of each when the command line was built: functions
 * that the commands of the build ran need not be compiled again. V8 itself refuses code of another version of its own or
 * of a file of another length, and then compiles as it always does.
 */
export class Bundle {
  readonly #folder: string;
  readonly #loaded = new Map<string, Loaded>();
  #require: ReturnType<typeof createRequire> | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param url of a module two folders below the root of what is built; undefined where there is no bundle */
  static beside(url: string): Bundle | undefined {
    const folder = process.getBuiltinModule('node:url').fileURLToPath(new URL('../../cli/', url));
    return existsSync(`${folder}program.cjs`) ? new Bundle(folder) : undefined;
  }

  start(): void {
    this.#load('program.cjs');
  }

  /** The names of the files that were loaded, and what V8 has compiled of each since. */
  *compiled(): Generator<{ path: string; code: Buffer }> {
    for (const [name, { script }] of this.#loaded)
      yield { path: codePath(this.#folder + name), code: script.createCachedData() };
  }

  #load(name: string): unknown {
    const before = this.#loaded.get(name);
    if (before) return before.module.exports;
    const filename = this.#folder + name;
    const cachedData = compiledCode(filename);
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
    if (id.startsWith('./')) return this.#load(id.slice(2));
    const own = process.getBuiltinModule(id);
    if (own) return own;
    this.#require ??= process.getBuiltinModule('node:module').createRequire(this.#folder);
    return this.#require(id);
  }
}

function codePath(filename: string): string {
  return `${filename}.code`;
}

function compiledCode(filename: string): Buffer | undefined {
  try {
    return readFileSync(codePath(filename));
  } catch {
    return undefined;
  }
}
