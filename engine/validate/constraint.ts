/** Checks how many of certain attributes an object has: at least one of a list, or exactly one. */
import type { Plan } from './plan.ts';
import { isJsonObject, type JsonObject, type Walk } from './walk.ts';

/**
 * A null counts as present, as it does for the official server (it is refused for itself). Dotted paths are followed,
 * where that server looks for one key of that very name and so refuses every event of the classes that have them.
 */
export function checkConstraints(walk: Walk, object: JsonObject, plan: Plan): void {
  const { atLeastOne, justOne } = plan;
  if (atLeastOne && !atLeastOne.some((path) => has(object, path))) {
    walk.add('ocsf-constraint', `has none of ${listed(atLeastOne)}, expected at least one`);
  }
  if (!justOne) return;
  const present = justOne.filter((path) => has(object, path));
  if (present.length === 1) return;
  const found = present.length === 0 ? `none of ${listed(justOne)}` : listed(present);
  walk.add('ocsf-constraint', `has ${found}, expected exactly one`);
}

function has(object: JsonObject, path: readonly string[]): boolean {
  const [first] = path;
  if (path.length === 1 && first !== undefined) return object[first] !== undefined;
  let value: unknown = object;
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return false;
    value = value[name];
  }
  return value !== undefined;
}

function listed(paths: readonly string[][]): string {
  return paths.map((path) => `\`${path.join('.')}\``).join(', ');
}
