/** `tributary check [PATH...]`: definitions, expressions and mappings, without a network. */
import { join, resolve } from 'node:path';
import { checkStandalone } from '../../compile/check-standalone.ts';
import { inspectConnector } from '../../compile/load.ts';
import { connectorNames, shownPath } from '../../definition/find.ts';
import { packageRoot } from '../../definition/package-root.ts';
import { SourceText } from '../../definition/source.ts';
import { EngineError } from '../../errors.ts';
import { nodeFiles } from '../../files.ts';
import type { Diagnostic } from '../../report/diagnostic.ts';
import { jsonDiagnostic, shortDiagnostic } from '../../report/format.ts';
import { checkSimulator } from '../../simulate/check-simulator.ts';
import { EXIT } from '../exit-codes.ts';
import { paintOut, pictures, print } from '../terminal.ts';

interface Options {
  format: string;
  json?: boolean;
  deny?: string;
}

export default async function checkCommand(paths: string[], options: Options): Promise<number> {
  const diagnostics = new Map<string, Diagnostic>();
  for (const target of await targetsOf(paths)) {
    for (const diagnostic of await diagnosticsOf(target))
      diagnostics.set(shortDiagnostic(diagnostic), diagnostic);
  }
  const found = [...diagnostics.values()];
  const errors = found.filter(({ level }) => level === 'error').length;
  const warnings = found.length - errors;
  if (options.json || options.format === 'json') {
    await print(
      JSON.stringify({ version: 1, errors, warnings, diagnostics: found.map(jsonDiagnostic) }, null, 2),
    );
  } else if (found.length > 0) {
    const text =
      options.format === 'short' ? found.map(shortDiagnostic).join('\n') : pictures(found, paintOut);
    await print(`${text}\n\n${plural(errors, 'error')}, ${plural(warnings, 'warning')}`);
  }
  return errors > 0 || (options.deny === 'warnings' && warnings > 0) ? EXIT.findings : EXIT.ok;
}

type Target = { connector: string } | { mapping: string };

/** Paths and names as given; every connector of the working directory, or every built-in one, when none is. */
async function targetsOf(paths: readonly string[]): Promise<Target[]> {
  const all = async (root: string): Promise<Target[]> =>
    (await connectorNames([root], nodeFiles)).map((name) => ({
      connector: join(root, 'connectors', name, 'connector.yaml'),
    }));
  if (paths.length === 0) {
    const own = await all(process.cwd());
    return own.length > 0 ? own : all(packageRoot());
  }
  const targets: Target[] = [];
  for (const path of paths) {
    if (path.endsWith('.jsonata')) targets.push({ mapping: path });
    else if ((await nodeFiles.kind(resolve(path))) === 'directory')
      targets.push(...(await targetsIn(resolve(path))));
    else targets.push({ connector: path });
  }
  return targets;
}

/** In a directory: the connector that it is, or all connectors and mappings below it. */
async function targetsIn(directory: string): Promise<Target[]> {
  const names = await nodeFiles.list(directory);
  if (names.includes('connector.yaml')) return [{ connector: join(directory, 'connector.yaml') }];
  const targets: Target[] = names
    .filter((name) => name.endsWith('.jsonata'))
    .map((name) => ({ mapping: join(directory, name) }));
  for (const name of names.sort()) {
    if (name === 'node_modules' || name.startsWith('.')) continue;
    const path = join(directory, name);
    if ((await nodeFiles.kind(path)) === 'directory') targets.push(...(await targetsIn(path)));
  }
  return targets;
}

async function diagnosticsOf(target: Target): Promise<Diagnostic[]> {
  if ('connector' in target) {
    const { diagnostics, folder } = await inspectConnector(target.connector);
    return [...diagnostics, ...(await checkSimulator(folder, nodeFiles))];
  }
  const path = resolve(target.mapping);
  if ((await nodeFiles.kind(path)) !== 'file') {
    throw new EngineError({
      code: 'usage-file',
      kind: 'usage',
      message: `there is no file \`${target.mapping}\``,
      fix: 'correct the path',
    });
  }
  return checkStandalone(new SourceText(shownPath(path), await nodeFiles.readText(path)));
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
