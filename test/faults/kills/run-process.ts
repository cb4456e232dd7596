/** One `tributary run` in a process of its own, watched from outside through what it leaves on the disk. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Json } from './history.ts';
import type { Seen } from './moments.ts';

export interface RunOptions {
  main: string;
  home: string;
  args: readonly string[];
  env: Record<string, string>;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Of the summary that it printed; empty where it had no time to. */
  lanes: Json[];
  stderr: string;
}

export class RunProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  isOver = false;

  constructor({ main, home, args, env }: RunOptions) {
    this.#child = spawn(process.execPath, [main, 'run', ...args, '--json'], {
      cwd: home,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    this.#child.stdout?.on('data', (chunk) => {
      stdout += chunk;
    });
    this.#child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => {
        this.isOver = true;
        resolve({ code, signal, lanes: lanesOf(stdout), stderr });
      });
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Its end; a process that takes longer than this is killed, and counts as one that hangs. */
  async ended(withinMs = 120_000): Promise<Ended & { hangs: boolean }> {
    const timer = new AbortController();
    const late = delay(withinMs, 'late' as const, { signal: timer.signal }).catch(() => 'late' as const);
    const first = await Promise.race([this.#ended, late]);
    timer.abort();
    if (first !== 'late') return { ...first, hangs: false };
    this.signal('SIGKILL');
    return { ...(await this.#ended), hangs: true };
  }
}

/** Looks at the files of a tenant, and tells what became of them since the time before. */
export class Watch {
  readonly #out: string;
  readonly #state: string;
  readonly #startedAt = performance.now();
  #parts: Map<string, number>;
  #stateText: string;
  readonly seen: Seen = { growths: 0, commits: 0, seals: 0, changes: 0, age: 0 };

  constructor(out: string, state: string) {
    this.#out = out;
    this.#state = state;
    this.#parts = partsIn(out);
    this.#stateText = textOf(state);
  }

  look(): Seen {
    const { seen } = this;
    const parts = partsIn(this.#out, this.#parts);
    let isChanged = false;
    for (const [name, size] of parts) {
      const before = this.#parts.get(name);
      if (before === size) continue;
      isChanged = true;
      if (name.endsWith('.open') && size > (before ?? 0)) {
        seen.growths++;
        seen.commits = 0;
      } else if (before === undefined && seen.growths > 0) seen.seals++;
    }
    isChanged ||= parts.size !== this.#parts.size;
    this.#parts = parts;
    const state = textOf(this.#state);
    if (state !== this.#stateText) {
      this.#stateText = state;
      isChanged = true;
      seen.commits++;
    }
    if (isChanged) seen.changes++;
    seen.age = performance.now() - this.#startedAt;
    return seen;
  }
}

/**
 * By name, the size of each part in a directory and in that of its dead letters.
 * @param before of an earlier look: a part that had its final name then is not looked at again, it does not change
 */
export function partsIn(out: string, before?: ReadonlyMap<string, number>): Map<string, number> {
  const parts = new Map<string, number>();
  for (const folder of [out, join(out, 'dead')]) {
    for (const name of namesIn(folder)) {
      if (!name.includes('.ndjson')) continue;
      const path = `${folder}/${name}`;
      const size = (name.endsWith('.open') ? undefined : before?.get(path)) ?? sizeOf(path);
      if (size !== undefined) parts.set(path, size);
    }
  }
  return parts;
}

/** Of parts that are still open, those that do not end where a line ends. */
export function tornParts(out: string): string[] {
  return [...partsIn(out).keys()].filter((path) => {
    if (!path.endsWith('.open')) return false;
    const bytes = readFileSync(path);
    return bytes.length > 0 && bytes.at(-1) !== 0x0a;
  });
}

/** Name, size and time of every file below a directory: another text when anything changed. What is in them is not our affair. */
function textOf(folder: string): string {
  let text = '';
  for (const name of namesIn(folder)) {
    const path = `${folder}/${name}`;
    try {
      const stats = statSync(path);
      text += stats.isDirectory() ? textOf(path) : `${name} ${stats.size} ${stats.mtimeMs}\n`;
    } catch {
      // It went away while we looked.
    }
  }
  return text;
}

function namesIn(folder: string): string[] {
  try {
    return existsSync(folder) ? readdirSync(folder) : [];
  } catch {
    return [];
  }
}

function sizeOf(path: string): number | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats.size : undefined;
  } catch {
    return undefined;
  }
}

function lanesOf(stdout: string): Json[] {
  try {
    return JSON.parse(stdout).lanes;
  } catch {
    return [];
  }
}
