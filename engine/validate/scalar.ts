/** Says what is wrong with a single value that is neither object nor array, from the OCSF type of its attribute. */
import { isExactDigits } from './exact-digits.ts';
import type { OcsfType } from './ocsf/schema.ts';
import { shown, type ViolationCode } from './violation.ts';

/** What is wrong: the code, and the predicate of the sentence. */
export interface Complaint {
  code: ViolationCode;
  text: string;
}

export type ScalarCheck = (value: unknown) => Complaint | undefined;

/** Milliseconds below this lie before March 1973: such a number counts seconds. */
const MILLISECONDS_MIN = 1e11;
/** Milliseconds from here on lie after the year 5138: such a number counts microseconds or less. */
const MILLISECONDS_END = 1e14;
/** The official server reads `integer_t` as 64 bits and `long_t` as 128 bits. */
const INTEGER_END = 2 ** 63;
const LONG_END = 2 ** 127;

/**
 * The check for a type, its regex compiled at the first value. `json_t` takes anything.
 * @param isDigitsInteger whether a string of exact digits counts as the integer that it spells
 */
export function scalarCheck(type: OcsfType, isDigitsInteger = false): ScalarCheck {
  switch (type.baseType) {
    case 'string':
      return stringCheck(type);
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? undefined : wrongType(value, type));
    case 'integer':
    case 'long':
      return integerCheck(type, isDigitsInteger);
    case 'float':
      return (value) => (Number.isFinite(value) ? undefined : wrongType(value, type));
    default:
      return () => undefined;
  }
}

/** "is an array, expected an integer (`timestamp_t`)". */
export function wrongType(value: unknown, type: Pick<OcsfType, 'name' | 'baseType'>): Complaint {
  return {
    code: 'ocsf-type',
    text: `is ${kindOf(value)}, expected ${nouns[type.baseType]} (\`${type.name}\`)`,
  };
}

const nouns = {
  string: 'a string',
  boolean: 'a boolean',
  integer: 'an integer',
  long: 'an integer',
  float: 'a number',
  json: 'JSON',
  object: 'an object',
};

/** "a string", "an array": the JSON kind of a value, with its article. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return `the number ${value}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function stringCheck(type: OcsfType): ScalarCheck {
  const { regex, maxLength = Number.POSITIVE_INFINITY } = type;
  let pattern: RegExp | undefined;
  return (value) => {
    if (typeof value !== 'string') return wrongType(value, type);
    // UTF-16 units are never fewer than characters, so that most values need no counting.
    if (value.length > maxLength && [...value].length > maxLength) {
      return { code: 'ocsf-length', text: `is longer than the ${maxLength} characters of \`${type.name}\`` };
    }
    if (regex === undefined) return undefined;
    pattern ??= new RegExp(regex);
    if (pattern.test(value)) return undefined;
    return { code: 'ocsf-format', text: `is ${shown(value)}, expected the form of \`${type.name}\`` };
  };
}

function integerCheck(type: OcsfType, isDigitsInteger: boolean): ScalarCheck {
  const [low, high] = type.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const end = type.baseType === 'integer' ? INTEGER_END : LONG_END;
  const isTime = type.name === 'timestamp_t';
  return (value) => {
    const number = isDigitsInteger && isExactDigits(value) ? Number(value) : (value as number);
    if (!Number.isInteger(number)) return wrongType(value, type);
    if (number < low || number > high) {
      return { code: 'ocsf-range', text: `is ${number}, expected ${low} to ${high} (\`${type.name}\`)` };
    }
    if (number < -end || number >= end) {
      return { code: 'ocsf-range', text: `is ${number}, which does not fit into \`${type.name}\`` };
    }
    return isTime ? timeUnit(number) : undefined;
  };
}

function timeUnit(time: number): Complaint | undefined {
  const isSeconds = time > 0 && time < MILLISECONDS_MIN;
  if (!isSeconds && time < MILLISECONDS_END) return undefined;
  const unit = isSeconds ? 'seconds' : 'microseconds or nanoseconds';
  return {
    code: 'ocsf-time-unit',
    text: `is ${time}, which counts ${unit}, expected milliseconds since the epoch`,
  };
}
