/** How many records a request asks for, within what the vendor allows. */
import type { Refusal } from '../conditions.ts';

export interface PageSizeSpec {
  page_size_max: number;
  /** What becomes of a request for more. */
  over_max?: 'refuse' | 'clamp';
}

/** The number that a query parameter gives; undefined where it is not there. */
export function countIn(query: URLSearchParams, parameter: string): number | undefined | Refusal {
  const text = parameterIn(query, parameter);
  if (text === null) return undefined;
  if (!/^\d{1,15}$/.test(text)) return { condition: 'bad_query', values: { parameter, value: text } };
  return Number(text);
}

/** The page size asked by a query parameter; undefined where it is not there. */
export function pageSizeIn(
  spec: PageSizeSpec,
  query: URLSearchParams,
  parameter: string,
): number | undefined | Refusal {
  const asked = countIn(query, parameter);
  if (typeof asked !== 'number' || asked <= spec.page_size_max) return asked;
  if (spec.over_max === 'clamp') return spec.page_size_max;
  return { condition: 'page_too_large', values: { parameter, value: asked, max: spec.page_size_max } };
}

/** The value of a parameter, whatever the case of its name; null where it is not there. */
export function parameterIn(query: URLSearchParams, parameter: string): string | null {
  const name = [...query.keys()].find((given) => given.toLowerCase() === parameter.toLowerCase());
  return name === undefined ? null : query.get(name);
}
