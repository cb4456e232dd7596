/** `tributary simulate CONNECTOR`: serves the connector's vendor on loopback. */
import { join, resolve } from 'node:path';
import { DefinitionError } from '../../compile/definition-error.ts';
import { findConnector, rootsOf, shownPath } from '../../definition/find.ts';
import { SourceText } from '../../definition/source.ts';
import { EngineError } from '../../errors.ts';
import { nodeFiles } from '../../files.ts';
import { loadFaults, loadSimulator, type RunningSimulator, startSimulator } from '../../simulate/index.ts';
import { EXIT } from '../exit-codes.ts';
import { paintErr, print, say } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';

interface Options {
  port: string;
  seed: string;
  faults?: string;
  scale?: string[];
  now?: string;
}

export default async function simulateCommand(name: string, options: Options): Promise<number> {
  const definition = await readSimulator(name);
  const running = await startSimulator(definition, {
    port: wholeNumber('--port', options.port),
    seed: wholeNumber('--seed', options.seed),
    scale: scales(options.scale ?? []),
    ...(options.faults !== undefined && { faults: await readFaults(options.faults) }),
    ...(options.now !== undefined && { now: options.now }),
  });
  // One line of data for programs, and the command to copy for people.
  await print(
    JSON.stringify({ origin: running.origin, settings: running.settings, secrets: running.secrets }),
  );
  say(
    `${paintErr.green('listening')} ${running.origin}   what it saw: ${running.origin}/_simulator/audit   end: Ctrl-C\n`,
  );
  say(runCommandFor(name, running));
  await new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
    // Who started it and went away has no more use for it.
    process.once('disconnect', () => done());
  });
  await running.close();
  if (process.connected) process.disconnect();
  return EXIT.ok;
}

async function readSimulator(name: string) {
  const folder = await findConnector(name, rootsOf(process.cwd()), nodeFiles);
  const path = join(folder, 'simulator.yaml');
  if ((await nodeFiles.kind(path)) !== 'file') {
    throw new EngineError({
      code: 'usage-simulator',
      kind: 'usage',
      message: `\`${name}\` has no simulator: there is no ${shownPath(path)}`,
      fix: 'write one beside connector.yaml',
    });
  }
  const { simulator, diagnostics } = loadSimulator(
    new SourceText(shownPath(path), await nodeFiles.readText(path)),
  );
  if (!simulator) throw new DefinitionError(shownPath(path), diagnostics);
  return simulator;
}

async function readFaults(path: string) {
  if ((await nodeFiles.kind(resolve(path))) !== 'file') {
    throw new EngineError({
      code: 'usage-file',
      kind: 'usage',
      message: `there is no file \`${path}\``,
      fix: 'correct the path after --faults',
    });
  }
  const { faults, diagnostics } = loadFaults(new SourceText(path, await nodeFiles.readText(resolve(path))));
  if (!faults) throw new DefinitionError(path, diagnostics);
  return faults;
}

function scales(texts: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    texts.map((text) => {
      const [name = '', value = ''] = text.split('=');
      return [name, wholeNumber(`--scale ${name}`, value)];
    }),
  );
}

function runCommandFor(name: string, { settings, secrets }: RunningSimulator): string {
  const variable = (key: string) => `SIMULATED_${key.toUpperCase()}`;
  const lines = [
    ...Object.entries(secrets).map(([key, value]) => `export ${variable(key)}='${value}'`),
    `tributary run ${name} \\`,
    ...Object.entries(settings).map(([key, value]) => `  --set ${key}=${value} \\`),
    ...Object.keys(secrets).map((key) => `  --secret ${key}=env:${variable(key)} \\`),
    '  --to ndjson:out/events --state out/state',
  ];
  return lines.join('\n');
}
