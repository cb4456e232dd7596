/** Which events are in what a mapping gave? */
import { EngineError } from '../errors.ts';
import type { Mapping } from './evaluate.ts';

/**
 * A mapping gives one event, or several in a list.
 * @throws EngineError `map-no-event` (data) for anything that is no object
 */
export function eventsOf(result: unknown, mapping: Mapping): object[] {
  const events: unknown[] = Array.isArray(result) ? result : [result];
  for (const event of events) {
    if (typeof event !== 'object' || event === null || Array.isArray(event)) throw noEvent(event, mapping);
  }
  return events as object[];
}

export function noEvent(given: unknown, { source }: Mapping): EngineError {
  return new EngineError({
    code: 'map-no-event',
    kind: 'data',
    message: `the mapping gives ${given === undefined ? 'nothing' : JSON.stringify(given)}, expected an object`,
    at: { file: source.file, start: source.position(0), end: source.position(0) },
  });
}
