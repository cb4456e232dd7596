/** What comes, changes and goes at a vendor, between runs and while it is asked. */
import type { Injection } from './injection.ts';
import type { Random } from './random.ts';
import { APPEND_ONLY, keyOf, type ListName, type Truth } from './truth.ts';

/** By stream, what it is made of. */
const LISTS: Readonly<Record<string, readonly ListName[]>> = {
  assets: ['assets', 'owners'],
  findings: ['findings'],
  events: ['events'],
  journal: ['journal'],
  incidents: ['alerts'],
  users: ['users'],
  exports: ['rows'],
};

export class Changing {
  readonly #streams: readonly string[];
  readonly #lists: readonly ListName[];
  readonly #faults: Injection;

  constructor(streams: readonly string[], faults: Injection) {
    this.#streams = streams;
    this.#lists = streams.flatMap((stream) => LISTS[stream] ?? []);
    this.#faults = faults;
  }

  /** So many things in each list. */
  begin(truth: Truth, things: number, random: Random): void {
    for (const list of this.#lists)
      for (let index = 0; index < things; index++) this.#create(truth, list, random);
  }

  /** Something comes, changes or goes. */
  change(truth: Truth, random: Random): void {
    const list = random.pick(this.#lists);
    const things = truth.all(list).filter((thing) => truth.shown(thing) !== undefined);
    const what = random.pick(['create', 'create', 'update', 'update', 'remove'] as const);
    if (what === 'create' || things.length === 0 || APPEND_ONLY.includes(list))
      this.#create(truth, list, random);
    else if (what === 'update') {
      this.#faults.count(4);
      truth.update(random.pick(things), random.chance(0.2) ? { delayMs: random.int(1, 3_000) } : {});
    } else if (list !== 'findings' && list !== 'owners') {
      this.#faults.count(list === 'assets' ? 6 : 5);
      truth.remove(random.pick(things));
    }
  }

  /** Just before a run: as new as a record can be that moves its watermark. */
  before(truth: Truth): void {
    for (const list of this.#appended()) truth.create(list, { late: 'not' });
  }

  /** Just after the answer that is being given: as old as a record can be that shows up. */
  after(truth: Truth, random: Random): void {
    for (const list of this.#appended())
      truth.create(list, { late: 'as declared', delayMs: random.int(1, 30) });
  }

  #appended(): ListName[] {
    return APPEND_ONLY.filter((list) => this.#streams.includes(list));
  }

  #create(truth: Truth, list: ListName, random: Random): void {
    const owners = truth.all('owners');
    const isLate = random.chance(0.3);
    const link =
      list === 'assets' && owners.length > 0 && random.chance(0.8)
        ? keyOf(random.pick(owners))
        : list === 'alerts' && random.chance(0.85)
          ? `incidents-${truth.tenant}-${random.int(1, 4)}`
          : undefined;
    truth.create(list, {
      ...(link !== undefined && { link }),
      ...(isLate && { delayMs: random.int(1, 3_000) }),
    });
  }
}
