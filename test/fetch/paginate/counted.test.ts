import { describe, expect, test } from 'vitest';
import { paginatorContract, parameter, slice, type Vendor, walk } from './paginator-contract.ts';

describe('an offset', () => {
  const pagination = { type: 'offset', page_size: 10 } as const;
  const vendor: Vendor = (request, size) => slice(25, Number(parameter(request, 'offset')), size);
  paginatorContract(pagination, vendor, { total: 25, endsOn: 'empty' });

  test('a record that comes twice pushes no other one out', async () => {
    const { records } = await walk(pagination, (request) => {
      const page = vendor(request, 10);
      return { ...page, records: [...page.records, ...page.records.slice(0, 1)] };
    });
    expect([...new Set(records)]).toEqual(slice(25, 0, 25).records);
  });

  test('begins at 0 and advances by the records received', async () => {
    const { requests } = await walk(pagination, (request) => vendor(request, 9));
    expect(requests.map((request) => parameter(request, 'offset'))).toEqual(['0', '9', '18', '25']);
    expect(requests.every((request) => parameter(request, 'limit') === '10')).toBe(true);
  });
});

describe('a page number', () => {
  const pagination = {
    type: 'page_number',
    page_size: 10,
    first: 0,
    parameter: 'p',
    page_size_parameter: 'n',
  } as const;
  const vendor: Vendor = (request, size) => slice(25, Number(parameter(request, 'p')) * size, size);
  paginatorContract(pagination, vendor, { total: 25, endsOn: 'empty' });

  test('advances by one, also after a short page: the vendor counts pages', async () => {
    const { requests } = await walk(pagination, (request) =>
      slice(25, Number(parameter(request, 'p')) * 7, 7),
    );
    expect(requests.map((request) => parameter(request, 'p'))).toEqual(['0', '1', '2', '3', '4']);
    expect(requests.every((request) => parameter(request, 'n') === '10')).toBe(true);
  });

  test('begins at 1 unless told otherwise', async () => {
    const { requests } = await walk({ type: 'page_number', page_size: 10 }, () => ({ records: [] }));
    expect(requests).toEqual([{ query: { per_page: '10', page: '1' } }]);
  });
});
