import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { inputNames } from '../../engine/compile/check-streams.ts';
import type { Stream } from '../../engine/compile/connector.ts';
import { eventAttributes } from '../../engine/compile/event-attributes.ts';
import { inspectConnector, loadConnector } from '../../engine/compile/load.ts';
import type { Files } from '../../engine/files.ts';
import type { Diagnostic } from '../../engine/report/diagnostic.ts';
import { prettyDiagnostic, shortDiagnostic } from '../../engine/report/format.ts';
import { paintFor } from '../../engine/report/paint.ts';
import { filesWith, rememberedFiles } from '../support/files-with.ts';
import { BrokenMapping } from './broken-mapping.ts';
import { type Broken, BrokenConnector } from './broken-places.ts';
import { onlyStreams } from './only-streams.ts';

/*
 * A file has thousands of places to break it in. Of each kind some are tried, evenly spread from a place that the file's name
 * and the kind decide: the same in each run. `BROKEN_PLACES=100` tries as many of each kind of each file, `BROKEN_PLACES=all`
 * every one of them, which takes an hour.
 */
const asked = process.env.BROKEN_PLACES;
const PLACES_IN_CONNECTOR = asked === 'all' ? Number.POSITIVE_INFINITY : Number(asked ?? 16);
const PLACES_IN_MAPPING = asked === 'all' ? Number.POSITIVE_INFINITY : Number(asked ?? 6);

if (asked !== undefined) vi.setConfig({ testTimeout: 3_600_000 });

const disk = rememberedFiles();

type Where = 'there' | 'there or after' | 'where the name is used';

interface Tried {
  /** Of the connector. */
  name: string;
  /** The file that is broken. */
  path: string;
  files: Files;
  where: Where;
  level?: Diagnostic['level'];
}

/** What is not as promised when a file has the text of each of the broken ones. */
async function complaints(
  broken: readonly Broken[],
  { name, path, files, where, level = 'error' }: Tried,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const one of broken) {
    const { diagnostics } = await inspectConnector(name, { files: filesWith({ [path]: one.text }, files) });
    const found = diagnostics.filter((diagnostic) => diagnostic.level === level);
    const problem = found.length === 0 ? 'nothing was said' : problemOf(one, found, path, where);
    if (problem) wrong.push(`${path}:${one.line} ${one.what}: ${problem}`);
    wrong.push(...diagnostics.flatMap((diagnostic) => unfit(diagnostic)));
  }
  return wrong;
}

/** Some of them, evenly spread over all; the seed decides on which the first is. */
function sample<T>(all: readonly T[], count: number, seed: string): T[] {
  if (all.length <= count) return [...all];
  const step = all.length / count;
  const first = (createHash('sha256').update(seed).digest().readUInt32BE(0) / 2 ** 32) * step;
  return Array.from({ length: count }, (_, at) => all[Math.floor(first + at * step)] as T);
}

/** The files of a connector as if it had one stream only, so that no other mapping is compiled and no other case is read. */
function filesOfStream(name: string, stream: string): Files {
  const path = `connectors/${name}/connector.yaml`;
  const part = onlyStreams(JSON.parse(JSON.stringify(parse(readFileSync(path, 'utf8')))), [stream]);
  const own = Object.keys(part.streams);
  const listed: Files = {
    ...disk,
    list: async (folder) => {
      const names = await disk.list(folder);
      return basename(folder) === 'cases' ? names.filter((folder) => own.includes(folder)) : names;
    },
  };
  return filesWith({ [path]: JSON.stringify(part) }, listed);
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
    ])('is refused for %s', async (kind, all, where) => {
      const broken = [...all];
      expect(broken.length).toBeGreaterThan(0);
      const tried = sample(broken, PLACES_IN_CONNECTOR, `${path} ${kind}`);
      const wrong = await complaints(tried, { name, path, files: disk, where });
      expect(wrong.length, wrong.slice(0, 40).join('\n')).toBe(0);
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
        const files = filesOfStream(name, stream.name);
        for (const { source } of stream.mappings.values()) {
          const attributes = eventAttributes(stream.eventClasses);
          if (!attributes) throw new Error(`no class ${stream.eventClasses[0]}`);
          const records = inputNames(stream.definition);
          const broken = [...kind(new BrokenMapping(source.text, records, attributes))];
          expect(broken.length).toBeGreaterThan(0);
          const path = source.file;
          const tried = sample(broken, PLACES_IN_MAPPING, `${path} ${kind}`);
          const wrong = await complaints(tried, { name, path, files, where, ...(level && { level }) });
          expect(wrong.length, wrong.slice(0, 40).join('\n')).toBe(0);
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
