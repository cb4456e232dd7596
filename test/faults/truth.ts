/** What there is at a vendor, and since when everyone could see it: what the engine delivers is held against this. */
import type { Random } from './random.ts';
import type { World } from './world.ts';

export type ListName = 'assets' | 'owners' | 'findings' | 'events' | 'journal' | 'alerts' | 'users' | 'rows';

/** Records of these are written once. */
export const APPEND_ONLY: readonly ListName[] = ['events', 'journal'];

/** Why a version of a record can make no event. */
export type Poison = 'key' | 'map' | 'validate';

/** One state of a record. */
export interface Version {
  rev: number;
  /** From this true time on the vendor shows it, in milliseconds since the epoch. */
  visibleAt: number;
  /** The instant that it bears, in nanoseconds since the epoch, and as it is written. */
  instant: bigint;
  /** The record as JSON. */
  json: string;
  body: string;
  poison?: Poison;
  /** Another record that it names: an owner, an incident. */
  link?: string;
  isGone?: boolean;
  /** Shown later than the vendor declares: nothing is promised of it. */
  isTooLate?: boolean;
}

export interface Thing {
  list: ListName;
  ref: string;
  /** As it stands in JSON. */
  id: string;
  versions: Version[];
}

/** What is said of a record that comes or changes. */
export interface About {
  link?: string;
  /** Milliseconds until it is shown. */
  delayMs?: number;
  /** How late it is shown after the instant that it bears; drawn when absent. */
  late?: 'not' | 'as declared';
}

export interface Tastes {
  /** Milliseconds by which the vendor's clock is ahead of true time. */
  skewMs: number;
  /** How late a record may show up, at most, after the instant that it bears. */
  latenessMs: number;
  isLate: boolean;
  isTooLate: boolean;
  hasTies: boolean;
  hasLargeIds: boolean;
  hasOddTimes: boolean;
  hasOddTexts: boolean;
  hasBombs: boolean;
  hasPoison: boolean;
}

const BODIES = [
  '',
  'plain',
  'Zoë – 東京 🚢',
  'a"b\\c/d',
  'line\nline\ttab',
  '\u0000\u001f\u007f',
  '\ud800',
  '\u2028',
];
const ODD_MEMBERS = [
  '"odd":1e400',
  '"odd":-0',
  '"odd":0.1000000000000000055',
  '"__proto__":{"polluted":true}',
  '"constructor":{"prototype":{}}',
  '"odd":1,"odd":2',
  '"odd":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]',
];

export class Truth {
  readonly things = new Map<ListName, Map<string, Thing>>();
  readonly tenant: string;
  readonly #world: World;
  readonly #random: Random;
  readonly #tastes: Tastes;
  #count = 0;
  /** An instant that others share. */
  #tie: bigint | undefined;

  constructor(tenant: string, world: World, random: Random, tastes: Tastes) {
    this.tenant = tenant;
    this.#world = world;
    this.#random = random;
    this.#tastes = tastes;
  }

  /** The things of a list, in the order in which they came into being. */
  all(list: ListName): Thing[] {
    return [...(this.things.get(list)?.values() ?? [])];
  }

  find(list: ListName, ref: string): Thing | undefined {
    return this.things.get(list)?.get(ref);
  }

  create(list: ListName, about: About = {}): Thing {
    const number = ++this.#count;
    const ref = `${list}-${this.tenant}-${number}`;
    const id = this.#tastes.hasLargeIds ? String(9007199254740992n + BigInt(number)) : JSON.stringify(ref);
    const thing: Thing = { list, ref, id, versions: [] };
    const all = this.things.get(list) ?? new Map<string, Thing>();
    this.things.set(list, all.set(ref, thing));
    this.update(thing, about);
    return thing;
  }

