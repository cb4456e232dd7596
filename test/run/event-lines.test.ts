/** Batches are mapped ahead of what is written; order, dead letters and failures stay those of one batch after the other. */
import { describe, expect, it } from 'vitest';
import { SourceText } from '../../engine/definition/source.ts';
import { EngineError } from '../../engine/errors.ts';
import { readJsonPage } from '../../engine/fetch/json-page.ts';
import { BatchMapper } from '../../engine/map/batches/batch-mapper.ts';
import type { MapThreads } from '../../engine/map/batches/map-threads.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { type EventForm, LineMapper } from '../../engine/map/line-mapper.ts';
import { neededOf } from '../../engine/map/needs.ts';
import { EventLines } from '../../engine/run/event-lines.ts';
import { Item } from '../../engine/run/item.ts';
import type { Rejections } from '../../engine/run/rejections.ts';

const { mapping } = compileMapping(
  new SourceText('m.jsonata', '{"uid": thing.id, "level": $number(thing.level)}'),
);
if (!mapping) throw new Error('the mapping does not parse');

const form: Required<EventForm> = {
  textOf: JSON.stringify,
  check: (event) => ('uid' in event && event.uid === 'unfit' ? unfit() : undefined),
};

const unfit = () => new EngineError({ code: 'ocsf-test', kind: 'data', message: 'it is not fit' });

const frame = { recordName: 'thing', joinNames: [], settings: {} };

/** A page of things, each with its level as text. */
function itemsOf(things: readonly { id: string; level: string }[]): Item[] {
  const page = readJsonPage(Buffer.from(JSON.stringify(things)), []);
  return things.map(({ id }, index) => {
    const record = page.unread(index, (at) => page.record(at));
    return new Item(frame, id, record, [], 'create', '0'.repeat(32), 0);
  });
}

/** A thread that answers late, and how many batches it had. */
function lateThread(given: Required<EventForm> | undefined) {
  const mapper = new BatchMapper(new LineMapper(mapping as NonNullable<typeof mapping>, given), true);
  const thread = {
    batches: 0,
    started: async () => {},
    map: async (batch: Parameters<BatchMapper['map']>[0]) => {
      thread.batches++;
      await new Promise((resolve) => setTimeout(resolve, 3));
      return mapper.map(batch);
    },
    close: async () => {},
  };
  return thread;
}

/** What a page of so many batches of two gives, in the pieces in which it is written. */
async function written(
  things: readonly { id: string; level: string }[],
  options: { form?: Required<EventForm>; thread?: unknown; isLarge?: boolean } = {},
) {
  const dead: string[] = [];
  const rejections = {
    add: (_record: unknown, stage: string, error: EngineError, item: Item) => {
      dead.push(`${item.key} ${stage} ${error.code}`);
    },
  };
  const lines = new EventLines(
    {
      mapping: mapping as NonNullable<typeof mapping>,
      needed: neededOf((mapping as NonNullable<typeof mapping>).ast),
      form: options.form,
      hasLookups: false,
      mapThread: () => options.thread as MapThreads | undefined,
    },
    rejections as unknown as Rejections,
  );
  const items = itemsOf(things);
  const text: string[] = [];
  const delivered: string[] = [];
  let events = 0;
  for (let from = 0; from < items.length; from += 2) {
    const left = items.length - Math.min(from + 2, items.length);
    // As of a page of many more: then a thread is worth it.
    const due = await lines.map(items.slice(from, from + 2), 0, left > 0 && options.isLarge ? 10_000 : left);
    const valid = lines.validated(due);
    const { pieces, eventCount } = lines.of(valid);
    text.push(...pieces.map((piece) => Buffer.from(piece as Uint8Array).toString()));
    delivered.push(...valid.map(({ key }) => key));
    events += eventCount;
  }
  await lines.close();
  return { text: text.join(''), delivered, dead, events };
}

const things = Array.from({ length: 9 }, (_, index) => ({ id: `t${index}`, level: String(index) }));
const lineOf = ({ id, level }: { id: string; level: string }) => `{"uid":"${id}","level":${level}}\n`;

describe.each([
  ['here', undefined],
  ['on a thread that answers late', form],
])('events made %s', (name, given) => {
  const thread = () => (name === 'here' ? {} : { thread: lateThread(given), isLarge: true });

  it('are those of all records, in their order', async () => {
    const { text, delivered, events, dead } = await written(things, {
      ...thread(),
      ...(given && { form: given }),
    });
    expect(text).toBe(things.map(lineOf).join(''));
    expect(delivered).toEqual(things.map(({ id }) => id));
    expect([events, dead]).toEqual([9, []]);
  });

  it('lack those of records that fail, each told of at its stage; its neighbours stay', async () => {
    const some = things.map((thing, index) => {
      if (index === 3) return { ...thing, level: 'none' };
      return index === 4 ? { ...thing, id: 'unfit' } : thing;
    });
    const { text, delivered, dead } = await written(some, { ...thread(), form });
    expect(dead).toEqual(['t3 map map-d3030', 'unfit validate ocsf-test']);
    expect(delivered).toEqual(['t0', 't1', 't2', 't5', 't6', 't7', 't8']);
    expect(text).toBe(
      things
        .filter((_, index) => index !== 3 && index !== 4)
        .map(lineOf)
        .join(''),
    );
  });
});

describe('a thread', () => {
  it('is asked for where a page is large, and gets all of its batches', async () => {
    const thread = lateThread(undefined);
    await written(things, { thread, isLarge: true });
    expect(thread.batches).toBe(5);
    const unused = lateThread(undefined);
    await written(things, { thread: unused });
    expect(unused.batches).toBe(0);
  });

  it('that dies ends the lane, whichever batch it had', async () => {
    const thread = lateThread(undefined);
    const died = new EngineError({ code: 'map-thread-died', kind: 'internal', message: 'it is gone' });
    const { map } = thread;
    thread.map = async (batch) => {
      if (thread.batches === 2) throw died;
      return map(batch);
    };
    await expect(written(things, { thread, isLarge: true })).rejects.toBe(died);
  });
});
