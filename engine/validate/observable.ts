/** Checks the observables of an event: each names an attribute that the event has, and is of that attribute's type. */
import type { Attribute, OcsfClass, OcsfSchema } from './ocsf/schema.ts';
import { isActive } from './plan.ts';
import { shown } from './violation.ts';
import { isJsonObject, type JsonObject, type Walk } from './walk.ts';

/** One step of an observable's name: `network_interfaces`, `network_interfaces[]` or `network_interfaces[0]`. */
interface NameStep {
  name: string;
  index?: number;
  isIndexed: boolean;
}

/** Observable type ids that say nothing about the attribute: Unknown and Other. */
const UNTYPED = new Set([0, 99]);

/** Array attributes are named in any of the three forms that the schema describes: `a.b`, `a[].b`, `a[0].b`. */
export function checkObservables(
  walk: Walk,
  event: JsonObject,
  ocsfClass: OcsfClass,
  schema: OcsfSchema,
): void {
  if (!Array.isArray(event.observables)) return;
  for (const [index, observable] of event.observables.entries()) {
    if (!isJsonObject(observable) || typeof observable.name !== 'string') continue;
    const steps = stepsOf(observable.name);
    const attribute = steps && attributeOf(steps, ocsfClass, schema, walk.profiles);
    if (!attribute) {
      const complaint = `is ${shown(observable.name)}, which is no attribute of \`${ocsfClass.name}\``;
      walk.add('ocsf-observable-name', complaint, undefined, 'observables', index, 'name');
    } else if (!isPresent(event, steps)) {
      const complaint = `is ${shown(observable.name)}, which the event does not have`;
      walk.add('ocsf-observable-name', complaint, undefined, 'observables', index, 'name');
    } else checkType(walk, observable, index, attribute, schema);
  }
}

const NONE: ReadonlyMap<string, Attribute> = new Map();

/** Names read before; they come from mappings, which are few, with indexes, which may be many. */
const known = new Map<string, readonly NameStep[] | undefined>();
const KNOWN_MAX = 10_000;

function stepsOf(name: string): readonly NameStep[] | undefined {
  if (known.has(name)) return known.get(name);
  const steps = readSteps(name);
  if (known.size < KNOWN_MAX) known.set(name, steps);
  return steps;
}

function readSteps(name: string): NameStep[] | undefined {
  const steps: NameStep[] = [];
  for (const part of name.split('.')) {
    const match = /^([^[\]]+)(?:\[(\d*)\])?$/.exec(part);
    if (!match?.[1]) return undefined;
    steps.push({
      name: match[1],
      isIndexed: match[2] !== undefined,
      ...(match[2] && { index: Number(match[2]) }),
    });
  }
  return steps;
}

function attributeOf(
  steps: readonly NameStep[],
  ocsfClass: OcsfClass,
  schema: OcsfSchema,
  profiles: ReadonlySet<string>,
): Attribute | undefined {
  let attributes = ocsfClass.attributes;
  let attribute: Attribute | undefined;
  for (const step of steps) {
    attribute = attributes.get(step.name);
    if (!attribute || !isActive(attribute, profiles) || (step.isIndexed && !attribute.isArray))
      return undefined;
    const object = attribute.objectType === undefined ? undefined : schema.object(attribute.objectType);
    attributes = object?.attributes ?? NONE;
  }
  return attribute;
}

/** Whether something stands at the end of the steps from `from` on. */
function isPresent(value: unknown, steps: readonly NameStep[], from = 0): boolean {
  const step = steps[from];
  if (!step) return value !== undefined;
  if (!isJsonObject(value) || !Object.hasOwn(value, step.name)) return false;
  const found = value[step.name];
  if (!Array.isArray(found)) return isPresent(found, steps, from + 1);
  if (step.index !== undefined) return isPresent(found[step.index], steps, from + 1);
  return found.some((item) => isPresent(item, steps, from + 1));
}

/** Only types that stand for one kind of observable say which `type_id` is right: `ip_t` for 2, `mac_t` for 3. */
function checkType(
  walk: Walk,
  observable: JsonObject,
  index: number,
  attribute: Attribute,
  schema: OcsfSchema,
): void {
  const { type_id: typeId } = observable;
  const expected =
    attribute.objectType === undefined
      ? schema.type(attribute.type)?.observable
      : schema.object(attribute.objectType)?.observable;
  if (expected === undefined || typeof typeId !== 'number' || typeId === expected || UNTYPED.has(typeId))
    return;
  const complaint = `is ${typeId}, expected ${expected} for \`${observable.name}\``;
  walk.add('ocsf-observable-type', complaint, undefined, 'observables', index, 'type_id');
}
