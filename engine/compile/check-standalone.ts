/** Checks a mapping by itself, where no connector says which records it gets: its class is the one that it writes. */
import type { SourceText } from '../definition/source.ts';
import { checkMapping } from '../map/check-mapping.ts';
import { compileMapping, type Mapping } from '../map/evaluate.ts';
import { fieldReads } from '../map/field-reads.ts';
import { fieldTable } from '../map/field-table.ts';
import type { Diagnostic } from '../report/diagnostic.ts';
import { ocsf } from '../validate/ocsf/schema.ts';
import { eventAttributes } from './event-attributes.ts';

export function checkStandalone(source: SourceText): Diagnostic[] {
  const { mapping, diagnostics } = compileMapping(source);
  if (!mapping) return diagnostics;
  const className = classOf(mapping);
  const attributes = className === undefined ? undefined : eventAttributes([className]);
  // Any record name is good where nothing names the records.
  const records = new Set(fieldReads(mapping).map(({ steps }) => steps[0] ?? ''));
  return [
    ...diagnostics,
    ...checkMapping(mapping, { records: [...records], ...(attributes && { attributes }) }),
  ];
}

/** The class whose number the mapping writes as a constant. */
function classOf(mapping: Mapping): string | undefined {
  const row = fieldTable(mapping).find(({ path }) => path === 'class_uid');
  const uid = /^static: (\d+)$/.exec(row?.source ?? '')?.[1];
  return uid === undefined ? undefined : ocsf().classByUid(Number(uid))?.name;
}
