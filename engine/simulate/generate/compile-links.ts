/** From `size`, `link` and `links` of a collection to how its records find those of others. */
import { EngineError } from '../../errors.ts';
import { didYouMean } from '../../report/suggest.ts';
import type { Collection } from './collection.ts';
import type { CollectionSpec } from './compile-collections.ts';
import type { Path, Report } from './kind.ts';
import { drawnLink, type Growth, type Link, type Places, spreadLink } from './link.ts';
import { hashText, mix } from './random.ts';

export interface LinkSpec {
  collection: string;
  /** `any` of its records, or a `distinct` one for each record of one parent. */
  pick: 'any' | 'distinct';
  /** Whether the record is gone when that one is. */
  binding?: boolean;
}

interface Own extends Growth {
  places?: Places | undefined;
  report: Report;
}

/**
 * The links in the order of their use: that of the size or `link` first, named by nothing.
 * @throws EngineError `simulate-wrong-scale` where there are not enough records to give each its own (a bound one is left out then)
 */
export function compileLinks(
  spec: CollectionSpec,
  path: Path,
  compiled: ReadonlyMap<string, Collection>,
  own: Own,
): { name: string; link: Link }[] {
  const { places } = own;
  const found = (name: string, ...below: string[]): Collection | undefined => {
    const collection = compiled.get(name);
    if (!collection) {
      const fix = didYouMean(name, compiled.keys());
      own.report([...path, ...below, 'collection'], `no collection above is called \`${name}\``, fix);
    }
    return collection;
  };
  const links: { name: string; link: Link }[] = [];
  if (places) {
    const link = { collection: places.of, binding: true, indexFor: places.parent, near: places.near };
    links.push({ name: '', link });
  } else if (spec.link) {
    const collection = found(spec.link.collection, 'link');
    if (collection)
      links.push({ name: '', link: { ...spreadLink(collection, own, spec.link), binding: false } });
  }
  for (const [name, { collection: of, pick, binding = false }] of Object.entries(spec.links ?? {})) {
    const collection = found(of, 'links', name);
    if (!collection) continue;
    const isDistinct = pick === 'distinct';
    if (isDistinct && !places)
      own.report([...path, 'links', name, 'pick'], '`distinct` needs a size with `of`');
    if (isDistinct && !binding && places && own.size > collection.size * places.of.size) {
      throw new EngineError({
        code: 'simulate-wrong-scale',
        kind: 'usage',
        message: `each record of \`${places.of.name}\` is to have ${own.size / places.of.size} different ones of \`${of}\`, which are ${collection.size}`,
        fix: `raise the scale of \`${of}\``,
      });
    }
    const drawn = drawnLink(collection, mix(own.salt ^ hashText(name)), isDistinct ? places : undefined);
    links.push({ name, link: { ...drawn, binding } });
  }
  return links;
}
