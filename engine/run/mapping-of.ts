/** The mapping that a run uses: the one that `--as` names, or the first of the stream. */
import type { Stream } from '../compile/connector.ts';
import { EngineError } from '../errors.ts';
import type { Mapping } from '../map/evaluate.ts';
import { didYouMean } from '../report/suggest.ts';

/** @throws EngineError `usage-mapping` */
export function mappingOf(stream: Stream, as: string | undefined): { as: string; mapping: Mapping } {
  const names = [...stream.mappings.keys()];
  const name = as ?? names[0] ?? '';
  const mapping = stream.mappings.get(name);
  if (mapping) return { as: name, mapping };
  throw new EngineError({
    code: 'usage-mapping',
    kind: 'usage',
    message: `the stream \`${stream.name}\` has no mapping \`${name}\``,
    fix: didYouMean(name, names) ?? `use one of ${names.join(', ')}`,
  });
}
