import { appendFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { it } from 'vitest';
import { difference } from './differential.ts';
import { anyExpression, anyInput } from './expressions.ts';
it('fuzz', async () => {
  const n = Number(process.env.N ?? 2000), seed0 = Number(process.env.SEED ?? Date.now() % 100000);
  const found: string[] = []; const t = performance.now(); let failsBoth = 0;
  for (let round = 0; round < 12; round++) {
    const r: any = await fc.check(fc.asyncProperty(anyExpression, anyInput, async (x, i) => { if (process.env.TRACE) writeFileSync('/tmp/cmp/last.txt', x + '\n' + JSON.stringify(i)); const d = await difference(x, i); if (d) throw new Error(d); }), { numRuns: n, seed: seed0 + round * 1000, endOnFailure: false, interruptAfterTimeLimit: 70000 } as any);
    if (r.failed) found.push(`seed ${seed0 + round * 1000} run ${r.numRuns}\n${r.counterexample[0]}\n  on ${JSON.stringify(r.counterexample[1])}\n${r.errorInstance?.message ?? r.error}`);
  }
  writeFileSync('/tmp/cmp/fuzz.txt', `${performance.now() - t} ms\n${found.join('\n\n')}`);
}, 900000);
