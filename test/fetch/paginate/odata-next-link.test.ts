import { describe, expect, test } from 'vitest';
import { paginatorContract, parameter, slice, type Vendor, walk } from './paginator-contract.ts';

const vendor: Vendor = (request, size) => {
  const { records, next } = slice(25, Number(parameter(request, '$skiptoken') ?? 0), size);
  return {
    records,
    body:
      next === undefined
        ? { value: [] }
        : { '@odata.nextLink': `https://api.example.com/things?$skiptoken=${next}` },
  };
};

describe('@odata.nextLink', () => {
  paginatorContract({ type: 'odata_next_link', page_size: 10 }, vendor, { total: 25, endsOn: 'link' });

  test('links are followed byte for byte', async () => {
    const link = "https://api.example.com/things?%24skiptoken=LastDeviceName%3d%27a%20b%27,x='1'";
    const { requests } = await walk({ type: 'odata_next_link' }, (request) =>
      'link' in request ? { records: [2] } : { records: [1], body: { '@odata.nextLink': link } },
    );
    expect(requests).toEqual([{ query: {} }, { link }]);
  });

  test.each([
    [undefined, { $top: '10' }],
    ['pageSize', { pageSize: '10' }],
  ])('the page size is asked for as %s', async (parameterName, query) => {
    const pagination = {
      type: 'odata_next_link',
      page_size: 10,
      ...(parameterName && { page_size_parameter: parameterName }),
    } as const;
    expect((await walk(pagination, () => ({ records: [] }))).requests).toEqual([{ query }]);
  });

  test('an empty page with a link does not end the list, a full one without does', async () => {
    const pages = [{ records: [], body: { '@odata.nextLink': '/2' } }, { records: slice(10, 0, 10).records }];
    const { requests } = await walk(
      { type: 'odata_next_link', page_size: 10 },
      () => pages.shift() ?? { records: [] },
    );
    expect(requests).toHaveLength(2);
  });

  test.each([null, '', 7, {}])('%j in the place of the link is no link', async (value) => {
    const { requests } = await walk({ type: 'odata_next_link' }, () => ({
      records: [1],
      body: { '@odata.nextLink': value },
    }));
    expect(requests).toHaveLength(1);
  });
});
