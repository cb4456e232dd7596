/** The device mapping under other names: what is fast for it must be fast for a mapping that nobody has seen. */
import type { Json } from './device-records.ts';

export interface Variant {
  mapping: string;
  /** Gives a record the names that the mapping reads now, its members in another order. */
  record: (input: Json) => Json;
}

const READ = /\b(machine|managedDevice)(?:\.([A-Za-z]+))?\b(?=[^"]*(?:"[^"]*"[^"]*)*$)/gm;

/** Renames both records and each of their members, and shuffles the members of the records; the events stay the same. */
export function variantOf(mapping: string, seed: number): Variant {
  const random = randomFrom(seed);
  const names = new Map<string, string>();
  const renamed = (name: string) => {
    const known = names.get(name) ?? `${'abcdefghijklmnop'[random(16)]}${random(36 ** 6).toString(36)}`;
    names.set(name, known);
    return known;
  };
  const text = mapping
    .split('\n')
    .map((line) =>
      line.replace(READ, (_all, record: string, member?: string) =>
        member === undefined ? renamed(record) : `${renamed(record)}.${renamed(`${record}.${member}`)}`,
      ),
    )
    .join('\n');
  const orders = new Map<string, number>();
  const order = (name: string) => {
    if (!orders.has(name)) orders.set(name, random(1_000_000));
    return orders.get(name) as number;
  };
  const record = (input: Json) => {
    const records = Object.entries(input).map(([name, members]) => {
      const entries = Object.entries(members as Json).sort(([a], [b]) => order(a) - order(b));
      return [
        renamed(name),
        Object.fromEntries(entries.map(([member, value]) => [renamed(`${name}.${member}`), value])),
      ];
    });
    return Object.fromEntries(records.reverse());
  };
  return { mapping: text, record };
}

/** A linear congruential generator (Numerical Recipes): repeatable is all that it must be. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
