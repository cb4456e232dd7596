/** Which records go on after their questions were asked? */
import type { LookupRound } from '../lookup/lookup-round.ts';
import type { Counters } from './counters.ts';
import type { Item } from './item.ts';
import type { Rejections } from './rejections.ts';

/** Those that have their answers, or can do without; the others are dead, or were delivered without an answer before. */
export function lookedUp(
  items: readonly Item[],
  round: LookupRound,
  { counters, rejections }: { counters: Counters; rejections: Rejections },
): Item[] {
  return items.filter((item, index) => {
    const failure = round.failures.get(index);
    if (!failure) return true;
    if (!failure.lookup.definition.optional) {
      rejections.add(item.record, 'lookup', failure.error, item);
      return false;
    }
    counters.wentWithout(failure.error);
    item.state = item.type === 'remove' ? 'gone' : 'incomplete';
    if (item.isRepeated) counters.unchanged++;
    return !item.isRepeated;
  });
}
