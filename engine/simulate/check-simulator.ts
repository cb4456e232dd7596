/** The diagnostics of a connector's simulator file, where it has one. */
import { join, relative } from 'node:path';
import { SourceText } from '../definition/source.ts';
import type { Files } from '../files.ts';
import type { Diagnostic } from '../report/diagnostic.ts';
import { loadSimulator } from './load-simulator.ts';

export async function checkSimulator(folder: string, files: Files): Promise<Diagnostic[]> {
  const path = join(folder, 'simulator.yaml');
  if ((await files.kind(path)) !== 'file') return [];
  return loadSimulator(new SourceText(relative('', path), await files.readText(path))).diagnostics;
}
