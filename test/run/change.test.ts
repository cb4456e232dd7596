import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type ChangeType, changeUid, type Identity } from '../../engine/run/change.ts';
import type { Json, Loose } from '../support/tenant.ts';
import { startVendor } from '../support/vendor.ts';

const IDENTITY: Identity = {
  connection: 'acme.0123',
  stream: 'things',
  key: 'a',
  hash: '000102030405060708090a0b0c0d0e0f',
  version: 0,
};

/** 128 bits as RFC 4648, 6 has it, by arithmetic on one great number. */
function expected(type: ChangeType, { connection, stream, key, hash, version }: Identity): string {
  const text = JSON.stringify(['v1', connection, stream, key, hash, version, type === 'remove']);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 32);
  let bits = BigInt(`0x${digest}`) << 2n;
  let base32 = '';
  for (let index = 0; index < 26; index++, bits >>= 5n)
    base32 = 'abcdefghijklmnopqrstuvwxyz234567'[Number(bits & 31n)] + base32;
  return base32;
}

describe('the uid of a change', () => {
  test('never changes from one version of the engine to the next', () => {
    expect([changeUid('create', IDENTITY), changeUid('remove', { ...IDENTITY, version: 3 })]).toEqual([
      'r6u7ck2ntolkclkamalyrpt6ae',
      'vkzg6dv65ifh36h5vjeqalgxfm',
    ]);
  });

  test.each<[string, ChangeType, Partial<Identity>]>([
    ['create', 'create', {}],
    ['update', 'update', { version: 1 }],
    ['remove', 'remove', { version: 12 }],
    ['umlauts and quotes', 'create', { key: 'ü"\\\u0000', stream: '😀' }],
    ['another hash', 'create', { hash: 'f'.repeat(32) }],
  ])('is 128 bits of a SHA-256 in base32: %s', (_, type, rest) => {
    const identity = { ...IDENTITY, ...rest };
    expect(changeUid(type, identity)).toBe(expected(type, identity));
  });

  test('is another for another connection, stream, key, content, version and for a removal', () => {
    const others: Partial<Identity>[] = [
      {},
      { connection: 'acme.0124' },
      { stream: 'thing' },
      { key: 'A' },
      { hash: '0'.repeat(32) },
      { version: 1 },
      // Nothing runs into what stands beside it.
      { connection: 'acme.0123","things', stream: 'a' },
    ];
    const uids = others.map((rest) => changeUid('create', { ...IDENTITY, ...rest }));
    uids.push(changeUid('remove', IDENTITY));
    expect(new Set(uids).size).toBe(others.length + 1);
    expect(changeUid('update', IDENTITY)).toBe(changeUid('create', IDENTITY));
  });
});

describe('over runs', () => {
  const THINGS: Loose = {
    settings: { tenant: { title: 'Tenant', identity: true, default: 't' } },
    endpoints: { things: { path: '/things', records: 'value', key: 'id' } },
    streams: { things: { record: { thing: 'things' }, removed: { absent: true } } },
  };

  async function uidsOf(lists: Json[][], settings: Json = {}): Promise<string[]> {
    const vendor = await startVendor(THINGS);
    const uids: string[] = [];
    for (const list of lists) {
      vendor.reply = () => ({ body: { value: list } });
      uids.push(...(await vendor.run({ settings })).events.map(({ change }) => change.uid));
    }
    return uids;
  }

  const [a, b] = [[{ id: 'x', n: 1 }], [{ id: 'x', n: 2 }]];

  test('the same comes to the same in two fresh states, and to another for another tenant', async () => {
    const lists = [a, b, [], a];
    const first = await uidsOf(lists);
    expect(first).toHaveLength(4);
    expect(await uidsOf(lists)).toEqual(first);
    const others = await uidsOf(lists, { tenant: 'u' });
    expect(others).toHaveLength(4);
    expect(others.filter((uid) => first.includes(uid))).toEqual([]);
  });

  test('a content that comes back is another event', async () => {
    const uids = await uidsOf([a, b, a]);
    expect([uids.length, new Set(uids).size]).toEqual([3, 3]);
  });

  test('the order of members and what says nothing make no other', async () => {
    expect(await uidsOf([[{ n: 1, empty: null, list: [], id: 'x' }]])).toEqual(await uidsOf([a]));
  });
});
