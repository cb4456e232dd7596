/** Is a value good for a setting? From what was given, often a text, to the value that expressions see. */
import type { SettingDefinition } from '../definition/schema/connector.ts';
import { didYouMean } from '../report/suggest.ts';

const FORMATS: Record<string, { test: RegExp; example: string }> = {
  uuid: {
    test: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
    example: '80fe8ff8-2624-418e-9591-41f0491218f9',
  },
  uri: { test: /^https?:\/\/[^\s/?#]+[^\s]*$/i, example: 'https://api.example.com' },
  'date-time': {
    test: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
    example: '2026-01-01T00:00:00Z',
  },
  hostname: { test: /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i, example: 'api.example.com' },
  email: { test: /^[^\s@]+@[^\s@]+$/, example: 'soc@example.com' },
};

/** The value, or what was expected in its place and, where something is near, what was meant. */
export function settingValue(
  definition: SettingDefinition,
  given: unknown,
): { value: unknown } | { expected: string; fix?: string } {
  const value = convert(definition, given);
  if (typeof value === 'object') return value;
  const values = definition.enum;
  if (!values || values.includes(value)) return { value };
  const names = values.map(String);
  const fix = didYouMean(String(given), names);
  return { expected: `one of ${names.join(', ')}`, ...(fix !== undefined && { fix }) };
}

/** A value that would be good, to show how it is given. */
export function settingExample(definition: SettingDefinition): string {
  const format = definition.format && FORMATS[definition.format];
  return String(definition.examples?.[0] ?? definition.enum?.[0] ?? (format ? format.example : 'VALUE'));
}

/** What the setting says, else what its default or its values are: an expression in a default counts as text. */
function typeOf(definition: SettingDefinition): string {
  return definition.type ?? typeof (definition.default ?? definition.enum?.[0] ?? '');
}

type Converted = string | number | boolean | { expected: string };

function convert(definition: SettingDefinition, given: unknown): Converted {
  switch (typeOf(definition)) {
    case 'boolean':
      if (given === true || given === 'true') return true;
      return given === false || given === 'false' ? false : { expected: '`true` or `false`' };
    case 'integer':
    case 'number':
      return toNumber(definition, given);
    default:
      return toText(definition, given);
  }
}

function toNumber(definition: SettingDefinition, given: unknown): Converted {
  const isWhole = definition.type === 'integer';
  const isNumber = typeof given === 'number' || (typeof given === 'string' && given.trim() !== '');
  const value = isNumber ? Number(given) : Number.NaN;
  if (!Number.isFinite(value) || (isWhole && !Number.isInteger(value)))
    return { expected: isWhole ? 'a whole number' : 'a number' };
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = definition;
  if (value < minimum) return { expected: `at least ${minimum}` };
  return value > maximum ? { expected: `at most ${maximum}` } : value;
}

function toText(definition: SettingDefinition, given: unknown): Converted {
  if (typeof given === 'object' || given === undefined) return { expected: 'a text' };
  const text = String(given);
  const format = definition.format && FORMATS[definition.format];
  if (format && !format.test.test(text))
    return { expected: `a ${definition.format} such as ${format.example}` };
  if (definition.pattern !== undefined && !new RegExp(definition.pattern, 'u').test(text))
    return { expected: `a text that matches ${definition.pattern}` };
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = definition;
  if (text.length < minLength) return { expected: `at least ${minLength} characters` };
  return text.length > maxLength ? { expected: `at most ${maxLength} characters` } : text;
}
