/**
 * `timestamp`: an ISO 8601 time in UTC between `from` and `to` (durations relative to the simulated now), with up to `digits`
 * fraction digits (0; `{min, max}` varies) and no trailing zeros. `ascending` spreads the records over the range in order, with
 * all three digits of the milliseconds when there are `digits` at all. With `plain` it is written `YYYY-MM-DD HH:MM:SS`, without
 * a zone.
 * What appears or changes in step k gets a time within that step (see `changes` of the simulator), or within a part of it
 * (`within`, as shares of the step), so that one time comes before another.
 */
import { durationMs, durationSchema } from '../duration.ts';
import { type JsonBytes, type Literal, literal } from '../json-bytes.ts';
import type { Cursor } from './cursor.ts';
import { drawInteger, drawUnit, type GeneratorKind, type Write } from './kind.ts';
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
    const { plain = false } = spec;
    const text = plain ? plainSeconds : isoSeconds;
    const zone = plain ? '' : 'Z';
    const isWhole = spec.ascending === true && Boolean(spec.digits);
    const draw = (at: Cursor) => {
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
      return Math.floor(start + share * length);
    };
    return {
      make: (at) => {
        const ms = draw(at);
        const seconds = Math.floor(ms / 1000);
        if (isWhole) return `${text(seconds)}.${String(ms - seconds * 1000).padStart(3, '0')}${zone}`;
        return text(seconds) + fraction.make(at) + zone;
      },
      write: (at, out) => {
        const ms = draw(at);
        const seconds = Math.floor(ms / 1000);
        out.byte(QUOTE);
        writeSeconds(out, seconds, plain);
        if (isWhole) {
          out.byte(POINT);
          out.digits(ms - seconds * 1000, 3);
        } else fraction.write(at, out);
        out.put(plain ? END : ZONE_END);
      },
    };
  },
};

/** `.` and digits without trailing zeros, or nothing. */
function fractionDigits(
  digits: number | { min: number; max: number },
  salt: number,
): { make: (at: Cursor) => string; write: Write } {
  const { min, max } = typeof digits === 'number' ? { min: digits, max: digits } : digits;
  if (max === 0) return { make: () => '', write: () => {} };
  const countSalt = saltAt(salt, 1);
  const valueSalt = saltAt(salt, 2);
  const draw = (at: Cursor, count: number) => drawInteger(at, valueSalt, 0, 10 ** count - 1);
  return {
    make: (at) => {
      const count = drawInteger(at, countSalt, min, max);
      if (count === 0) return '';
      const text = String(draw(at, count)).padStart(count, '0');
      let end = text.length;
      while (end > 0 && text.charCodeAt(end - 1) === 48) end--;
      return end === 0 ? '' : `.${text.slice(0, end)}`;
    },
    write: (at, out) => {
      let count = drawInteger(at, countSalt, min, max);
      let value = count === 0 ? 0 : draw(at, count);
      if (value === 0) return;
      for (; value % 10 === 0; count--) value /= 10;
      out.byte(POINT);
      out.digits(value, count);
    },
  };
}

const DAY_SECONDS = 86_400;
const QUOTE = 0x22;
const POINT = 0x2e;
const SPACE = 0x20;
const END = literal('"');
const ZONE_END = literal('Z"');
const TWO = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

/** So many days have a place, up to the year 2105. */
const DAYS = 50_000;

/** The text of a day with its `T`. Days repeat, so it is kept: Date's own formatting is the slowest part of a record. */
interface Day {
  text: string;
  ready: Literal;
}

/** By number from 1970 on; with room from the start, because a list that grows by leaps is a slow dictionary. */
const days = new Array<Day | undefined>(DAYS);

function dayOf(number: number): Day {
  const known = days[number];
  if (known) return known;
  const text = new Date(number * DAY_SECONDS * 1000).toISOString().slice(0, 11);
  const day = { text, ready: literal(text) };
  if (number >= 0 && number < DAYS) days[number] = day;
  return day;
}

/** `YYYY-MM-DD HH:MM:SS`. */
export function plainSeconds(seconds: number): string {
  return isoSeconds(seconds).replace('T', ' ');
}

/** `YYYY-MM-DDTHH:MM:SS`. */
function isoSeconds(seconds: number): string {
  const [hour, minute, second] = [hourOf(seconds), minuteOf(seconds), secondOf(seconds)];
  return `${dayOf(Math.floor(seconds / DAY_SECONDS)).text}${TWO[hour]}:${TWO[minute]}:${TWO[second]}`;
}

/** Writes what `isoSeconds` or `plainSeconds` makes. */
function writeSeconds(out: JsonBytes, seconds: number, plain: boolean): void {
  const day = Math.floor(seconds / DAY_SECONDS);
  out.put(dayOf(day).ready);
  if (plain) out.replace(out.at - 1, SPACE);
  out.clock(seconds - day * DAY_SECONDS);
}

const hourOf = (seconds: number) => Math.floor(modulo(seconds, DAY_SECONDS) / 3600);
const minuteOf = (seconds: number) => Math.floor(modulo(seconds, 3600) / 60);
const secondOf = (seconds: number) => modulo(seconds, 60);

/** What is left over, for times before 1970, too. */
const modulo = (seconds: number, of: number) => seconds - Math.floor(seconds / of) * of;
