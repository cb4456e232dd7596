/** Every record of a page comes to one end and one only, or nothing of the page is committed. */
import { describe, expect, test } from 'vitest';
import { Counters } from '../../engine/run/counters.ts';
import { EventLines } from '../../engine/run/event-lines.ts';
import { HOUR, journal, START } from '../support/journal.ts';

const entries = Array.from({ length: 40 }, (_, index) => ({
  id: `e${index}`,
  at: new Date(START - HOUR + index * 1_000).toISOString(),
}));

describe('conservation', () => {
  test('holds where delivered, unchanged, filtered and dead ones make up all', () => {
    const counters = Object.assign(new Counters(), { records: 9, removals: 1 });
    Object.assign(counters, { delivered: 4, unchanged: 3, filtered: 2, dead: 1 });
    expect(() => counters.assertConserved()).not.toThrow();
    counters.unchanged--;
    expect(() => counters.assertConserved()).toThrow('9 records listed and 1 gone, but 9 accounted for');
  });

  test('a record that gets lost within the engine stops the lane before the page is committed', async () => {
    const vendor = journal({
      entries,
      cursor: { slice: undefined, query: { since: '${cursor}' }, start: '1d' },
    });
    const { validated } = EventLines.prototype;
    let batches = 0;
    EventLines.prototype.validated = function (items) {
      return validated.call(this, batches++ === 2 ? items.slice(1) : items);
    };
    try {
      expect((await vendor.run()).summary).toMatchObject({
        end: 'failed',
        events: 20,
        problem: { code: 'internal-conservation' },
      });
    } finally {
      EventLines.prototype.validated = validated;
    }
    expect(vendor.checkpoint()).toMatchObject({ counters: { pages: 2, records: 20, events: 20 } });
    expect((await vendor.run()).summary).toMatchObject({ end: 'done', events: 20, unchanged: 20 });
    expect(vendor.ids()).toHaveLength(40);
    expect(new Set(vendor.ids()).size).toBe(40);
  });

  test('the totals of a lane are the sums of what each run counted', async () => {
    const vendor = journal({
      entries: [...entries, { id: undefined as never, at: entries[3]?.at as string }],
      cursor: { slice: undefined, query: { since: '${cursor}' }, start: '1d' },
    });
    await vendor.run();
    await vendor.run({ full: true });
    const { counters } = vendor.checkpoint() ?? {};
    expect(counters).toMatchObject({ records: 82, events: 40, unchanged: 40, dead: 2 });
  });
});
