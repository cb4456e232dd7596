/** The attributes of OCSF classes as the checks of a mapping ask for them. */
import type { EventAttributes } from '../map/check-mapping.ts';
import { ocsf } from '../validate/ocsf/schema.ts';

/** What is an attribute of any of the classes; undefined when OCSF has none of them. */
export function eventAttributes(classNames: readonly string[]): EventAttributes | undefined {
  const schema = ocsf();
  const known = classNames.filter((name) => schema.classByName(name));
  if (known.length === 0) return undefined;
  return {
    lookup: (path) => {
      const attribute = known.map((name) => schema.attributeAt(name, path)).find((found) => found);
      if (!attribute) return undefined;
      return {
        type: attribute.type,
        isArray: attribute.isArray,
        isObject: attribute.objectType !== undefined,
      };
    },
    names: (path) => [...new Set(known.flatMap((name) => schema.namesAt(name, path)))],
  };
}
