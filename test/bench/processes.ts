/** Whole programs over one file: how long they take, and how much memory at most. */
import { spawn, spawnSync } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';

const PROBE_MS = 20;
/** The largest resident set of each program so far, in megabytes. */
export const peaks = new Map<string, number>();

/** Runs a program from a file to a file. @throws Error when it fails */
export async function runProgram(
  name: string,
  command: readonly string[],
  files: { input: string; output: string },
): Promise<void> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    stdio: [openSync(files.input, 'r'), openSync(files.output, 'w'), 'inherit'],
  });
  const probe = setInterval(() => {
    peaks.set(name, Math.max(peaks.get(name) ?? 0, residentMegabytes(child.pid ?? 0)));
  }, PROBE_MS);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(probe);
  if (code !== 0) throw new Error(`${name} ended with code ${code}`);
}

/** The high-water mark that Linux keeps for a process; 0 elsewhere. */
function residentMegabytes(pid: number): number {
  try {
    const [, kilobytes = '0'] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) / 1024;
  } catch {
    return 0;
  }
}

export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}
