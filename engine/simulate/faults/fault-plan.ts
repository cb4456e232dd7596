/** Decides which faults befall a request. */
import { sequence } from '../generate/random.ts';
import type { Fault, FaultRule } from './fault.ts';

/** What a rule may look at: the page from 1, the keys of records in the path, the query as it was sent. */
export interface Asked {
  page?: number;
  keys?: readonly string[];
  query?: string;
}

export class FaultPlan {
  readonly #rules: { rule: FaultRule; fired: number }[];
  readonly #random: () => number;
  readonly #requests = new Map<string, number>();

  constructor(rules: readonly FaultRule[], seed: number) {
    this.#rules = rules.map((rule) => ({ rule, fired: 0 }));
    this.#random = sequence(seed ^ 0x6fa017);
  }

  /** The faults of the next request to a target. Draws dice for every rule with a rate. */
  next(target: string, { page = 1, keys = [], query = '' }: Asked = {}): Fault[] {
    const text = query === '' ? '' : new URLSearchParams(query).toString();
    const count = (this.#requests.get(target) ?? 0) + 1;
    this.#requests.set(target, count);
    const faults: Fault[] = [];
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (rule.on !== target && rule.on !== '*') continue;
      const isDue = rule.rate === undefined || this.#random() < rule.rate;
      if (!isDue || entry.fired >= (rule.times ?? Number.POSITIVE_INFINITY)) continue;
      if (rule.nth !== undefined && ![rule.nth].flat().includes(count)) continue;
      if (rule.pages !== undefined && !rule.pages.includes(page)) continue;
      if (rule.keys !== undefined && !rule.keys.some((key) => keys.includes(key))) continue;
      if (rule.query !== undefined && !decodeURIComponent(text).includes(rule.query)) continue;
      entry.fired++;
      faults.push(rule.fault);
    }
    return faults;
  }
}
