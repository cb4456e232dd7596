/** `npm run gen`: writes the files that are made from the schemas; with `--check` it only tells which are out of date. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { simulatorSchema } from '../simulate/schema.ts';
import { editorSchema } from './editor-schema.ts';
import { packageRoot } from './package-root.ts';
import { referencePage } from './reference-page.ts';
import { caseSchema } from './schema/case.ts';
import { connectorSchema } from './schema/connector.ts';
import { coverageSchema } from './schema/coverage.ts';

/** The content of every generated file, by its path from the root of the package. */
export function generated(): Map<string, string> {
  return new Map([
    ['connectors/connector.schema.json', editorSchema(connectorSchema)],
    ['connectors/case.schema.json', editorSchema(caseSchema)],
    ['connectors/coverage.schema.json', editorSchema(coverageSchema)],
    ['connectors/simulator.schema.json', editorSchema(simulatorSchema)],
    ['docs/reference/connector.md', referencePage('connector.yaml', connectorSchema)],
  ]);
}

/** Paths of generated files that are not as they would be written now. */
export function stale(root: string): string[] {
  return [...generated()].flatMap(([path, content]) => (read(join(root, path)) === content ? [] : [path]));
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function write(root: string): void {
  for (const [path, content] of generated()) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = packageRoot();
  if (!process.argv.includes('--check')) write(root);
  const paths = stale(root);
  for (const path of paths) process.stdout.write(`${path} is out of date: run npm run gen\n`);
  process.exitCode = paths.length > 0 ? 1 : 0;
}
