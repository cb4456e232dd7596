import { readFileSync } from 'node:fs';
import { test, expect } from 'vitest';
import { compileMapping } from '/work/main/engine/map/evaluate.ts';
import { fieldTable, lineage } from '/work/main/engine/map/field-table.ts';
import { checkMapping } from '/work/main/engine/map/check-mapping.ts';
import { SourceText } from '/work/main/engine/definition/source.ts';
test('x', async () => {
  const f = '/work/main/mappings/microsoft-defender/device.jsonata';
  const { mapping, diagnostics } = compileMapping(new SourceText(f, readFileSync(f, 'utf8')));
  console.log(diagnostics);
  const r = '/work/shared/reference/defender-device/';
  const J = (n: string) => JSON.parse(readFileSync(r + n, 'utf8'));
  const input = { machine: J('machine.json'), managedDevice: J('managed-device.json') };
  const out = await mapping!.evaluate(input, 1.7e12);
  expect(JSON.stringify(out)).toBe(JSON.stringify(J('expected.ocsf.json')));
  for (let k = 0; k < 3; k++) {
    const t = performance.now(); for (let i = 0; i < 1000; i++) await mapping!.evaluate(input, 1.7e12);
    console.log('us per record', (performance.now() - t));
  }
  console.log(checkMapping(mapping!, { records: ['machine', 'managedDevice'] }).map(d => d.message + d.at?.start.line));
  for (const row of fieldTable(mapping!, { records: ['machine', 'managedDevice'] })) console.log([row.path, row.source, row.type, row.line, row.description, row.logic].join(' | '));
  console.log(lineage(mapping!));
});
