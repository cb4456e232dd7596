/** How does an event stand in a file? As JSON in which each number is of the kind that OCSF declares. */
import { isExactDigits } from '../validate/exact-digits.ts';
import { classNamed, ocsf } from '../validate/ocsf/schema.ts';
import { type Field, fieldAfter, type Plan, planner } from '../validate/plan.ts';

/** Integers from here on are written with an exponent by JavaScript, and so as floats. */
const EXPONENT_FROM = 1e21;
/** Any character but those that JSON writes as they are; a surrogate is escaped where it is alone. */
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/**
 * The JSON text of events of certain classes, told by their `class_uid`, members in the order that they have. It differs
 * from `JSON.stringify` in what JavaScript cannot say: a `float_t` is written with a fraction (`9.0`), an integer without
 * an exponent, and a string of digits as the integer that it stands for (see exact-digits.ts). Members and items that are
 * null are left out; below `unmapped` and in other free content nothing is. Events of other classes are written as they are.
 * @param classNames names of OCSF classes
 * @throws EngineError `ocsf-class-name-unknown`
 */
export function createEventText(classNames: readonly string[]): (event: object) => string {
  const schema = ocsf();
  const planOf = planner(schema);
  const plans = new Map<unknown, Plan>();
  for (const name of classNames) {
    const ocsfClass = classNamed(schema, name);
    plans.set(ocsfClass.uid, planOf(ocsfClass));
  }
  return (event) => {
    const plan = plans.get((event as { class_uid?: unknown }).class_uid);
    return plan ? objectText(event, plan) : JSON.stringify(event);
  };
}

function objectText(object: object, plan: Plan): string {
  let text = '';
  let before: Field | undefined;
  for (const name in object) {
    const value = (object as Record<string, unknown>)[name];
    if (value === null || value === undefined) continue;
    const field = fieldAfter(before, name, plan);
    const written = field ? valueText(value, field) : JSON.stringify(value);
    if (written === undefined) continue;
    text += text === '' ? '{' : ',';
    text += field ? field.jsonKey + written : `${JSON.stringify(name)}:${written}`;
    before = field ?? before;
  }
  return text === '' ? '{}' : `${text}}`;
}

function valueText(value: unknown, field: Field): string | undefined {
  return Array.isArray(value) && field.baseType !== 'json' ? listText(value, field) : itemText(value, field);
}

function listText(list: readonly unknown[], field: Field): string {
  let text = '';
  for (const item of list) {
    if (item === null || item === undefined) continue;
    const written = itemText(item, field);
    if (written !== undefined) text += text === '' ? `[${written}` : `,${written}`;
  }
  return text === '' ? '[]' : `${text}]`;
}

/** Undefined for what is no JSON. A value of another kind than the attribute's is written as it is. */
function itemText(value: unknown, field: Field): string | undefined {
  switch (typeof value) {
    case 'string':
      return (field.baseType === 'integer' || field.baseType === 'long') && isExactDigits(value)
        ? value
        : stringText(value);
    case 'number':
      return numberText(value, field);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object': {
      const plan = field.isObject && !Array.isArray(value) ? field.plan() : undefined;
      return plan && !plan.isOpen ? objectText(value as object, plan) : JSON.stringify(value);
    }
    default:
      return undefined;
  }
}

function stringText(value: string): string {
  return ESCAPED.test(value) ? JSON.stringify(value) : `"${value}"`;
}

function numberText(value: number, { baseType }: Field): string {
  if (!Number.isInteger(value)) return JSON.stringify(value);
  if (baseType === 'float') return Math.abs(value) < EXPONENT_FROM ? `${value}.0` : `${value}`;
  const isWhole = baseType === 'integer' || baseType === 'long';
  return isWhole && Math.abs(value) >= EXPONENT_FROM ? `${BigInt(value)}` : `${value}`;
}
