/** The attributes of an OCSF class as the checks of a mapping ask for them. */
import type { EventAttributes } from '../map/check-mapping.ts';
import { ocsf } from '../validate/ocsf/schema.ts';

/** Undefined when OCSF has no class of that name. */
export function eventAttributes(className: string): EventAttributes | undefined {
  const schema = ocsf();
  if (!schema.classByName(className)) return undefined;
  return {
    lookup: (path) => {
      const attribute = schema.attributeAt(className, path);
      if (!attribute) return undefined;
      return {
        type: attribute.type,
        isArray: attribute.isArray,
        isObject: attribute.objectType !== undefined,
      };
    },
    names: (path) => schema.namesAt(className, path),
  };
}
