import { describe, expect, test } from 'vitest';
import { paginatorContract, parameter, slice, type Vendor, walk } from './paginator-contract.ts';

const pagination = {
  type: 'next_link',
  next: 'body.links.next',
  page_size: 10,
  page_size_parameter: 'count',
} as const;
const vendor: Vendor = (request, size) => {
  const { records, next } = slice(25, Number(parameter(request, 'from') ?? 0), size);
  return { records, body: { links: next === undefined ? {} : { next: `/things?from=${next}` } } };
};

describe('a next link that an expression takes out of the answer', () => {
  paginatorContract(pagination, vendor, { total: 25, endsOn: 'link' });

  test("the page size goes with the first request only: the rest is the vendor's", async () => {
    const { requests } = await walk(pagination, (request) => vendor(request, 20));
    expect(requests).toEqual([{ query: { count: '10' } }, { link: '/things?from=20' }]);
  });

  test('it may stand in a header', async () => {
    const { requests } = await walk({ type: 'next_link', next: '$lookup(headers, "x-next")' }, (request) =>
      'link' in request ? { records: [2] } : { records: [1], headers: { 'x-next': '/things?p=2' } },
    );
    expect(requests).toEqual([{ query: {} }, { link: '/things?p=2' }]);
  });
});
