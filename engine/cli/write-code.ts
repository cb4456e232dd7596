/** Runs commands from the bundle and keeps what V8 has compiled for them, for the starts to come: a part of `npm run build`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Bundle } from './bundle.ts';
import { holdOptimiser } from './optimiser.ts';

/** Whether the files that have code already are given what this command adds to it. */
type Keep = 'all' | 'new';

const [keep, ...rest] = process.argv.slice(2);
if (keep === 'all' || keep === 'new') keepCode(keep, rest);
else {
  try {
    await writeAll(keep ?? '');
  } catch (error) {
    // Nothing needs it: where no process may listen on loopback, commands start slower.
    process.stderr.write(`compiled code is not kept: ${error instanceof Error ? error.message : error}\n`);
  }
}

/** A case first, then a run against the simulator: each is given the code of those before, and adds what it needs itself. */
async function writeAll(connector: string): Promise<void> {
  await ended(started('all', ['dry-run', connector, '--stream', 'devices', '--case', 'documented']));
  const folder = mkdtempSync(join(tmpdir(), 'tributary-build-'));
  const simulator = started('new', ['simulate', connector, '--scale', 'machines=60'], 'pipe');
  const over = once(simulator, 'exit');
  try {
    const { settings, secrets } = await announced(simulator);
    const given = [
      ...Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
      ...Object.keys(secrets).flatMap((key) => ['--secret', `${key}=env:CODE_${key}`]),
    ];
    const to = ['--to', `ndjson:${join(folder, 'out')}`, '--state', join(folder, 'state'), '--json'];
    const env = Object.fromEntries(Object.entries(secrets).map(([key, value]) => [`CODE_${key}`, value]));
    await ended(started('all', ['run', connector, '--stream', 'devices', ...given, ...to], 'ignore', env));
  } finally {
    if (simulator.connected) simulator.disconnect();
    await over;
    rmSync(folder, { recursive: true });
  }
}

/** In a process of its own, because a bundle is started once and V8's flags are those of a process. */
function started(
  keep: Keep,
  command: readonly string[],
  output: 'ignore' | 'pipe' = 'ignore',
  env: Record<string, string> = {},
): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(import.meta.url), keep, ...command], {
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output === 'pipe' ? 'ignore' : 'inherit', 'ipc'],
  });
}

async function ended(child: ChildProcess): Promise<void> {
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${child.spawnargs.slice(2).join(' ')} ends with ${code}`);
}

async function announced({ stdout }: ChildProcess): Promise<Record<'settings' | 'secrets', object>> {
  if (stdout) for await (const line of createInterface({ input: stdout })) return JSON.parse(line);
  throw new Error('the simulator did not start');
}

function keepCode(keep: Keep, command: readonly string[]): void {
  holdOptimiser();
  const bundle = Bundle.beside(import.meta.url);
  if (!bundle) throw new Error('there is no bundle: run rolldown first');
  process.argv.splice(2, process.argv.length, ...command);
  process.once('exit', () => {
    // The optimiser may have been let go since, and V8 takes code only under the flags under which it was made.
    holdOptimiser();
    for (const { path, code } of bundle.compiled())
      if (keep === 'all' || !existsSync(path)) writeFileSync(path, code);
  });
  bundle.start();
}
