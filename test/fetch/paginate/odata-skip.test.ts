import { describe, expect, test } from 'vitest';
import { paginatorContract, parameter, slice, type Vendor, walk } from './paginator-contract.ts';

const pagination = { type: 'odata_skip', page_size: 10 } as const;
const vendor: Vendor = (request, size) => {
  const { records } = slice(25, Number(parameter(request, '$skip') ?? 0), size);
  return { records, body: { value: [] } };
};

describe('$top and $skip', () => {
  paginatorContract(pagination, vendor, { total: 25, endsOn: 'empty' });

  test('the first page has no $skip, the others skip the records received', async () => {
    let page = 0;
    const { requests } = await walk(pagination, (request) =>
      vendor(request, [10, 3, 7, 10, 10][page++] ?? 10),
    );
    expect(requests).toEqual([
      { query: { $top: '10' } },
      { query: { $top: '10', $skip: '10' } },
      { query: { $top: '10', $skip: '13' } },
      { query: { $top: '10', $skip: '20' } },
      { query: { $top: '10', $skip: '25' } },
    ]);
  });

  test('a record that comes twice pushes no other one out', async () => {
    const { records } = await walk(pagination, (request) => {
      const page = vendor(request, 10);
      return { ...page, records: [...page.records, ...page.records.slice(0, 1)] };
    });
    expect([...new Set(records)]).toEqual(slice(25, 0, 25).records);
  });

  test('a next link that comes is followed, and $skip goes on behind it', async () => {
    const { records, requests } = await walk(pagination, (request) => {
      if ('link' in request) return { records: slice(25, 10, 6).records, body: { value: [] } };
      const page = vendor(request, 10);
      return request.query.$skip === undefined
        ? { ...page, body: { '@odata.nextLink': '/things?opaque' } }
        : page;
    });
    expect(records).toEqual(slice(25, 0, 25).records);
    expect(requests.slice(1, 3)).toEqual([
      { link: '/things?opaque' },
      { query: { $top: '10', $skip: '16' } },
    ]);
  });

  test('an empty page with a next link does not end the list', async () => {
    const { requests } = await walk(pagination, (request) =>
      'link' in request ? { records: [] } : { records: [], body: { '@odata.nextLink': '/things?more' } },
    );
    expect(requests).toHaveLength(2);
  });
});
