/** What every way of paging must do, tried on a list of records that a vendor of that kind would serve. */
import { expect, test } from 'vitest';
import type { PaginationDefinition } from '../../../engine/definition/schema/connector.ts';
import { createPaginator, type PageFacts, type PageRequest } from '../../../engine/fetch/paginate/index.ts';
import { endpointOf } from '../../support/endpoint-of.ts';

/** A vendor: from a request to its page. `size` is how many records it is willing to send at once. */
export type Vendor = (
  request: PageRequest,
  size: number,
) => { records: number[]; body?: unknown; headers?: Record<string, string> };

/** Pages asked before a walk counts as endless. */
const ENOUGH = 50;

export interface Walked {
  records: number[];
  requests: PageRequest[];
}

/** Walks a vendor to the end of its list. */
export async function walk(
  pagination: PaginationDefinition,
  answer: (request: PageRequest) => ReturnType<Vendor>,
): Promise<Walked> {
  const { endpoint } = await endpointOf({ pagination });
  const paginator = createPaginator(endpoint);
  const records: number[] = [];
  const requests: PageRequest[] = [];
  for (let request: PageRequest | undefined = paginator.first(); request && requests.length < ENOUGH; ) {
    requests.push(request);
    const page = answer(request);
    records.push(...page.records);
    const facts: PageFacts = {
      recordCount: page.records.length,
      body: page.body ?? {},
      headers: page.headers ?? {},
      record: (index) => page.records[index],
    };
    request = await paginator.next(facts);
  }
  return { records, requests };
}

/**
 * @param total the vendor's list is 0 to `total - 1`
 * @param endsOn the positive sign: an `empty` page, or a page without a `link` to another one
 */
export function paginatorContract(
  pagination: PaginationDefinition & { page_size?: number },
  vendor: Vendor,
  { total, endsOn }: { total: number; endsOn: 'empty' | 'link' },
): void {
  const all = Array.from({ length: total }, (_, index) => index);
  const asked = pagination.page_size ?? 10;

  test('gives every record once, in order, in full pages', async () => {
    const { records } = await walk(pagination, (request) => vendor(request, asked));
    expect(records).toEqual(all);
  });

  // A vendor that counts pages decides how long each is: asked for the third, it skips two of its own length.
  if (pagination.type !== 'page_number') {
    test('loses nothing when each page is shorter than asked', async () => {
      for (const size of [1, 2, 3, asked - 1]) {
        const { records } = await walk(pagination, (request) => vendor(request, size));
        expect(records).toEqual(all);
      }
    });

    test('goes on after a short page in the middle', async () => {
      let pages = 0;
      const { records } = await walk(pagination, (request) => vendor(request, pages++ === 1 ? 1 : asked));
      expect(records).toEqual(all);
    });
  }

  test(`ends on ${endsOn === 'empty' ? 'an empty page' : 'a page without a link to another'} and nothing else`, async () => {
    const sizes: number[] = [];
    const { requests } = await walk(pagination, (request) => {
      const page = vendor(request, asked);
      sizes.push(page.records.length);
      return page;
    });
    const full = Math.ceil(total / asked);
    expect(requests).toHaveLength(endsOn === 'empty' ? full + 1 : full);
    expect(sizes.at(-1)).toBe(endsOn === 'empty' ? 0 : total - (full - 1) * asked);
    expect(sizes.slice(0, -1)).not.toContain(0);
  });

  test('never asks the same twice', async () => {
    const { requests } = await walk(pagination, (request) => vendor(request, asked));
    expect(new Set(requests.map((request) => JSON.stringify(request))).size).toBe(requests.length);
  });

  test('asks a new walk from the beginning', async () => {
    const first = await walk(pagination, (request) => vendor(request, asked));
    expect((await walk(pagination, (request) => vendor(request, asked))).requests).toEqual(first.requests);
  });
}

/** Records from an offset on, and whether more follow. */
export function slice(
  total: number,
  from: number,
  size: number,
): { records: number[]; next: number | undefined } {
  const end = Math.min(from + size, total);
  const records = Array.from({ length: Math.max(0, end - from) }, (_, index) => from + index);
  return { records, next: end < total ? end : undefined };
}

/** A parameter of a request, or of the link that it is. */
export function parameter(request: PageRequest, name: string): string | undefined {
  if ('query' in request) return request.query[name];
  return new URL(request.link, 'https://api.example.com').searchParams.get(name) ?? undefined;
}
