import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { packageRoot } from '../../engine/definition/package-root.ts';
import { SourceText } from '../../engine/definition/source.ts';
import { systemClock } from '../../engine/env.ts';
import { startProcess } from '../../engine/line-process.ts';
import { compileMapping, type Mapping } from '../../engine/map/evaluate.ts';
import { isolatedMapping } from '../../engine/map/isolated-mapping.ts';
import { failureOf } from '../support/failure-of.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** @param program what the process runs in place of ours */
function apart(text: string, program?: string): Mapping {
  const { mapping } = compileMapping(new SourceText('others.jsonata', text));
  if (!mapping) throw new Error('it does not parse');
  const path = join(temporaryDirectory(), 'program.mjs');
  if (program !== undefined) writeFileSync(path, program);
  const isolated = isolatedMapping(mapping, {
    clock: systemClock,
    start: startProcess,
    ...(program !== undefined && { script: pathToFileURL(path) }),
  });
  onTestFinished(() => isolated.close());
  return isolated;
}

/** A program that says of each line what `answer` says, an expression of `question`. */
const saying = (answer: string, before = '') => `
  import { createInterface } from 'node:readline';
  ${before}
  createInterface({ input: process.stdin }).on('line', async (line) => {
    const question = JSON.parse(line);
    if ('text' in question) return console.log('{}');
    console.log(JSON.stringify({ event: await (async () => { ${answer} })() }));
  });`;

test('a mapping in a process of its own gives what it gives here, errors and their places too', async () => {
  expect(existsSync(join(packageRoot(), 'dist/cli/mapping-process.js')), 'run `npm run build` first').toBe(
    true,
  );
  const text = '{\n  "__proto__": x, "at": $now(), "n": $number(n)}';
  const { mapping } = compileMapping(new SourceText('others.jsonata', text));
  const isolated = apart(text);
  for (const input of [
    { x: 'é\u2028', n: '9007199254740993' },
    { n: 'no' },
    JSON.parse('{"__proto__": {"x": 1}}'),
  ]) {
    const here = await mapping
      ?.evaluate(input, 1_000)
      .catch(({ code, message, at }) => ({ code, message, at }));
    const there = await isolated
      .evaluate(input, 1_000)
      .catch(({ code, message, at }) => ({ code, message, at }));
    expect(JSON.stringify(there)).toBe(JSON.stringify(here));
  }
});

test('a mapping that never ends takes its process along and one record, the next ones go on', async () => {
  const isolated = apart('x', saying('while (question.input.x === "for ever"); return question.input.x;'));
  expect(await isolated.evaluate({ x: 1 }, 0)).toBe(1);
  const startedAt = performance.now();
  const error = await failureOf(() => isolated.evaluate({ x: 'for ever' }, 0));
  expect(error).toMatchObject({ code: 'map-killed', kind: 'data', at: { file: 'others.jsonata' } });
  expect(error.message).toContain('SIGKILL');
  expect(performance.now() - startedAt).toBeGreaterThan(1_000);
  expect(await isolated.evaluate({ x: 2 }, 0)).toBe(2);
});

test('a mapping that takes all memory ends its process, not this one', async () => {
  const hog =
    'const all = []; if (question.input.x) for (;;) all.push({ all: [...all.slice(-1e5)] }); return 1;';
  const isolated = apart('x', saying(hog));
  expect(await failureOf(() => isolated.evaluate({ x: true }, 0))).toMatchObject({ code: 'map-killed' });
  expect(await isolated.evaluate({ x: false }, 0)).toBe(1);
});

test('the process has no variables, no files besides its own, and starts no others', async () => {
  const secret = join(temporaryDirectory(), 'secret');
  writeFileSync(secret, 'secret');
  const spied = saying(
    `const tried = (work) => { try { return String(work()); } catch (error) { return error.code; } };
     return { variables: Object.keys(process.env), cwd: tried(() => process.cwd()),
       file: tried(() => readFileSync(${JSON.stringify(secret)}, 'utf8')),
       write: tried(() => writeFileSync(${JSON.stringify(`${secret}2`)}, 'x')),
       child: tried(() => spawnSync('true').error?.code) };`,
    "import { readFileSync, writeFileSync } from 'node:fs'; import { spawnSync } from 'node:child_process';",
  );
  expect(await apart('x', spied).evaluate({}, 0)).toEqual({
    variables: [],
    cwd: '/',
    file: 'ERR_ACCESS_DENIED',
    write: 'ERR_ACCESS_DENIED',
    child: 'ERR_ACCESS_DENIED',
  });
  expect(readFileSync(secret, 'utf8')).toBe('secret');
});
