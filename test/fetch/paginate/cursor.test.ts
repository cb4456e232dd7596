import { describe, expect, test } from 'vitest';
import { paginatorContract, parameter, slice, type Vendor, walk } from './paginator-contract.ts';

const pagination = { type: 'cursor', next: 'body.meta.next', parameter: 'after', page_size: 10 } as const;
const vendor: Vendor = (request, size) => {
  const { records, next } = slice(25, Number(parameter(request, 'after') ?? 0), size);
  return { records, body: { meta: { next } } };
};

describe('a token in the answer', () => {
  paginatorContract(pagination, vendor, { total: 25, endsOn: 'link' });

  test('it travels in its parameter beside the page size', async () => {
    const { requests } = await walk(pagination, (request) => vendor(request, 20));
    expect(requests).toEqual([{ query: { limit: '10' } }, { query: { limit: '10', after: '20' } }]);
  });

  test('null, an empty text and nothing end the list; 0 is a token', async () => {
    for (const next of [null, '', undefined]) {
      expect(
        (await walk(pagination, () => ({ records: [1], body: { meta: { next } } }))).requests,
      ).toHaveLength(1);
    }
    const { requests } = await walk(pagination, (request) => ({
      records: [1],
      body: { meta: parameter(request, 'after') === undefined ? { next: 0 } : {} },
    }));
    expect(requests.map((request) => parameter(request, 'after'))).toEqual([undefined, '0']);
  });
});
