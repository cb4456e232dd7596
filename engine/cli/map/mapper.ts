/** What maps the lines on a thread: made on each of them from the mapping's text. */
import { DefinitionError } from '../../compile/definition-error.ts';
import { SourceText } from '../../definition/source.ts';
import { compileMapping, type Mapping } from '../../map/evaluate.ts';
import { LineMapper } from '../../map/line-mapper.ts';
import { eventTextOf } from './event-text-of.ts';

export interface MapJob {
  /** Path and text of the mapping. */
  path: string;
  text: string;
}

/** @throws DefinitionError for a mapping that does not parse */
export async function createMapper(job: MapJob): Promise<LineMapper> {
  return mapperOf(mappingOf(job));
}

/** @throws DefinitionError for a mapping that does not parse */
export function mappingOf({ path, text }: MapJob): Mapping {
  const { mapping, diagnostics } = compileMapping(new SourceText(path, text));
  if (!mapping) throw new DefinitionError(path, diagnostics);
  return mapping;
}

export async function mapperOf(mapping: Mapping): Promise<LineMapper> {
  const textOf = await eventTextOf(mapping);
  return new LineMapper(mapping, textOf && { textOf });
}
