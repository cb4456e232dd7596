import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow } from '../support/files-below.ts';

/** A test may be longer than what it tests: its table of examples is one thing. */
const LINES_MAX = { engine: 400, test: 500 };
const VAGUE = /(^|[-.])(helpers?|utils?|utilities|common|misc|shared|tools|stuff|manager|base)([-.]|$)/;

const engine = filesBelow('engine', '.ts').filter((file) => !file.endsWith('.generated.ts'));
const code = [...engine, ...filesBelow('test', '.ts')];

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}

describe('source files', () => {
  it(`have at most ${LINES_MAX.engine} lines, tests at most ${LINES_MAX.test}`, () => {
    const long = code.filter((file) => {
      const max = engine.includes(file) ? LINES_MAX.engine : LINES_MAX.test;
      return linesOf(file).length > max;
    });
    expect(long).toEqual([]);
  });

  it('begin with what they answer, in one sentence or more', () => {
    const helpers = code.filter((file) => !engine.includes(file) && !file.endsWith('.test.ts'));
    const silent = [...engine, ...helpers].filter((file) => {
      const text = readFileSync(file, 'utf8').replace(/^#!.*\n/, '');
      const comment = /^\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? '';
      return !/\w{2,}.*[.?:!](\s|$)/.test(comment) && !file.endsWith('.d.ts');
    });
    expect(silent).toEqual([]);
  });

  it('have names of one thing each, in kebab-case', () => {
    const names = code.map((file) => basename(file).replace(/\.(generated\.|test\.|d\.)?ts$/, ''));
    expect(names.filter((name) => !/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(name) || VAGUE.test(name))).toEqual([]);
  });

  it('lie where tests mirror what they test', () => {
    const folders = new Set(engine.map((file) => file.split('/')[1]));
    const others = ['connectors', 'contract', 'support', 'faults', 'hostile', 'security', 'bench'];
    const strays = filesBelow('test', '.test.ts').filter((file) => {
      const folder = file.split('/')[1] ?? '';
      return (
        !folders.has(folder) &&
        !others.includes(folder) &&
        !engine.includes(`engine/${folder.replace('.test', '')}`)
      );
    });
    expect(strays).toEqual([]);
  });

  it('export what they have, not by default, except the commands that are loaded when asked', () => {
    const defaults = engine.filter((file) => /^export default /m.test(readFileSync(file, 'utf8')));
    expect(defaults.filter((file) => !file.startsWith('engine/cli/commands/'))).toEqual([]);
  });

  it('leave no test out without a reason, and none alone', () => {
    const found = filesBelow('test', '.test.ts').filter((file) =>
      /\b(it|test|describe)\.(only|todo|skip)\b/.test(readFileSync(file, 'utf8')),
    );
    expect(found.filter((file) => !file.endsWith('contract/style.test.ts'))).toEqual([]);
  });
});
