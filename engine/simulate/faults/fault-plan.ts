/** Decides which faults befall a request. */
import { sequence } from '../generate/random.ts';
import type { Fault, FaultRule } from './fault.ts';

export class FaultPlan {
  readonly #rules: { rule: FaultRule; fired: number }[];
  readonly #random: () => number;
  readonly #requests = new Map<string, number>();

  constructor(rules: readonly FaultRule[], seed: number) {
    this.#rules = rules.map((rule) => ({ rule, fired: 0 }));
    this.#random = sequence(seed ^ 0x6fa017);
  }

  /** The faults of the next request to a target (`token`, or an endpoint with its page). Draws dice for every rule with a rate. */
  next(target: string, page = 1): Fault[] {
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
      entry.fired++;
      faults.push(rule.fault);
    }
    return faults;
  }
}
