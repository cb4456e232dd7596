/** Faults of a page: records that are missing, double or broken, and next links that lead astray. */
import type { Selection } from '../paging/kind.ts';
import { type Fault, faultOf } from './fault.ts';

/** The selection with some records left for the next page, or twice, or with a page to come that holds nothing. */
export function bendSelection(selection: Selection, faults: readonly Fault[]): Selection {
  const bent = { ...selection, indices: [...selection.indices] };
  const short = faultOf(faults, 'short_page');
  const keep = short?.keep ?? Math.ceil(bent.indices.length / 2);
  if (short && keep < bent.indices.length) {
    bent.after = keep > 0 ? (bent.indices[keep - 1] as number) : bent.before;
    bent.indices.length = keep;
    bent.more = true;
  }
  const first = bent.indices[0];
  if (faultOf(faults, 'duplicate_record') && first !== undefined) bent.indices.push(first);
  if (faultOf(faults, 'extra_page') && first !== undefined) bent.more = true;
  return bent;
}

/** The next link that is sent instead of the right one. `own` is the URL of this very request, `otherOrigin` leads here, too. */
export function bendNext(
  next: string | undefined,
  faults: readonly Fault[],
  at: { own: string; otherOrigin: string },
): string | undefined {
  if (faultOf(faults, 'next_link_loop')) return at.own;
  const other = faultOf(faults, 'next_link_other_origin');
  if (!other) return next;
  const url = new URL(next ?? at.own);
  return (other.origin ?? at.otherOrigin) + url.pathname + url.search;
}

/** Which record of the page (from 0) is sent without its key. */
export function brokenRecord(faults: readonly Fault[]): number | undefined {
  const fault = faultOf(faults, 'broken_record');
  return fault && (fault.nth ?? 1) - 1;
}
