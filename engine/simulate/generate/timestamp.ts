/**
 * `timestamp`: an ISO 8601 time in UTC between `from` and `to` (durations relative to the simulated now), with up to `digits`
 * fraction digits (0; `{min, max}` varies) and no trailing zeros. `ascending` spreads the records over the range in order, with
 * all three digits of the milliseconds when there are `digits` at all. With `plain` it is written `YYYY-MM-DD HH:MM:SS`, without
 * a zone.
 * What appears or changes in step k gets a time within that step (see `changes` of the simulator), or within a part of it
 * (`within`, as shares of the step), so that one time comes before another.
 */
import { durationMs, durationSchema } from '../duration.ts';
import { drawInteger, drawUnit, type Generate, type GeneratorKind } from './kind.ts';
import { saltAt } from './random.ts';

interface TimestampSpec {
  from: string;
  to: string;
  digits?: number | { min: number; max: number };
  ascending?: boolean;
  plain?: boolean;
  within?: [number, number];
}

const digitCount = { type: 'integer', minimum: 0, maximum: 7 };

export const timestamp: GeneratorKind<TimestampSpec> = {
  properties: {
    from: durationSchema,
    to: durationSchema,
    digits: {
      if: { type: 'object' },
      // biome-ignore lint/suspicious/noThenProperty: `then` is the keyword of JSON Schema.
      then: {
        type: 'object',
        properties: { min: digitCount, max: digitCount },
        required: ['min', 'max'],
        additionalProperties: false,
      },
      else: digitCount,
    },
    ascending: { type: 'boolean' },
    plain: { type: 'boolean' },
    within: {
      type: 'array',
      items: { type: 'number', minimum: 0, maximum: 1 },
      minItems: 2,
      maxItems: 2,
    },
  },
  required: ['from', 'to'],
  compile: (spec, scope) => {
    const { salt, collection } = scope;
    const { nowMs, changesFromMs, stepMs } = scope.times;
    const fromMs = nowMs + durationMs(spec.from);
    const toMs = nowMs + durationMs(spec.to);
    const [early, late] = spec.within ?? [0, 1];
    const fraction = fractionDigits(spec.digits ?? 0, salt);
    const text = spec.plain ? plainSeconds : isoSeconds;
    const zone = spec.plain ? '' : 'Z';
    return (at) => {
      let share = drawUnit(at, salt);
      let start = fromMs;
      let length = toMs - fromMs;
      if (at.changedAt > 0) {
        start = changesFromMs + (at.changedAt - 1 + early) * stepMs;
        length = (late - early) * stepMs;
      }
      if (spec.ascending) {
        const born = collection.bornAt(at.index) > 0;
        const count = born ? collection.addedPerStep : collection.size;
        const place = born ? (at.index - collection.size) % count : at.index;
        share = (place + share) / count;
      }
      const ms = Math.floor(start + share * length);
      const seconds = Math.floor(ms / 1000);
      if (spec.ascending && spec.digits)
        return `${text(seconds)}.${String(ms - seconds * 1000).padStart(3, '0')}${zone}`;
      return text(seconds) + fraction(at) + zone;
    };
  },
};

/** `.` and digits without trailing zeros, or nothing. */
function fractionDigits(digits: number | { min: number; max: number }, salt: number): Generate {
  const { min, max } = typeof digits === 'number' ? { min: digits, max: digits } : digits;
  if (max === 0) return () => '';
  const countSalt = saltAt(salt, 1);
  const valueSalt = saltAt(salt, 2);
  return (at) => {
    const count = drawInteger(at, countSalt, min, max);
    if (count === 0) return '';
    const text = String(drawInteger(at, valueSalt, 0, 10 ** count - 1)).padStart(count, '0');
    let end = text.length;
    while (end > 0 && text.charCodeAt(end - 1) === 48) end--;
    return end === 0 ? '' : `.${text.slice(0, end)}`;
  };
}

const TWO = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));
const days = new Map<number, string>();

/** `YYYY-MM-DD HH:MM:SS`. */
export function plainSeconds(seconds: number): string {
  return isoSeconds(seconds).replace('T', ' ');
}

/** `YYYY-MM-DDTHH:MM:SS`. Days repeat, so their text is kept: Date's own formatting is the slowest part of a record. */
function isoSeconds(seconds: number): string {
  const day = Math.floor(seconds / 86_400);
  let date = days.get(day);
  if (date === undefined) {
    date = new Date(day * 86_400_000).toISOString().slice(0, 11);
    days.set(day, date);
  }
  const rest = seconds - day * 86_400;
  const hour = Math.floor(rest / 3600);
  const minute = Math.floor((rest - hour * 3600) / 60);
  return `${date}${TWO[hour]}:${TWO[minute]}:${TWO[rest - hour * 3600 - minute * 60]}`;
}
