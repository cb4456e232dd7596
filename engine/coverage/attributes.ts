/** Which attributes does OCSF want in the events of a mapping, and which of them does the mapping write? */
import { isObject } from '../map/ast.ts';
import type { Mapping } from '../map/evaluate.ts';
import { outputMembers } from '../map/output.ts';
import { type Entity, ocsf } from '../validate/ocsf/schema.ts';

export interface WantedAttribute {
  /** Names from the event's root with dots between them, lists left out: `device.network_interfaces.mac`. */
  path: string;
  requirement: 'required' | 'recommended';
  isWritten: boolean;
}

/**
 * The required and recommended attributes of the classes, and of each object that the mapping constructs, as its syntax
 * tree shows it. What a profile requires is left to the validator, which knows the profiles of an event; what a profile
 * recommends is wanted like everything else.
 */
export function wantedAttributes(mapping: Mapping, classNames: readonly string[]): WantedAttribute[] {
  const schema = ocsf();
  const written = new Set<string>();
  const objects = new Map<string, string[]>();
  for (const { names, results } of outputMembers(mapping)) {
    written.add(names.join('.'));
    if (results.some(({ node }) => isObject(node))) objects.set(names.join('.'), names);
  }
  const wanted = new Map<string, WantedAttribute>();
  const want = (prefix: readonly string[], entity: Entity | undefined): void => {
    for (const { name, requirement, profiles } of entity?.attributes.values() ?? []) {
      if (requirement === 'optional' || (requirement === 'required' && profiles)) continue;
      const path = [...prefix, name].join('.');
      if (wanted.get(path)?.requirement === 'required') continue;
      wanted.set(path, { path, requirement, isWritten: written.has(path) });
    }
  };
  for (const className of classNames) {
    want([], schema.classByName(className));
    for (const names of objects.values()) {
      const type = schema.attributeAt(className, names)?.objectType;
      if (type !== undefined) want(names, schema.object(type));
    }
  }
  return [...wanted.values()];
}
