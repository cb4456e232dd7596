/** S5: a mapping that takes all time or memory ends within its bounds, with a code, and the process lives. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SourceText } from '../../engine/definition/source.ts';
import { EngineError } from '../../engine/errors.ts';
import { JsonBytes } from '../../engine/map/compiler/runtime/json-bytes.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { compile, type JsonataError } from '../../engine/map/jsonata.ts';
import { LineMapper } from '../../engine/map/line-mapper.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { HOSTILE } from './hostile-mappings.ts';

/** Processor time, because other tests run beside this one. */
async function cpuSeconds(work: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

const RECORDS = Array.from({ length: 1000 }, (_, id) => JSON.stringify({ id, text: `${'a'.repeat(40)}!` }));

/** A mapping is not given so many, any other expression is. */
const MERELY_LARGE = new Set(['ten thousand members']);

describe.each(Object.entries(HOSTILE))('%s', (name, text) => {
  it('ends a thousand records within seconds, each with a code', { timeout: 60_000 }, async () => {
    let codes: string[] = [];
    const took = await cpuSeconds(async () => {
      const { mapping, diagnostics } = compileMapping(new SourceText('evil.jsonata', text));
      if (!mapping) {
        codes = diagnostics.map(({ code }) => code);
        return;
      }
      const mapper = new LineMapper(mapping);
      const { failures, givenUp } = await mapper.map(
        Buffer.from(`${RECORDS.join('\n')}\n`),
        0,
        new JsonBytes(1024),
      );
      expect(givenUp?.code).toBe('mapping-runs-away');
      codes = failures.map(({ error }) => error.code);
    });
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.every((code) => /^(map|expr)-[a-z0-9-]+$/.test(code))).toBe(true);
    // Twice a second of an evaluation; what else may take time is the load of the machine.
    expect(took).toBeLessThan(15);
  });

  it('ends in what compiles any expression', { timeout: 60_000 }, async () => {
    let code: string | undefined;
    const took = await cpuSeconds(async () => {
      try {
        await compile(text, { timeout: 100 }).evaluate({ id: 1, text: 'a' });
      } catch (thrown) {
        code = (thrown as JsonataError).code;
      }
    });
    if (!MERELY_LARGE.has(name)) expect(code).toMatch(/^(D1011|D1012|D2015|failed|[a-z]+-[a-z-]+)$/);
    expect(took).toBeLessThan(6);
  });
});

describe('a run that meets one', () => {
  it('goes on where only one record in a thousand is too much', async () => {
    const { mapping } = compileMapping(
      new SourceText('slow.jsonata', '($f := function($n) { $f($n + 1) }; {"a": id = 7 ? $f(1) : id})'),
    );
    if (!mapping) throw new Error('it does not parse');
    const out = new JsonBytes(1024);
    const { failures, givenUp } = await new LineMapper(mapping).map(
      Buffer.from(`${RECORDS.join('\n')}\n`),
      0,
      out,
    );
    expect(givenUp).toBeUndefined();
    expect(failures.map(({ line, error }) => [line, error.code])).toEqual([[8, 'map-d1012']]);
    expect(out.text(0).split('\n')).toHaveLength(1000);
  });

  it('keeps a process of 256 MB alive', { timeout: 120_000 }, async () => {
    const folder = temporaryDirectory();
    writeFileSync(join(folder, 'records.ndjson'), `${RECORDS.join('\n')}\n`);
    const names = [
      'a thousand texts of a megabyte',
      'capitals of a large text, again and again',
      'lists in lists',
    ];
    for (const name of names) {
      const path = join(folder, 'evil.jsonata');
      writeFileSync(path, HOSTILE[name] as string);
      const child = spawn(
        process.execPath,
        [
          '--max-old-space-size=256',
          join(process.cwd(), 'dist/engine/cli/main.js'),
          'map',
          path,
          '--input',
          join(folder, 'records.ndjson'),
          '--output',
          join(folder, 'events.ndjson'),
        ],
        { env: { ...process.env, NODE_OPTIONS: '' } },
      );
      let said = '';
      child.stderr.on('data', (chunk) => {
        said += chunk;
      });
      const code = await new Promise((resolve) => child.on('close', resolve));
      expect([name, code, said]).toEqual([name, 3, expect.stringContaining('error[mapping-runs-away]')]);
      expect(said).toContain('are not mapped');
      expect(said).not.toMatch(/^\s+at /m);
      expect(readFileSync(join(folder, 'events.ndjson'), 'utf8')).toBe('');
    }
  });
});

it('an error of a mapping is one of the engine', async () => {
  const { mapping } = compileMapping(new SourceText('evil.jsonata', HOSTILE['a text of 200 MB'] as string));
  await expect(mapping?.evaluate({}, 0)).rejects.toBeInstanceOf(EngineError);
});
