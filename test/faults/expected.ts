/** What has to have come of a tenant's records in the end, by what the vendor showed. */
import type { Expected } from './history.ts';
import { keyOf, type ListName, type Thing, type Truth } from './truth.ts';
import type { Tenant } from './vendor.ts';

export function expectedOf(tenant: Tenant, streams: readonly string[]): Expected[] {
  return streams.flatMap((stream) =>
    stream === 'incidents'
      ? incidents(tenant)
      : single(tenant, stream, stream === 'exports' ? 'rows' : (stream as ListName)),
  );
}

function single({ truth, lists, name }: Tenant, stream: string, list: ListName): Expected[] {
  const all = truth.all(list);
  // A record without a key may be any of those that are missed.
  const isHeld = all.some((thing) => truth.shown(thing)?.poison === 'key');
  return all.map((thing) => {
    const shown = truth.shown(thing);
    return {
      tenant: name,
      stream,
      ref: thing.ref,
      versions: Object.fromEntries(
        thing.versions
          .filter(({ isGone }) => !isGone)
          .map(({ rev, body }) => [String(rev), { body, id: keyOf(thing) }]),
      ),
      ...(shown && { last: String(shown.rev) }),
      ...(shown?.poison && { poison: shown.poison }),
      ...(stream === 'assets' && shown && { side: ownerOf(truth, shown.link) }),
      ...(stream === 'users' && shown && { side: 'there' }),
      isTooLate: thing.versions.some(({ isTooLate }) => isTooLate),
      wasRemoved: thing.versions.some(({ isGone }) => isGone),
      tellsRemoval: ['assets', 'exports'].includes(stream) && !isHeld,
      wasMissedTwice: (lists.misses.get(thing.ref) ?? 0) >= 2,
    };
  });
}

function ownerOf(truth: Truth, ref: string | undefined): string {
  const owner = ref === undefined ? undefined : truth.all('owners').find((thing) => keyOf(thing) === ref);
  const shown = owner && truth.shown(owner);
  return shown ? String(shown.rev) : 'none';
}

/** Records that are made of alerts: only what they are in the end can be told. */
function incidents({ truth, name }: Tenant): Expected[] {
  const groups = new Map<string, Thing[]>();
  for (const thing of truth.all('alerts')) {
    const link = truth.shown(thing)?.link ?? thing.versions.at(-1)?.link;
    if (link !== undefined) groups.set(link, [...(groups.get(link) ?? []), thing]);
  }
  return [...groups].map(([ref, things]) => {
    const there = things.filter((thing) => truth.shown(thing)).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    const last = there.map((thing) => `${thing.ref}:${truth.shown(thing)?.rev}`).join(' ');
    return {
      tenant: name,
      stream: 'incidents',
      ref,
      ...(there.length > 0 && { last }),
      isTooLate: false,
      wasRemoved: things.some(({ versions }) => versions.some(({ isGone }) => isGone)),
      tellsRemoval: false,
      wasMissedTwice: false,
    };
  });
}
