/** Checks the observables of an event: each names an attribute that the event has, and is of that attribute's type. */
import type { Attribute, Entity, OcsfClass, OcsfSchema } from './ocsf/schema.ts';
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

/** What the name of an observable means in a class. */
interface Named {
  steps: readonly NameStep[];
  /** The attribute of each step. */
  attributes: readonly Attribute[];
  /** The `type_id` that the last of them asks for: `ip_t` for 2, `mac_t` for 3. Most types ask for none. */
  typeId: number | undefined;
}

/** Array attributes are named in any of the three forms that the schema describes: `a.b`, `a[].b`, `a[0].b`. */
export function checkObservables(
  walk: Walk,
  event: JsonObject,
  ocsfClass: OcsfClass,
  schema: OcsfSchema,
): void {
  const { observables } = event;
  if (!Array.isArray(observables)) return;
  for (let index = 0; index < observables.length; index++) {
    const observable: unknown = observables[index];
    if (!isJsonObject(observable)) continue;
    const { name, type_id: typeId } = observable;
    if (typeof name !== 'string') continue;
    const named = namedIn(ocsfClass, name, schema);
    const problem = nameProblem(named, event, walk, ocsfClass);
    if (problem) {
      const complaint = `is ${shown(name)}, ${problem}`;
      walk.add('ocsf-observable-name', complaint, undefined, 'observables', index, 'name');
    } else if (named?.typeId !== undefined && typeof typeId === 'number') {
      if (typeId === named.typeId || UNTYPED.has(typeId)) continue;
      const complaint = `is ${typeId}, expected ${named.typeId} for \`${name}\``;
      walk.add('ocsf-observable-type', complaint, undefined, 'observables', index, 'type_id');
    }
  }
}

function nameProblem(
  named: Named | undefined,
  event: JsonObject,
  { profiles }: Walk,
  ocsfClass: OcsfClass,
): string | undefined {
  if (!named?.attributes.every((attribute) => isActive(attribute, profiles)))
    return `which is no attribute of \`${ocsfClass.name}\``;
  return isPresent(event, named.steps, 0) ? undefined : 'which the event does not have';
}

/** Names read before, for each class; they come from mappings, which are few, with indexes, which may be many. */
const known = new WeakMap<OcsfClass, Map<string, Named | undefined>>();
const KNOWN_MAX = 10_000;

function namedIn(ocsfClass: OcsfClass, name: string, schema: OcsfSchema): Named | undefined {
  const names = known.get(ocsfClass) ?? new Map<string, Named | undefined>();
  if (names.size === 0) known.set(ocsfClass, names);
  if (names.has(name)) return names.get(name);
  const named = readName(ocsfClass, name, schema);
  if (names.size < KNOWN_MAX) names.set(name, named);
  return named;
}

function readName(ocsfClass: OcsfClass, name: string, schema: OcsfSchema): Named | undefined {
  const steps = readSteps(name);
  const attributes: Attribute[] = [];
  let entity: Entity | undefined = ocsfClass;
  for (const step of steps ?? []) {
    const attribute: Attribute | undefined = entity?.attributes.get(step.name);
    if (!attribute || (step.isIndexed && !attribute.isArray)) return undefined;
    attributes.push(attribute);
    entity = attribute.objectType === undefined ? undefined : schema.object(attribute.objectType);
  }
  const last = attributes.at(-1);
  if (!steps || !last) return undefined;
  const typeId = last.objectType === undefined ? schema.type(last.type)?.observable : entity?.observable;
  return { steps, attributes, typeId };
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

/** Whether something stands at the end of the steps from `from` on. */
function isPresent(value: unknown, steps: readonly NameStep[], from: number): boolean {
  const step = steps[from];
  if (!step) return value !== undefined;
  if (!isJsonObject(value)) return false;
  const found = value[step.name];
  if (found === undefined) return false;
  if (!Array.isArray(found)) return isPresent(found, steps, from + 1);
  if (step.index !== undefined) return isPresent(found[step.index], steps, from + 1);
  for (const item of found) if (isPresent(item, steps, from + 1)) return true;
  return false;
}
