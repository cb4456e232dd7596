import { describe, expect, test } from 'vitest';
import { nextOf } from '../../../engine/fetch/paginate/link-header.ts';
import { paginatorContract, parameter, slice, type Vendor } from './paginator-contract.ts';

const vendor: Vendor = (request, size) => {
  const { records, next } = slice(25, Number(parameter(request, 'after') ?? 0), size);
  const self = '<https://api.example.com/things>; rel="self"';
  const link =
    next === undefined ? self : `${self}, <https://api.example.com/things?after=${next}>; rel="next"`;
  return { records, headers: { link } };
};

describe('the Link header', () => {
  paginatorContract({ type: 'link_header', page_size: 10 }, vendor, { total: 25, endsOn: 'link' });

  test.each([
    ['<https://a/?p=2>; rel="next"', 'https://a/?p=2'],
    ['<https://a/?p=2>;rel=next', 'https://a/?p=2'],
    ['<https://a/?p=2>; REL="NEXT"', 'https://a/?p=2'],
    ['<https://a/?p=2>; title="x, y; rel=prev"; rel="next"', 'https://a/?p=2'],
    ['<https://a/?p=2>; title="a \\"b\\"; rel=prev"; rel="next"', 'https://a/?p=2'],
    ['<https://a/?p=2>; rel="prev"; rel="next"', undefined],
    ['<https://a/?p=9>; rel="last", <https://a/?p=2>; rel="prefetch next"', 'https://a/?p=2'],
    ['<https://a/?q=1,2;3>; rel="next"', 'https://a/?q=1,2;3'],
    ['<?p=2>; rel="next"', '?p=2'],
    ['<https://a/?p=1>; rel="self",<https://a/?p=2>; rel="next"', 'https://a/?p=2'],
    ['<https://a/?p=1>; rel="nextish"', undefined],
    ['<https://a/?p=1>; rel="prev"; title="next"', undefined],
    ['https://a/?p=2; rel="next"', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s leads to %s', (header, target) => {
    expect(nextOf(header)).toBe(target);
  });
});
