/** Counts calls in sliding windows of time, one count for each window and caller. */
import { durationMs, durationSchema } from './duration.ts';

export interface QuotaSpec {
  windows: { calls: number; per: string }[];
  /** How a refused caller is told when to come again. */
  retry_after?: 'seconds' | 'date' | 'none';
}

export const quotaSchema = {
  type: 'object',
  properties: {
    windows: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: { calls: { type: 'integer', minimum: 1 }, per: durationSchema },
        required: ['calls', 'per'],
        additionalProperties: false,
      },
    },
    retry_after: { enum: ['seconds', 'date', 'none'] },
  },
  required: ['windows'],
  additionalProperties: false,
};

/** The window that is used up. */
export interface Breach {
  calls: number;
  /** `hh:mm:ss`. */
  per: string;
  retryAfterSeconds: number;
}

export class Quota {
  readonly spec: QuotaSpec;
  readonly #accepted = new Map<string, number[]>();

  constructor(spec: QuotaSpec) {
    this.spec = spec;
  }

  /** Counts a call; a refused one is not counted. `nowMs` is any clock that does not run back. */
  call(principal: string, nowMs: number): Breach | undefined {
    const longestMs = Math.max(...this.spec.windows.map(({ per }) => durationMs(per)));
    const times = (this.#accepted.get(principal) ?? []).filter((time) => time > nowMs - longestMs);
    this.#accepted.set(principal, times);
    for (const { calls, per } of this.spec.windows) {
      const perMs = durationMs(per);
      const oldest = times.at(-calls);
      if (oldest !== undefined && oldest > nowMs - perMs) {
        const retryAfterSeconds = Math.max(1, Math.ceil((oldest + perMs - nowMs) / 1000));
        return { calls, per: new Date(perMs).toISOString().slice(11, 19), retryAfterSeconds };
      }
    }
    times.push(nowMs);
    return undefined;
  }

  /** What the first window has left for a caller, and when the oldest call in it no longer counts; counts nothing. */
  standing(principal: string, nowMs: number): { limit: number; remaining: number; resetMs: number } {
    const { calls, per } = this.spec.windows[0] ?? { calls: 0, per: '0s' };
    const perMs = durationMs(per);
    const times = (this.#accepted.get(principal) ?? []).filter((time) => time > nowMs - perMs);
    return {
      limit: calls,
      remaining: Math.max(0, calls - times.length),
      resetMs: (times[0] ?? nowMs) + perMs,
    };
  }
}
