/** What the validator needs to know of a class or object, prepared once at its first use. */
import type { Attribute, Entity, OcsfSchema } from './ocsf/schema.ts';
import { type ScalarCheck, scalarCheck } from './scalar.ts';

/**
 * An attribute as the walk reads it. It repeats what the attribute says because all fields have one layout, which the
 * JavaScript engine reads several times faster than attributes, whose optional keys give them dozens.
 */
export interface Field {
  attribute: Attribute;
  name: string;
  isArray: boolean;
  isObject: boolean;
  captions: ReadonlyMap<string | number, string> | undefined;
  sibling: string | undefined;
  profiles: readonly string[] | undefined;
  /** For values that are no objects. */
  check: ScalarCheck;
  /** For objects: what is known of their content. */
  plan(): Plan | undefined;
}

export interface Plan {
  entity: Entity;
  isOpen: boolean;
  fields: ReadonlyMap<string, Field>;
  required: readonly Field[];
  /** Each list of dotted paths, split. */
  atLeastOne: readonly string[][] | undefined;
  justOne: readonly string[][] | undefined;
}

/** Gives the plan of an entity, always the same one. */
export function planner(schema: OcsfSchema): (entity: Entity) => Plan {
  const plans = new Map<Entity, Plan>();
  const checks = new Map<string, ScalarCheck>();

  const checkOf = (name: string): ScalarCheck => {
    const known = checks.get(name);
    if (known) return known;
    const check = scalarCheck(schema.type(name) ?? { name, baseType: 'object' });
    checks.set(name, check);
    return check;
  };
  const fieldOf = (attribute: Attribute): Field => {
    let plan: Plan | undefined;
    return {
      attribute,
      name: attribute.name,
      isArray: attribute.isArray,
      isObject: attribute.baseType === 'object',
      captions: attribute.enum,
      sibling: attribute.sibling,
      profiles: attribute.profiles,
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
    const plan: Plan = {
      entity,
      isOpen: entity.isOpen,
      fields: new Map(fields.map((field) => [field.name, field])),
      required: fields.filter((field) => field.attribute.requirement === 'required'),
      atLeastOne: entity.constraints.at_least_one?.map((path) => path.split('.')),
      justOne: entity.constraints.just_one?.map((path) => path.split('.')),
    };
    plans.set(entity, plan);
    return plan;
  };
  return planOf;
}

/** Whether an event that lists these profiles knows the attribute. */
export function isActive(
  { profiles }: Pick<Attribute, 'profiles'> | Pick<Field, 'profiles'>,
  listed: ReadonlySet<string>,
): boolean {
  return profiles === undefined || profiles.some((profile) => listed.has(profile));
}
