/** Runs the built command line as a user would, and the simulated vendor beside it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(process.cwd(), 'dist/engine/cli/main.js');

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  cwd?: string;
  env?: Record<string, string>;
  input?: string;
}

/** Starts the command; the caller ends it. */
export function startCli(args: readonly string[], options: CliOptions = {}): ChildProcess {
  const { CI: _, FORCE_COLOR: __, ...inherited } = process.env;
  return spawn(process.execPath, [MAIN, ...args], {
    cwd: options.cwd ?? process.cwd(),
    env: { ...inherited, ...options.env },
  });
}

/** Runs the command to its end. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = startCli(args, options);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin?.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}

export interface Vendor {
  origin: string;
  settings: Record<string, string>;
  secrets: Record<string, string>;
  close(): void;
}

/** `tributary simulate` in a process of its own. */
export async function startVendor(
  connector: string,
  args: readonly string[] = [],
  options: CliOptions = {},
): Promise<Vendor> {
  const child = startCli(['simulate', connector, ...args], options);
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  if (child.stdout) {
    for await (const line of createInterface({ input: child.stdout })) {
      return { ...JSON.parse(line), close: () => child.kill() };
    }
  }
  throw new Error(`the simulator did not start: ${said}`);
}

/** Options and environment with which a command reaches the vendor. */
export function reaching(
  vendor: Vendor,
  changes: Record<string, string> = {},
): { args: string[]; env: Record<string, string> } {
  const settings = { ...vendor.settings, ...changes };
  return {
    args: [
      ...Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
      ...Object.keys(vendor.secrets).flatMap((key) => ['--secret', `${key}=env:SECRET_${key}`]),
    ],
    env: Object.fromEntries(Object.entries(vendor.secrets).map(([key, value]) => [`SECRET_${key}`, value])),
  };
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'tributary-'));
}
