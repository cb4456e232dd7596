import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Stream } from '../../engine/compile/connector.ts';
import { eventAttributes } from '../../engine/compile/event-attributes.ts';
import { inspectConnector, loadConnector } from '../../engine/compile/load.ts';
import type { Diagnostic } from '../../engine/report/diagnostic.ts';
import { prettyDiagnostic, shortDiagnostic } from '../../engine/report/format.ts';
import { paintFor } from '../../engine/report/paint.ts';
import { filesWith, rememberedFiles } from '../support/files-with.ts';
import { BrokenMapping } from './broken-mapping.ts';
import { type Broken, BrokenConnector } from './broken-places.ts';

/** In CI every one of the broken texts is tried; elsewhere some of each kind, evenly spread. */
const TRIED_OF_A_KIND = process.env.CI === undefined ? 20 : Number.POSITIVE_INFINITY;

const disk = rememberedFiles();

type Where = 'there' | 'there or after' | 'where the name is used';

/** What is not as promised when a file has the text of each of the broken ones. */
async function complaints(
  name: string,
  path: string,
  all: Iterable<Broken>,
  where: Where,
  level: Diagnostic['level'] = 'error',
): Promise<{ count: number; wrong: string[] }> {
  const wrong: string[] = [];
  const broken = [...all];
  const step = Math.max(1, broken.length / TRIED_OF_A_KIND);
  for (let at = 0; at < broken.length; at += step) {
    const one = broken[Math.floor(at)] as Broken;
    const { diagnostics } = await inspectConnector(name, { files: filesWith({ [path]: one.text }, disk) });
    const found = diagnostics.filter((diagnostic) => diagnostic.level === level);
    const problem = found.length === 0 ? 'nothing was said' : problemOf(one, found, path, where);
    if (problem) wrong.push(`${path}:${one.line} ${one.what}: ${problem}`);
    wrong.push(...diagnostics.flatMap((diagnostic) => unfit(diagnostic)));
  }
  return { count: broken.length, wrong };
}

function problemOf(broken: Broken, found: Diagnostic[], path: string, where: Where): string | undefined {
  const said = found.map(shortDiagnostic).join('; ');
  const ofFile = found.filter(({ at }) => at?.file === path);
  if (broken.renamed !== undefined) {
    const { renamed } = broken;
    const names = found.some(({ message, fix }) => `${message} ${fix}`.includes(renamed.replace('$', '')));
    return names ? undefined : `does not name \`${renamed}\`: ${said}`;
  }
  const isThere = ofFile.some(({ at }) => {
    const { line, offset } = at?.start ?? { line: 0, offset: 0 };
    // What is missing at the end of a file is missing after its last word.
    return where === 'there'
      ? line === broken.line
      : line >= broken.line || offset >= broken.text.trimEnd().length;
  });
  return isThere ? undefined : `not on the line: ${said}`;
}

/** A diagnostic is for people: it has a place, one line of message and nothing of the engine's inside. */
function unfit(diagnostic: Diagnostic): string[] {
  const text = prettyDiagnostic(diagnostic, paintFor({}, {}));
  const { at, code, message } = diagnostic;
  const isPlaced = at !== undefined && at.start.line > 0 && at.start.column > 0 && at.file !== '';
  const isClean =
    !/\n\s+at |node_modules|engine\/|undefined|\[object|NaN/.test(text) && !message.includes('\n');
  return isPlaced && isClean && /^[a-z0-9]+(-[a-z0-9]+)+$/.test(code) ? [] : [`unfit: ${text}`];
}

for (const name of readdirSync('connectors', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)) {
  const path = `connectors/${name}/connector.yaml`;

  describe(`the connector ${name}, broken in one place`, () => {
    const broken = new BrokenConnector(readFileSync(path, 'utf8'));

    it.each<[string, Iterable<Broken>, Where]>([
      ['a misspelled key', broken.keys(), 'there'],
      ['a misspelled name', broken.names(), 'where the name is used'],
      ['a value of another type', broken.types(), 'there'],
      ['a value that means nothing', broken.values(), 'there'],
      ['a field that no recorded record has', broken.fields(), 'there'],
      ['a broken expression', broken.expressions(), 'there'],
      ['broken YAML', broken.syntax(), 'there or after'],
    ])('is refused for %s', async (_, all, where) => {
      const { count, wrong } = await complaints(name, path, all, where);
      expect(wrong.length, wrong.slice(0, 40).join('\n')).toBe(0);
      expect(count).toBeGreaterThan(0);
    });
  });

  describe(`the mappings of ${name}, broken in one place`, () => {
    let streams: Stream[] = [];
    beforeAll(async () => {
      streams = Object.values((await loadConnector(name)).streams);
    });
    const mutate = async (
      kind: (mapping: BrokenMapping) => Iterable<Broken>,
      where: Where = 'there',
      level?: 'warning',
    ): Promise<void> => {
      for (const stream of streams) {
        for (const { source } of stream.mappings.values()) {
          const attributes = eventAttributes(stream.eventClasses);
          if (!attributes) throw new Error(`no class ${stream.eventClasses[0]}`);
          const records = [stream.recordName, ...stream.joins.map((joined) => joined.name)];
          const mapping = new BrokenMapping(source.text, records, attributes);
          const { count, wrong } = await complaints(name, source.file, kind(mapping), where, level);
          expect(wrong.length, wrong.slice(0, 40).join('\n')).toBe(0);
          expect(count).toBeGreaterThan(0);
        }
      }
    };

    it('are refused for a misspelled record', () => mutate((mapping) => mapping.records()));
    it('are refused for a misspelled function or variable', () => mutate((mapping) => mapping.variables()));
    it('are refused for a misspelled OCSF attribute', () => mutate((mapping) => mapping.attributes()));
    it('are refused for a constant of another type', () => mutate((mapping) => mapping.constants()));
    it('are refused for a missing bracket or quote', () =>
      mutate((mapping) => mapping.syntax(), 'there or after'));
    it('are warned of for a field that no recorded record has', () =>
      mutate((mapping) => mapping.fields(), 'there', 'warning'));
  });
}
