/** Writes the generated file of an OCSF version, or of a schema with one's own extension, from a resolved official schema. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EngineError } from '../../errors.ts';
import { type Files, nodeFiles } from '../../files.ts';
import { compactSchema, type OfficialSchema } from './compact.ts';

/**
 * Reads the resolved schema at `from` and writes `ocsf-<version>.generated.ts` into `directory`; gives the path written.
 * The new version is then registered by one line in `schema.ts`.
 * @throws EngineError `ocsf-not-a-schema`
 */
export async function generate(files: Files, from: string, directory: string): Promise<string> {
  const official: unknown = JSON.parse(await files.readText(from));
  if (!isOfficial(official)) {
    throw new EngineError({
      code: 'ocsf-not-a-schema',
      kind: 'usage',
      message: `\`${from}\` has no \`version\`, \`types\`, \`classes\` and \`objects\`, expected a resolved OCSF schema`,
      fix: 'Compile the schema with the official compiler first.',
    });
  }
  const path = join(directory, `ocsf-${official.version}.generated.ts`);
  await files.replace(path, generatedText(official));
  return path;
}

/**
 * The text of the generated file. Its data is one JSON text, parsed at the first use: the fastest form to load. Without
 * escapes a few characters would make two bytes of each.
 */
export function generatedText(official: OfficialSchema): string {
  const json = JSON.stringify(compactSchema(official)).replace(/[^\0-\x7f]/g, escaped);
  const literal = json.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return [
    `/** OCSF ${official.version} in the form of compact.ts. Made by generate.ts; do not edit. */`,
    "import type { CompactSchema } from './compact.ts';",
    '',
    `export default (): CompactSchema => JSON.parse('${literal}');`,
    '',
  ].join('\n');
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function isOfficial(value: unknown): value is OfficialSchema {
  if (typeof value !== 'object' || value === null) return false;
  return 'version' in value && 'types' in value && 'classes' in value && 'objects' in value;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [from = '', directory = 'engine/validate/ocsf'] = process.argv.slice(2);
  process.stderr.write(`${await generate(nodeFiles, from, directory)}\n`);
}
