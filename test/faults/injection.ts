/** Which faults strike in a schedule, how often, and how often they did. */
import type { Random } from './random.ts';

export class Injection {
  /** By the number of the fault: its share of the places where it can strike. */
  readonly #rates: ReadonlyMap<number, number>;
  readonly #random: Random;
  /** How often each struck. */
  readonly counts = new Map<number, number>();
  isOff = false;

  constructor(rates: ReadonlyMap<number, number>, random: Random) {
    this.#rates = rates;
    this.#random = random;
  }

  /** Whether a fault belongs to the schedule. */
  has(fault: number): boolean {
    return this.#rates.has(fault);
  }

  /** Whether it strikes here and now; counted if so. */
  strikes(fault: number): boolean {
    const rate = this.#rates.get(fault);
    if (this.isOff || rate === undefined || !this.#random.chance(rate)) return false;
    this.count(fault);
    return true;
  }

  count(fault: number): void {
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
  }
}
