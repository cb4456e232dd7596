/** The events in what a mapping gave for a record. */
import { EngineError } from '../errors.ts';
import type { Mapping } from '../map/evaluate.ts';

/**
 * A mapping gives one event, or several in a list.
 * @throws EngineError `map-no-event` (data) for anything that is no object
 */
export function eventsOf(result: unknown, mapping: Mapping): object[] {
  const events: unknown[] = Array.isArray(result) ? result : [result];
  for (const event of events) {
    if (typeof event === 'object' && event !== null && !Array.isArray(event)) continue;
    throw new EngineError({
      code: 'map-no-event',
      kind: 'data',
      message: `the mapping gives ${event === undefined ? 'nothing' : JSON.stringify(event)}, expected an object`,
      at: { file: mapping.source.file, start: mapping.source.position(0), end: mapping.source.position(0) },
    });
  }
  return events as object[];
}
