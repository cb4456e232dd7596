import { describe, expect, test } from 'vitest';
import { paginatorContract, slice, walk } from './paginator-contract.ts';

describe('no paging', () => {
  paginatorContract({ type: 'none' }, () => slice(9, 0, 9), { total: 9, endsOn: 'link' });

  test('one request, whatever the answer holds', async () => {
    const { requests } = await walk({ type: 'none' }, () => ({
      records: [1],
      body: { '@odata.nextLink': '/more' },
    }));
    expect(requests).toEqual([{ query: {} }]);
  });
});
