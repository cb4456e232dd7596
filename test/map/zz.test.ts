import { readFileSync } from 'node:fs';
import { it } from 'vitest';
import { eventAttributes } from '../../engine/compile/event-attributes.ts';
import { SourceText } from '../../engine/definition/source.ts';
import { checkMapping } from '../../engine/map/check-mapping.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { fieldTable } from '../../engine/map/field-table.ts';

it('x', () => {
  const f = 'mappings/microsoft-defender/device.jsonata';
  const m = compileMapping(new SourceText(f, readFileSync(f, 'utf8'))).mapping!;
  const at = eventAttributes('inventory_info')!;
  console.log(
    checkMapping(m, { records: ['machine', 'managedDevice'], attributes: at }).map(
      (d) => d.code + d.message + d.at?.start.line,
    ),
  );
  let t = performance.now();
  checkMapping(m, { records: ['machine', 'managedDevice'], attributes: at });
  console.log(performance.now() - t);
  t = performance.now();
  console.log(
    fieldTable(m, { lookup: (p) => at.lookup(p) })
      .map((r) => `${r.path} ${r.type}`)
      .join('; '),
  );
  console.log(performance.now() - t);
});
