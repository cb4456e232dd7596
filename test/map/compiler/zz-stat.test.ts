import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import jsonata from 'jsonata';
import { it } from 'vitest';
import { difference, textOf } from './differential.ts';
import { compileJsonata } from '../../../engine/map/compiler/compile.ts';
import { anyExpression, anyInput } from './expressions.ts';
it('stat', async () => {
  const t0 = performance.now();
  const xs = fc.sample(fc.tuple(anyExpression, anyInput), { numRuns: 1000, seed: 5 });
  const t1 = performance.now();
  const counts: Record<string, number> = {}; let tr = 0, tc = 0; let len = 0;
  for (const [x, i] of xs) {
    len += x.length;
    let s = performance.now(); let o: string;
    try { const r = await jsonata(x, { timeout: 200, stack: 400 }).evaluate(structuredClone(i)); o = r === undefined ? 'nothing' : 'value'; } catch (e: any) { o = e.code ?? String(e).slice(0, 50); }
    tr += performance.now() - s; s = performance.now();
    counts[o] = (counts[o] ?? 0) + 1;
    try { compileJsonata(x, { timeout: 200, stack: 400 }).evaluateSync(structuredClone(i)); } catch {}
    tc += performance.now() - s;
  }
  writeFileSync('/tmp/cmp/stat.txt', JSON.stringify({ gen: t1 - t0, tr, tc, len: len / 1000, counts }, null, 1) + xs.slice(0, 60).map((x) => x[0].slice(0, 200)).join('\n'));
}, 100000);
