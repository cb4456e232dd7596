/** When is a mapping given up? When evaluations run out of time or memory again and again: it is the mapping then, not the records. */
import { EngineError } from '../errors.ts';
import {
  DEAD_SHARE_PER_PAGE_MAX,
  EXHAUSTED_EVALUATIONS_EVERY,
  EXHAUSTED_EVALUATIONS_MAX,
  LIMITED_EVALUATIONS_MAX,
} from '../limits.ts';
import { EXHAUSTED, LIMITED } from './compiler/runtime/errors.ts';

/** Codes as errors of a mapping have them. */
const ofMapping = (codes: Iterable<string>) => new Set([...codes].map((code) => `map-${code.toLowerCase()}`));
const EXHAUSTED_CODES = ofMapping([...EXHAUSTED, 'killed']);
const LIMITED_CODES = ofMapping(LIMITED);

/** Whether an evaluation ended at one of its bounds. */
export function isAtBound({ code }: EngineError): boolean {
  return EXHAUSTED_CODES.has(code) || LIMITED_CODES.has(code);
}

/** Counts over all records of a run. */
export class Patience {
  #records = 0;
  #exhausted = 0;
  #limited = 0;

  mapped(records: number): void {
    this.#records += records;
  }

  /** The error to end with, where the failure of a record is one too many: code `mapping-runs-away`, kind `definition`. */
  lost(failure: EngineError): EngineError | undefined {
    if (EXHAUSTED_CODES.has(failure.code)) this.#exhausted++;
    else if (LIMITED_CODES.has(failure.code)) this.#limited++;
    else return undefined;
    const isOver =
      this.#exhausted > EXHAUSTED_EVALUATIONS_MAX + Math.floor(this.#records / EXHAUSTED_EVALUATIONS_EVERY) ||
      this.#limited > LIMITED_EVALUATIONS_MAX + this.#records * DEAD_SHARE_PER_PAGE_MAX;
    if (!isOver) return undefined;
    return new EngineError({
      code: 'mapping-runs-away',
      kind: 'definition',
      message: `the mapping takes too much time or memory for ${this.#exhausted + this.#limited} records, ${this.#records} others are mapped; the last time: ${failure.message}`,
      fix: 'correct the mapping; `tributary dry-run` tries it with recorded records',
      ...(failure.at && { at: failure.at }),
    });
  }
}
