import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { it } from 'vitest';
import { compileJsonata } from '../../../engine/map/compiler/compile.ts';
const SUITE = '../shared/reference/jsonata-suite';
it('probe', async () => {
  let ok = 0, bad = 0; const out: string[] = [];
  for (const group of readdirSync(`${SUITE}/groups`)) for (const file of readdirSync(`${SUITE}/groups/${group}`).filter((n) => n.endsWith('.json'))) {
    const folder = `${SUITE}/groups/${group}`;
    for (const c of [JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'))].flat()) {
      const expr = c.expr ?? readFileSync(`${folder}/${c['expr-file']}`, 'utf8');
      for (const mode of ['sync', 'async']) {
        const input = typeof c.dataset === 'string' ? JSON.parse(readFileSync(`${SUITE}/datasets/${c.dataset}.json`, 'utf8')) : structuredClone(c.data);
        let got: string; let stack = '';
        try {
          const e = compileJsonata(expr, { timeout: c.timelimit ?? 10000, stack: c.depth ?? 1500, sequence: 1e7 });
          const r = mode === 'sync' ? e.evaluateSync(input, c.bindings) : await e.evaluate(input, c.bindings);
          got = JSON.stringify(r) ?? 'undefined';
        } catch (e: any) { got = `E ${e?.code} ${e?.token ?? ''}`; if (!e?.code) stack = e?.stack ?? ''; }
        const codes = c.code === 'U1001' ? ['D1011', 'D1012'] : [c.code ?? c.error?.code];
        const want = c.code || c.error ? `E ${c.code ?? c.error?.code}` : c.undefinedResult ? 'undefined' : JSON.stringify(c.result);
        const sort = (s: string) => c.unordered ? [...s].sort().join('') : s;
        const same = want.startsWith('E ') ? codes.some((x) => got.startsWith(`E ${x} `)) && (c.token === undefined || got === `E ${c.code} ${c.token}`) : sort(got) === sort(want);
        if (same) ok++; else { bad++; out.push(`${mode} ${group}/${file}: ${expr.slice(0, 200)}\n  got  ${got.slice(0, 300)}\n  want ${want.slice(0, 300)} ${c.token ?? ''}\n ${stack.slice(0,600)}`); }
      }
    }
  }
  writeFileSync('/tmp/cmp/out.txt', `${ok} ok ${bad} bad\n${out.join('\n')}`);
});
