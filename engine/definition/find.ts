/** Where connectors and mappings lie: the user's directory first, the built-in ones after. */
import { basename, dirname, join, relative, resolve } from 'node:path';
import { EngineError } from '../errors.ts';
import type { Files } from '../files.ts';
import { didYouMean } from '../report/suggest.ts';
import { packageRoot } from './package-root.ts';

/** Directories that hold `connectors/` and `mappings/`, in the order in which they are asked. */
export function rootsOf(directory: string): string[] {
  return [...new Set([resolve(directory), packageRoot()])];
}

/** The folder of a connector by its name, or by a path to its folder or file. @throws EngineError `usage-connector` */
export async function findConnector(name: string, roots: readonly string[], files: Files): Promise<string> {
  const given = /\.ya?ml$/.test(name) ? dirname(resolve(name)) : resolve(name);
  const isPath = /[/\\]|\.ya?ml$/.test(name);
  const candidates = isPath ? [given] : roots.map((root) => join(root, 'connectors', name));
  for (const folder of candidates) {
    if ((await files.kind(join(folder, 'connector.yaml'))) === 'file') return folder;
  }
  const known = await connectorNames(roots, files);
  throw new EngineError({
    code: 'usage-connector',
    kind: 'usage',
    message: isPath
      ? `there is no connector.yaml in ${shownPath(given)}`
      : `there is no connector \`${name}\` in ${roots.map((root) => join(shownPath(root), 'connectors')).join(' or ')}`,
    fix:
      didYouMean(name, known) ??
      `use one of ${known.join(', ')}, or the path of a folder with a connector.yaml`,
  });
}

/** The names of all connectors below the roots. */
export async function connectorNames(roots: readonly string[], files: Files): Promise<string[]> {
  const names = new Set<string>();
  for (const root of roots) {
    for (const name of await files.list(join(root, 'connectors'))) {
      if ((await files.kind(join(root, 'connectors', name, 'connector.yaml'))) === 'file') names.add(name);
    }
  }
  return [...names].sort();
}

/** The path of a mapping file, for a connector that lies in `folder`; undefined when no root has it. */
export async function findMapping(
  name: string,
  folder: string,
  roots: readonly string[],
  files: Files,
): Promise<string | undefined> {
  const own = basename(dirname(folder)) === 'connectors' ? [dirname(dirname(folder))] : [folder];
  for (const root of [...own, ...roots]) {
    const path = join(root, 'mappings', name);
    // A name that climbs out of `mappings/` is no mapping of ours.
    if (relative(join(root, 'mappings'), path).startsWith('..')) return undefined;
    if ((await files.kind(path)) === 'file') return path;
  }
  return undefined;
}

/** A path as people read it: relative to the working directory where that is shorter. */
export function shownPath(path: string): string {
  const short = relative('', path) || '.';
  return short.startsWith('../../') || short.length > path.length ? path : short;
}
