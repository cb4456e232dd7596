/** S10: JSON that is too deep, too wide, too long, or that means mischief is exact data or an error with a code, and ids stay apart. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeByteFiles } from '../../engine/byte-files.ts';
import { firstCheckpoint } from '../../engine/checkpoint/checkpoint.ts';
import { openLane } from '../../engine/checkpoint/lane-store.ts';
import { contentHash } from '../../engine/fetch/content-hash.ts';
import { type JsonPage, readJsonPage } from '../../engine/fetch/json-page.ts';
import { RESPONSE_BYTES_MAX } from '../../engine/limits.ts';
import { changeUid } from '../../engine/run/change.ts';
import { recordKey } from '../../engine/run/record-key.ts';
import { endpointOf } from '../support/endpoint-of.ts';
import { scriptedNetwork } from '../support/scripted-network.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startVendor } from '../support/vendor.ts';

const MILLION = 1_000_000;
const LIST = { path: '/things', records: 'value', key: 'id' };
const THINGS = { endpoints: { things: LIST }, streams: { things: { record: { thing: 'things' } } } };

/** A run of a list whose one page is this text, answered with this status. */
async function runOf(page: string | Buffer, status = 200, definition: object = THINGS) {
  const vendor = await startVendor(definition);
  const network = scriptedNetwork(() => ({ status, body: page }));
  const again = () => vendor.run({ env: { ...vendor.env, network, clock: quick(vendor.env.clock) } });
  return { ...(await again()), again };
}

/** Waits take no time. */
function quick<T extends { setTimeout(callback: (...args: unknown[]) => void, ms: number): unknown }>(
  clock: T,
): T {
  return { ...clock, setTimeout: (callback: () => void) => clock.setTimeout(callback, 0) };
}

const open = (count: number) => '['.repeat(count);
const close = (count: number) => ']'.repeat(count);

describe('an answer of a million levels', () => {
  it.each<[string, string]>([
    ['around the list', open(MILLION) + close(MILLION)],
    ['inside of a record', `{"value":[{"id":"a","x":${open(MILLION)}${close(MILLION)}}]}`],
    ['beside the list', `{"value":[{"id":"a"}],"x":${open(MILLION)}${close(MILLION)}}`],
    ['of objects', `{"value":[${'{"id":'.repeat(MILLION)}1${'}'.repeat(MILLION)}]}`],
    ['without an end', `{"value":${open(MILLION)}`],
  ])('%s ends the lane with a code', { timeout: 60_000 }, async (_, page) => {
    const { summary, events } = await runOf(page);
    expect(summary.end).not.toBe('done');
    expect(summary.problem).toMatchObject({
      code: 'page-not-json',
      message: expect.stringContaining('64 levels'),
    });
    expect(events).toEqual([]);
  });

  it.each([400, 403, 404])('that says it is an error (%i) is one', async (status) => {
    const { summary } = await runOf(`{"error":${open(100_000)}${close(100_000)}}`, status);
    expect(summary.end).not.toBe('done');
    expect(summary.problem?.code).toMatch(/^[a-z]+(-[a-z]+)+$/);
    expect(summary.problem?.message.length).toBeLessThan(500);
  });
});

it('an object of 20,000 keys is exact data', { timeout: 60_000 }, async () => {
  const count = 20_000;
  const keys = Array.from({ length: count }, (_, at) => `"k${at}":${at}`).join(',');
  const { summary, events, again } = await runOf(`{"value":[{"id":"a",${keys}},{"id":"b"}]}`);
  expect(summary).toMatchObject({ end: 'done', events: 2 });
  const [wide] = events.map(({ thing }) => thing);
  expect(Object.keys(wide).length).toBe(count + 1);
  expect(wide[`k${count - 1}`]).toBe(count - 1);
  expect((await again()).events).toEqual([]);
});

it('an object of a million keys is read exactly', () => {
  const keys = Array.from({ length: MILLION }, (_, at) => `"k${at}":${at}`).join(',');
  const page = readJsonPage(Buffer.from(`{"value":[{"id":"a",${keys}}]}`), ['value']);
  expect(page.valueAt(0, ['id'])).toBe('a');
  expect(page.valueAt(0, [`k${MILLION - 1}`])).toBe(MILLION - 1);
});

it('a text of 100 MB is more than an answer may have, and the lane says so', async () => {
  const { summary } = await runOf(Buffer.alloc(100 * 1024 * 1024, 'x'));
  expect(summary.problem).toMatchObject({ code: 'http-body-too-large' });
  expect(summary.problem?.message).toContain(String(RESPONSE_BYTES_MAX));
});

it('a text of 20 MB is exact data', () => {
  const text = 'x'.repeat(20 * 1024 * 1024);
  const page = readJsonPage(Buffer.from(`{"value":[{"id":"a","text":"${text}"}]}`), ['value']);
  expect((page.record(0) as { text: string }).text === text).toBe(true);
});

