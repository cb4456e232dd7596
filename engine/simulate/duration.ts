/** A length of time as it is written in YAML: `500ms`, `30s`, `1m`, `2h`, `30d`, with a minus sign for the past. */

export const durationSchema = { type: 'string', pattern: '^-?\\d+(ms|s|m|h|d)$' };

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration that the schema let through. */
export function durationMs(text: string): number {
  const [, count = '0', unit = 'ms'] = /^(-?\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  return Number(count) * (UNIT_MS[unit] as number);
}
