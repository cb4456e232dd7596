/** `npm start`: the main job, from nothing, against the connector's own simulator in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { EngineError } from '../../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { paintErr as paint, say } from '../terminal.ts';
import runCommand from './run.ts';

const OUT = 'out';

/** @param rest `--NAME N`: how many of what the simulated vendor has, such as `--machines 5000` */
export default async function demoCommand(
  name: string,
  options: { stream?: string[] },
  rest: readonly string[],
): Promise<number> {
  const scale = scaleArguments(rest);
  await rm(OUT, { recursive: true, force: true });
  const simulator = spawn(process.execPath, [process.argv[1] ?? '', 'simulate', name, ...scale], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  try {
    const { origin, settings, secrets } = await announced(simulator);
    say(`${paint.bold('simulated vendor')}  ${origin}  (a process of its own, real HTTP and OAuth)\n`);
    for (const [key, value] of Object.entries(secrets)) process.env[variableOf(key)] = value;
    const code = await runCommand(name, {
      ...options,
      set: Object.entries(settings).map(([key, value]) => `${key}=${value}`),
      secret: Object.keys(secrets).map((key) => `${key}=env:${variableOf(key)}`),
      to: [`ndjson:${OUT}/events`],
      state: `${OUT}/state`,
      trace: `${OUT}/trace.ndjson`,
      rateLimit: 'on',
      maxRejected: '0.01',
    });
    if (code === EXIT.ok) sayNext(name, options.stream ?? [], settings, secrets);
    return code;
  } finally {
    if (simulator.connected) simulator.disconnect();
    else simulator.kill();
  }
}

/** What the simulator says when it listens; what it says instead when it cannot. */
async function announced(simulator: ChildProcess): Promise<{
  origin: string;
  settings: Record<string, string>;
  secrets: Record<string, string>;
}> {
  let said = '';
  simulator.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const { stdout } = simulator;
  if (stdout) for await (const line of createInterface({ input: stdout })) return JSON.parse(line);
  throw new EngineError({
    code: 'simulate-failed',
    kind: 'usage',
    message: `the simulator did not start: ${said.trim()}`,
    fix: 'correct what it says',
  });
}

function sayNext(
  name: string,
  streams: readonly string[],
  settings: Record<string, string>,
  secrets: Record<string, string>,
): void {
  const asked = Object.entries(settings).filter(([, value]) => !value.startsWith('http'));
  say(`
look at them     head -1 ${OUT}/events/*.ndjson
the transitions  head ${OUT}/trace.ndjson

${paint.bold('against your own tenant')}
  npx tributary run ${name}${streams.map((stream) => ` --stream ${stream}`).join('')} \\
${asked.map(([key]) => `    --set ${key}=... \\`).join('\n')}
${Object.keys(secrets)
  .map((key) => `    --secret ${key}=env:${key.toUpperCase()} \\`)
  .join('\n')}
    --to ndjson:events --state state`);
}

function variableOf(key: string): string {
  return `SIMULATED_${key.toUpperCase()}`;
}

function scaleArguments(rest: readonly string[]): string[] {
  const scale: string[] = [];
  for (let index = 0; index < rest.length; index++) {
    const [, name, inline] = /^--([\w-]+)(?:=(.*))?$/.exec(rest[index] ?? '') ?? [];
    const value = inline ?? rest[++index];
    if (name === undefined || value === undefined) {
      throw new EngineError({
        code: 'usage-option',
        kind: 'usage',
        message: `\`${rest.join(' ')}\` is not of the form --NAME N`,
        fix: 'say how many of what there are, as in --machines 5000',
      });
    }
    scale.push('--scale', `${name}=${value}`);
  }
  return scale;
}