describe('a key that means something to objects', () => {
  const hostile = `{"value":[
    {"id":"a","__proto__":{"isAdmin":true,"id":"x"},"constructor":{"prototype":{"isAdmin":true}},"toString":1,"hasOwnProperty":2},
    {"__proto__":{"id":"b"}},
    {"id":"__proto__","x":1},{"id":"constructor","x":1},{"id":"toString","x":1},{"id":"hasOwnProperty","x":1}
  ]}`;

  it('is data, on the way out too, and says nothing of other objects', async () => {
    const { summary, events, dead, again } = await runOf(hostile);
    expect(summary).toMatchObject({ end: 'done', events: 5, dead: 1 });
    const [first] = events.map(({ thing }) => thing);
    expect(Object.keys(first)).toEqual(['id', '__proto__', 'constructor', 'toString', 'hasOwnProperty']);
    expect(Object.getOwnPropertyDescriptor(first, '__proto__')?.value).toEqual({ isAdmin: true, id: 'x' });
    // The key of a record is its own.
    expect(dead).toMatchObject([{ code: 'record-without-key' }]);
    expect(events.map(({ thing }) => thing.id)).toEqual([
      'a',
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
    ]);
    expect((await again()).events).toEqual([]);
    expect('isAdmin' in {}).toBe(false);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

it('of keys that are written twice the last counts, for the identity and for the content', async () => {
  const { events, again } = await runOf(
    '{"value":[{"id":"a"}],"value":[{"id":"b","n":1,"id":"c","n":2,"n":3},{"id":"d","\\u0069d":"e"}]}',
  );
  expect(events.map(({ thing }) => thing)).toEqual([{ id: 'c', n: 3 }, { id: 'e' }]);
  expect((await again()).events).toEqual([]);
});

/** How an id is written in JSON, and what it is. */
interface Id {
  json: string;
  text: string;
}
const asNumber = (value: bigint): Id => ({ json: String(value), text: String(value) });
const asText = (text: string): Id => ({ json: JSON.stringify(text), text });
const nearLimits = fc
  .tuple(
    fc.constantFrom(2n ** 53n, 2n ** 63n, 2n ** 64n, 10n ** 15n, 10n ** 16n, 10n ** 30n, 0n),
    fc.integer({ min: -3, max: 3 }),
    fc.boolean(),
  )
  .map(([power, off, isNegative]) => asNumber((isNegative ? -1n : 1n) * (power + BigInt(off))));
const alike = fc
  .array(
    fc.constantFrom(
      'a',
      'A',
      'é',
      'e\u0301',
      'ﬁ',
      'fi',
      '\ud800',
      '\udfff',
      '\ufffd',
      '\0',
      ' ',
      '\u00a0',
      '\u200b',
      'ÿ',
      '\u0100',
      '"',
      '\\',
      '[',
      ',',
      '0',
      '1',
      '__proto__',
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => asText(parts.join('')));
const ids = fc.uniqueArray(
  fc.oneof(
    nearLimits,
    alike,
    fc.bigInt().map(asNumber),
    fc.string({ minLength: 1, unit: 'binary' }).map(asText),
  ),
  {
    selector: ({ text }) => text,
    minLength: 2,
    maxLength: 40,
  },
);
const pageOf = (list: readonly Id[]): JsonPage =>
  readJsonPage(
    Buffer.from(`{"value":[${list.map(({ json }) => `{"x":[${json}],"id":${json}}`).join(',')}]}`),
    ['value'],
  );

describe('ids that are different', async () => {
  const { endpoint } = await endpointOf();
  const keyOf = (record: unknown) => recordKey({ endpoint }, record) ?? '';
  const uidOf = (key: string, hash: string) =>
    changeUid('create', { connection: 'acme', stream: 'things', key, hash, version: 0 });

  it('stay different and as they are, from the page to the event and into the state', () => {
    const path = join(temporaryDirectory(), 'lane');
    let runs = 0;
    fc.assert(
      fc.property(ids, (list) => {
        const page = pageOf(list);
        const records = list.map((_, index) => page.record(index));
        const keys = records.map(keyOf);
        expect(keys).toEqual(list.map(({ text }) => text));
        expect(list.map((_, index) => keyOf({ id: page.valueAt(index, ['id']) }))).toEqual(keys);
        expect(new Set(keys.map((key) => uidOf(key, 'h'))).size).toBe(list.length);
        // What the records say is told apart, too.
        const hashes = records.map((record) => contentHash(record));
        expect(new Set(hashes).size).toBe(list.length);
        const options = { now: () => 1, randomBytes, files: nodeByteFiles };
        const lane = `${path}-${runs++}`;
        const store = openLane(lane, options);
        keys.forEach((key, index) => {
          expect(store.find(key)).toBeUndefined();
          store.stage({ key, hash: hashes[index] as string, version: index });
        });
        store.commit({ checkpoint: firstCheckpoint() });
        store.close();
        const opened = openLane(lane, options);
        expect(keys.map((key) => opened.find(key)?.version)).toEqual(keys.map((_, index) => index));
        opened.close();
      }),
      { numRuns: 40 },
    );
  });

  it('are each a record of a run, and none is new in the next', async () => {
    const list = [
      2n ** 53n - 1n,
      2n ** 53n,
      2n ** 53n + 1n,
      2n ** 64n,
      2n ** 64n + 1n,
      -(2n ** 53n) - 1n,
    ].map(asNumber);
    const texts = ['\ud800', '\udfff', '\ufffd', 'é', 'e\u0301', 'a', 'A', 'a ', '\0', '__proto__'].map(
      asText,
    );
    const all = [...list, ...texts];
    expect(new Set(all.map(({ text }) => uidOf(text, 'h'))).size).toBe(all.length);
    const { summary, again } = await runOf(
      `{"value":[${all.map(({ json }) => `{"id":${json},"n":{"id":${json}}}`).join(',')}]}`,
    );
    expect(summary).toMatchObject({ end: 'done', events: all.length });
    expect((await again()).summary).toMatchObject({ end: 'done', events: 0 });
  });
});