  update(thing: Thing, about: About = {}): void {
    const random = this.#random;
    const last = thing.versions.at(-1);
    const visibleAt = Math.max(this.#world.now + (about.delayMs ?? 0), last?.visibleAt ?? 0);
    const isTooLate =
      about.late === undefined &&
      this.#tastes.isTooLate &&
      APPEND_ONLY.includes(thing.list) &&
      random.chance(0.1);
    const { instant, text } = this.#instant(visibleAt, isTooLate, thing.list, about.late);
    const body = this.#tastes.hasOddTexts ? random.pick(BODIES) : `body ${random.int(0, 99)}`;
    const link = about.link ?? last?.link;
    const poison =
      this.#tastes.hasPoison && random.chance(0.1)
        ? random.pick(['key', 'map', 'validate'] as const)
        : undefined;
    const version: Version = {
      rev: (last?.rev ?? 0) + 1,
      visibleAt,
      instant,
      json: '',
      body,
      ...(link !== undefined && { link }),
      ...(poison && thing.list !== 'owners' && thing.list !== 'alerts' && { poison }),
      ...(isTooLate && { isTooLate }),
    };
    version.json = this.#json(thing, version, text);
    thing.versions.push(version);
  }

  remove(thing: Thing): void {
    const last = thing.versions.at(-1) as Version;
    const visibleAt = Math.max(this.#world.now, last.visibleAt);
    thing.versions.push({ ...last, rev: last.rev + 1, visibleAt, isGone: true });
  }

  /** What the vendor shows of a thing now. */
  shown(thing: Thing): Version | undefined {
    const { now } = this.#world;
    const version = thing.versions.findLast(({ visibleAt }) => visibleAt <= now);
    return version?.isGone ? undefined : version;
  }

  /** A vendor never writes an instant that is later than its own clock, but for clocks gone wrong. */
  #instant(
    visibleAt: number,
    isTooLate: boolean,
    list: ListName,
    late: About['late'],
  ): { instant: bigint; text: string } {
    const random = this.#random;
    const { skewMs, latenessMs, isLate, hasTies, hasOddTimes } = this.#tastes;
    const latest = BigInt(visibleAt + skewMs) * 1_000_000n;
    const bound = BigInt(latenessMs) * 1_000_000n;
    if (hasOddTimes && !APPEND_ONLY.includes(list) && random.chance(0.05)) {
      const text = random.pick(['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.9999999Z']);
      return { instant: text.startsWith('0') ? -(10n ** 30n) : 10n ** 30n, text };
    }
    if (late !== undefined) return written(latest - (late === 'not' ? 0n : bound), 9, 'Z');
    if (isTooLate) return written(latest - bound - BigInt(random.int(2, 9_000)) * 1_000_000_000n, 3, 'Z');
    let by = 0n;
    if (isLate && random.chance(0.6))
      by = random.chance(0.6) ? bound : BigInt(random.int(0, latenessMs)) * 1_000_000n;
    else by = BigInt(random.int(0, 999)) * 1_000_000n;
    if (
      hasTies &&
      this.#tie !== undefined &&
      latest - this.#tie <= bound &&
      this.#tie <= latest &&
      random.chance(0.6)
    )
      return written(this.#tie, 9, 'Z');
    const digits = hasOddTimes ? random.pick([0, 3, 6, 7, 9]) : 3;
    const zone = hasOddTimes ? random.pick(['Z', 'Z', '+02:00', '-05:30']) : 'Z';
    const fine = hasOddTimes && by < bound ? BigInt(random.int(0, 999_999)) : 0n;
    const one = written(latest - by - (by === 0n ? 0n : fine), digits, zone);
    // Digits that are cut off make it look later than it is.
    const made = latest - one.instant > bound ? written(latest - bound, 9, zone) : one;
    this.#tie = made.instant;
    return made;
  }

  #json(thing: Thing, { rev, body, poison, link }: Version, instant: string): string {
    const { list, ref, id } = thing;
    const title = poison === 'map' ? 7 : `title of ${ref}`;
    const severity = poison === 'validate' ? '"high"' : '1';
    const time = APPEND_ONLY.includes(list) ? 'at' : 'updated';
    const linkName = list === 'assets' ? 'owner' : 'incidentId';
    const odd = this.#tastes.hasBombs && this.#random.chance(0.2) ? `,${this.#random.pick(ODD_MEMBERS)}` : '';
    return [
      poison === 'key' ? '{' : `{"id":${id},`,
      `"ref":${JSON.stringify(ref)},"rev":${rev},"title":${JSON.stringify(title)},"severity":${severity},`,
      link === undefined ? '' : `"${linkName}":${JSON.stringify(link)},`,
      `"${time}":"${instant}","body":${JSON.stringify(body)}${odd}}`,
    ].join('');
  }
}

const NANOSECONDS = 1_000_000_000n;

/** The instant with so many digits of the second, the others cut off, as a clock of that zone shows it. */
function written(instant: bigint, digits: number, zone: string): { instant: bigint; text: string } {
  const unit = 10n ** BigInt(9 - digits);
  const kept = instant - (((instant % unit) + unit) % unit);
  const match = /^([+-])(\d\d):(\d\d)$/.exec(zone);
  const minutes = match ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0;
  const local = kept + BigInt(minutes) * 60n * NANOSECONDS;
  const seconds = new Date(Number(local / NANOSECONDS) * 1000).toISOString().slice(0, 19);
  const fraction = String(local % NANOSECONDS)
    .padStart(9, '0')
    .slice(0, digits);
  return { instant: kept, text: `${seconds}${digits > 0 ? `.${fraction}` : ''}${zone}` };
}

/** The id as text: what stands in quotes is meant without them. */
export function keyOf({ id }: Thing): string {
  return id.startsWith('"') ? String(JSON.parse(id)) : id;
}
