/** What does a mapping make of a record? Its events, or their lines where nothing looks at the events. */
import type { Mapping } from '../map/evaluate.ts';
import { eventsOf, noEvent } from '../map/events-of.ts';
import type { Item } from './item.ts';

/**
 * Fills in the item's events, and their lines at once where the events themselves are not `looked` at. A promise only for the
 * rare mapping that needs one.
 * @param now the mapping's time in milliseconds since the epoch
 * @throws EngineError `map-` (data)
 */
export function mapItem(
  item: Item,
  mapping: Mapping,
  now: number,
  isLookedAt: boolean,
): void | Promise<void> {
  if (!isLookedAt && mapping.evaluateText) {
    const text = mapping.evaluateText(item.input, now);
    if (text === undefined) throw noEvent(undefined, mapping);
    item.lines = `${text}\n`;
    item.eventCount = 1;
    return;
  }
  if (!mapping.evaluateSync) {
    return mapping.evaluate(item.input, now).then((result) => take(item, result, mapping));
  }
  take(item, mapping.evaluateSync(item.input, now), mapping);
}

function take(item: Item, result: unknown, mapping: Mapping): void {
  item.events = eventsOf(result, mapping);
  item.eventCount = item.events.length;
}
