/** How a record finds the one of another collection that it belongs to, and back. */
import { Collection } from './collection.ts';
import { mix, saltAt, unit } from './random.ts';

export interface Link {
  collection: Collection;
  /** Whether a record is gone when the one it belongs to is. */
  binding: boolean;
  /** Index in the other collection; negative where this record belongs to none. */
  indexFor(index: number): number;
  /** Indices below `total` among which all records are that belong to the one at `target`. */
  near(target: number, total: number): Iterable<number>;
}

/** Places of a collection that holds some records for each one of another. */
export interface Places {
  of: Collection;
  parent(index: number): number;
  /** The number of a record among those of its parent, from 0; never given twice. */
  nth(index: number): number;
  near(target: number, total: number): Iterable<number>;
}

/** How many records there are and come, as far as links need it. */
export interface Growth {
  size: number;
  addedPerStep: number;
  salt: number;
}

/** Record j belongs to record j / ratio, where ratio is that of the sizes at the start: stable while both grow. */
export function spreadLink(
  collection: Collection,
  own: Growth,
  rates: { unmatched?: number; duplicates?: number },
): Omit<Link, 'binding'> {
  const { unmatched = 0, duplicates = 0 } = rates;
  const perRecord = own.size === 0 ? 1 : collection.size / own.size;
  const salt = mix(own.salt ^ 0x165667b1);
  return {
    collection,
    indexFor: (index) => {
      const draw = unit(mix(saltAt(salt, index)));
      if (draw < unmatched) return -1;
      if (perRecord === 0) return -1;
      const shared = index > 0 && draw < unmatched + duplicates;
      const target = Math.floor((shared ? index - 1 : index) * perRecord);
      // What appears belongs to nothing that is still to appear.
      if (target < collection.size) return target;
      return collection.bornAt(target) > Collection.bornAt(own, index) ? -1 : target;
    },
    near: function* (target, total) {
      if (perRecord === 0) return;
      const end = Math.min(total, Math.ceil((target + 1) / perRecord) + 2);
      for (let index = Math.max(0, Math.floor(target / perRecord) - 1); index < end; index++) yield index;
    },
  };
}

/** One of the records of the start: any, or another one for each record of a parent (`places`) as long as there are any. */
export function drawnLink(collection: Collection, salt: number, places?: Places): Omit<Link, 'binding'> {
  const count = collection.size;
  const stride = coprimeTo(count);
  const start = (index: number) => Math.floor(unit(mix(saltAt(salt, index))) * count);
  return {
    collection,
    indexFor: (index) => {
      if (count === 0 || (places?.nth(index) ?? 0) >= count) return -1;
      return places ? (start(places.parent(index)) + places.nth(index) * stride) % count : start(index);
    },
    near: function* (_target, total) {
      for (let index = 0; index < total; index++) yield index;
    },
  };
}

/**
 * The places of `times` records for each record of a collection, those that appear later included; in each step `extra` more
 * appear for records that were there from the start, spread evenly.
 */
export function placesFor(of: Collection, times: number, extra: number): Places {
  const size = of.size * times;
  const fresh = of.addedPerStep * times;
  const perStep = fresh + extra;
  const rounds = Math.ceil(extra / Math.max(1, of.size));
  const stride = coprimeTo(of.size);
  const later = (index: number) => {
    const step = Math.floor((index - size) / perStep);
    return { step, at: index - size - step * perStep };
  };
  const ownerOfExtra = (step: number, nth: number) => ((nth + step * extra) * stride) % of.size;
  return {
    of,
    parent: (index) => {
      if (index < size) return Math.floor(index / times);
      const { step, at } = later(index);
      if (at < fresh) return of.size + step * of.addedPerStep + Math.floor(at / times);
      return ownerOfExtra(step, at - fresh);
    },
    nth: (index) => {
      if (index < size) return index % times;
      const { step, at } = later(index);
      return at < fresh ? at % times : times + step * rounds + Math.floor((at - fresh) / of.size);
    },
    near: function* (target, total) {
      const born = of.bornAt(target);
      const first =
        born === 0
          ? target * times
          : size + (born - 1) * perStep + (target - of.size - (born - 1) * of.addedPerStep) * times;
      for (let nth = 0; nth < times && first + nth < total; nth++) yield first + nth;
      for (let index = size; extra > 0 && index < total; index++) {
        if (later(index).at >= fresh) yield index;
      }
    },
  };
}

/** A step that visits every one of `count` places once before it comes back. */
function coprimeTo(count: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let stride = 7919;
  while (count > 1 && divisor(stride, count) !== 1) stride++;
  return stride;
}
