/** What the validator needs to know of a class or object, prepared once at its first use. */
import type { Attribute, BaseType, Entity, OcsfSchema, OcsfType } from './ocsf/schema.ts';
import { type ScalarCheck, scalarCheck } from './scalar.ts';

/**
 * An attribute as the walk reads it. It repeats what the attribute says because all fields have one layout, which the
 * JavaScript engine reads several times faster than attributes, whose optional keys give them dozens.
 */
export interface Field {
  attribute: Attribute;
  name: string;
  /** As it begins a member of JSON text: `"name":`. */
  jsonKey: string;
  baseType: BaseType;
  isArray: boolean;
  isObject: boolean;
  captions: ReadonlyMap<string | number, string> | undefined;
  sibling: string | undefined;
  profiles: readonly string[] | undefined;
  /** Required of every event, whatever profiles it lists. */
  isAlwaysRequired: boolean;
  /** A string of at most this many UTF-16 units needs no check: -1 where its form matters, or it must be no string. */
  anyTextUpTo: number;
  /** The field that followed it in an object read before: most objects of a mapping have their members in one order. */
  next: Field | undefined;
  /** For values that are no objects. */
  check: ScalarCheck;
  /** For objects: what is known of their content. */
  plan(): Plan | undefined;
}

export interface Plan {
  entity: Entity;
  isOpen: boolean;
  fields: ReadonlyMap<string, Field>;
  /** The field that came first in an object read before. */
  first: Field | undefined;
  required: readonly Field[];
  /** How many of them every event must have, whatever profiles it lists. */
  alwaysRequired: number;
  /** Each list of dotted paths, split. */
  atLeastOne: readonly string[][] | undefined;
  justOne: readonly string[][] | undefined;
}

/** Of each schema: plans without and with digits as integers. */
const planners = new WeakMap<OcsfSchema, Map<boolean, (entity: Entity) => Plan>>();

/**
 * Gives the plan of an entity, always the same one: to make it costs as much as some hundred events.
 * @param isDigitsInteger whether a string of exact digits counts as the integer that it spells
 */
export function planner(schema: OcsfSchema, isDigitsInteger = false): (entity: Entity) => Plan {
  const made = planners.get(schema) ?? new Map<boolean, (entity: Entity) => Plan>();
  planners.set(schema, made);
  const planOf = made.get(isDigitsInteger) ?? createPlanner(schema, isDigitsInteger);
  made.set(isDigitsInteger, planOf);
  return planOf;
}

function createPlanner(schema: OcsfSchema, isDigitsInteger: boolean): (entity: Entity) => Plan {
  const plans = new Map<Entity, Plan>();
  const checks = new Map<string, ScalarCheck>();

  const typeOf = (name: string): OcsfType => schema.type(name) ?? { name, baseType: 'object' };
  const checkOf = (name: string): ScalarCheck => {
    const known = checks.get(name);
    if (known) return known;
    const check = scalarCheck(typeOf(name), isDigitsInteger);
    checks.set(name, check);
    return check;
  };
  const fieldOf = (attribute: Attribute): Field => {
    let plan: Plan | undefined;
    return {
      attribute,
      name: asKey(attribute.name),
      jsonKey: `${JSON.stringify(attribute.name)}:`,
      baseType: attribute.baseType,
      isArray: attribute.isArray,
      isObject: attribute.baseType === 'object',
      captions: attribute.enum,
      sibling: attribute.sibling,
      profiles: attribute.profiles,
      isAlwaysRequired: attribute.requirement === 'required' && attribute.profiles === undefined,
      anyTextUpTo: anyTextUpTo(typeOf(attribute.type)),
      next: undefined,
      check: checkOf(attribute.type),
      plan: () => {
        if (plan || attribute.objectType === undefined) return plan;
        const object = schema.object(attribute.objectType);
        plan = object && planOf(object);
        return plan;
      },
    };
  };
  const planOf = (entity: Entity): Plan => {
    const known = plans.get(entity);
    if (known) return known;
    const fields = [...entity.attributes.values()].map(fieldOf);
    const required = fields.filter((field) => field.attribute.requirement === 'required');
    const plan: Plan = {
      entity,
      isOpen: entity.isOpen,
      fields: new Map(fields.map((field) => [field.name, field])),
      first: undefined,
      required,
      alwaysRequired: required.filter((field) => field.isAlwaysRequired).length,
      atLeastOne: entity.constraints.at_least_one?.map((path) => path.split('.')),
      justOne: entity.constraints.just_one?.map((path) => path.split('.')),
    };
    plans.set(entity, plan);
    return plan;
  };
  return planOf;
}

/** The same text, in the one copy that the JavaScript engine keeps of it as a key: compared without looking at its letters. */
function asKey(name: string): string {
  return Object.keys({ [name]: 0 })[0] ?? name;
}

function anyTextUpTo({ baseType, regex, maxLength = Number.POSITIVE_INFINITY }: OcsfType): number {
  return baseType === 'string' && regex === undefined ? maxLength : -1;
}

/**
 * The field of a member's name, where the member before it in the object had the field `before`: that which followed in
 * the last object, else looked up and remembered. Undefined for a name that is no attribute.
 */
export function fieldAfter(before: Field | undefined, name: string, plan: Plan): Field | undefined {
  const expected = before ? before.next : plan.first;
  if (expected?.name === name) return expected;
  const field = plan.fields.get(name);
  if (before) before.next = field;
  else plan.first = field;
  return field;
}

/** Whether an event that lists these profiles knows the attribute. */
export function isActive(
  { profiles }: Pick<Attribute, 'profiles'> | Pick<Field, 'profiles'>,
  listed: ReadonlySet<string>,
): boolean {
  return profiles === undefined || profiles.some((profile) => listed.has(profile));
}
