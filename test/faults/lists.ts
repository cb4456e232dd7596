/** The vendor's lists: which records a request asks for, in which order, page by page. */
import type { Injection } from './injection.ts';
import type { Random } from './random.ts';
import { APPEND_ONLY, type ListName, type Thing, type Truth, type Version } from './truth.ts';

export interface ListPage {
  records: string[];
  /** Token of the next page. */
  next?: string;
  /** Where the next page is asked for by counting. */
  isCounted?: boolean;
}

interface Walk {
  list: ListName;
  refs: string[];
  size: number;
  /** Pages before this one in the same walk, by their tokens. */
  trail: string[];
  isExpired: boolean;
}

/** What a scan of a list by counting met. */
interface Sweep {
  served: Set<string>;
  alive: Set<string>;
}

const SIZES = ['$top', 'limit', 'per_page'];

export class Lists {
  readonly #truth: Truth;
  readonly #random: Random;
  readonly #faults: Injection;
  readonly #walks = new Map<string, Walk>();
  #tokens = 0;
  #sweep: Sweep | undefined;
  /** How many scans by counting came to their end without meeting a thing that was there all the time. */
  readonly misses = new Map<string, number>();

  constructor(truth: Truth, random: Random, faults: Injection) {
    this.#truth = truth;
    this.#random = random;
    this.#faults = faults;
  }

  /** A page; undefined for a token that is no longer good. */
  page(list: ListName, query: URLSearchParams): ListPage | undefined {
    const token = query.get('token') ?? query.get('after');
    if (token !== null) return this.#goOn(token);
    const asked = Number(SIZES.map((name) => query.get(name)).find((value) => value !== null) ?? 100);
    const size = Math.max(1, this.#faults.strikes(12) ? this.#random.int(1, asked) : asked);
    const isWindow = query.get('style') === 'window';
    const isCounted = query.get('style') === 'counted' || list === 'assets' || isWindow;
    const found = this.#ordered(this.#matching(list, query), isWindow ? 'ascending' : this.#order(list));
    if (!isCounted)
      return this.#serve({ list, refs: found.map(({ ref }) => ref), size, trail: [], isExpired: false });
    const page = Number(query.get('page') ?? 1) - 1;
    const from = Number(query.get('$skip') ?? query.get('offset') ?? page * asked);
    const extra = this.#faults.strikes(13) ? this.#random.int(1, 3) : 0;
    // Where pages are numbered, or a short one is the last, each has all that was asked for.
    const isWhole = isWindow || query.has('page');
    const things = found.slice(from, from + (isWhole ? asked : size));
    const repeated = things.slice(0, extra);
    if (list === 'assets') this.#note(from, things, found);
    return { records: [...things, ...repeated].map((thing) => jsonOf(this.#truth, thing)), isCounted: true };
  }

  expireAll(): void {
    for (const walk of this.#walks.values()) walk.isExpired = true;
  }

  #goOn(token: string): ListPage | undefined {
    const walk = this.#walks.get(token);
    if (!walk || walk.isExpired) return undefined;
    return this.#serve({ ...walk, trail: [...walk.trail, token] });
  }

  #serve(walk: Walk): ListPage {
    const faults = this.#faults;
    const random = this.#random;
    const { list, size } = walk;
    const isEmpty = walk.refs.length > 0 && faults.strikes(11);
    const longer = faults.strikes(13) ? random.int(1, 5) : 0;
    const count = isEmpty ? 0 : size + longer;
    const refs = walk.refs.slice(0, count);
    const back = refs.length > 1 && faults.strikes(10) ? random.int(1, refs.length) : 0;
    const rest = walk.refs.slice(count - back);
    const records = refs.flatMap((ref) => {
      const thing = this.#truth.find(list, ref);
      const version = thing && this.#truth.shown(thing);
      return version ? [version.json] : [];
    });
    if (records.length > 0 && faults.strikes(9)) records.push(random.pick(records));
    if (rest.length === 0 || (back > 0 && count >= walk.refs.length)) return { records };
    const { trail } = walk;
    const last = trail.at(-1);
    if (last !== undefined && faults.strikes(14)) return { records, next: last };
    if (trail.length > 1 && faults.strikes(15)) return { records, next: random.pick(trail) };
    const next = `t${++this.#tokens}`;
    this.#walks.set(next, { list, refs: rest, size, trail, isExpired: false });
    return { records, next };
  }

  #matching(list: ListName, query: URLSearchParams): Thing[] {
    const from = [...(query.get('$filter') ?? '').matchAll(/ge (\S+)/g)].map(([, text]) =>
      nanoseconds(text ?? ''),
    );
    const since = query.get('since');
    if (since !== null) from.push(nanoseconds(since));
    const until = query.get('until');
    const before = until === null ? undefined : nanoseconds(until);
    return this.#truth.all(list).filter((thing) => {
      const version = this.#truth.shown(thing);
      if (!version) return false;
      return (
        from.every((instant) => version.instant >= instant) &&
        (before === undefined || version.instant <= before)
      );
    });
  }

  #order(list: ListName): 'newest' | 'ascending' | 'made' {
    if (this.#faults.has(7)) {
      this.#faults.count(7);
      return 'newest';
    }
    return APPEND_ONLY.includes(list) ? 'ascending' : 'made';
  }

  #ordered(things: readonly Thing[], order: 'newest' | 'ascending' | 'made'): Thing[] {
    const isUnstable = this.#faults.strikes(8);
    const all = isUnstable && order !== 'made' ? this.#random.shuffled(things) : [...things];
    if (order === 'made') return all;
    const instantOf = (thing: Thing) => (this.#truth.shown(thing) as Version).instant;
    const sign = order === 'newest' ? -1 : 1;
    return all.sort(
      (a, b) => sign * Number(instantOf(a) > instantOf(b) ? 1 : instantOf(a) < instantOf(b) ? -1 : 0),
    );
  }

  #note(from: number, things: readonly Thing[], all: readonly Thing[]): void {
    if (from === 0) this.#sweep = { served: new Set(), alive: new Set(all.map(({ ref }) => ref)) };
    const sweep = this.#sweep;
    if (!sweep) return;
    for (const { ref } of things) sweep.served.add(ref);
    if (things.length > 0) return;
    const there = new Set(all.map(({ ref }) => ref));
    for (const ref of sweep.alive) {
      if (there.has(ref) && !sweep.served.has(ref)) this.misses.set(ref, (this.misses.get(ref) ?? 0) + 1);
    }
    this.#sweep = undefined;
  }
}

function jsonOf(truth: Truth, thing: Thing): string {
  return (truth.shown(thing) as Version).json;
}

/** Nanoseconds since the epoch of an instant in UTC. */
function nanoseconds(text: string): bigint {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (!match) throw new Error(`the vendor is asked for ${text}, which is no instant`);
  const seconds = BigInt(Date.parse(`${match[1]}${match[3]}`) / 1000);
  return seconds * 1_000_000_000n + BigInt((match[2] ?? '').padEnd(9, '0').slice(0, 9));
}
