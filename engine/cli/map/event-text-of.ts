/** Must the events of a mapping be written by OCSF's types, because plain JSON writes some of their numbers otherwise? */
import type { Mapping } from '../../map/evaluate.ts';
import { outputMembers } from '../../map/output.ts';
import { type OcsfClass, ocsf } from '../../validate/ocsf/schema.ts';
import { createEventText } from '../../write/event-text.ts';

/** Types of which a value may be written as something else than `JSON.stringify` gives. */
const OTHERWISE: ReadonlySet<string> = new Set(['float_t', 'long_t']);

/**
 * How to write an event of the mapping; undefined where `JSON.stringify` is right: the mapping names no class of OCSF by a
 * literal `class_uid`, or computes no attribute that is a float or a long integer.
 */
export function eventTextOf(mapping: Mapping): ((event: object) => string) | undefined {
  const members = [...outputMembers(mapping)];
  const literal = members.find(({ path }) => path === 'class_uid')?.value;
  const uid = literal?.type === 'number' ? literal.value : undefined;
  if (typeof uid !== 'number') return undefined;
  const schema = ocsf();
  const ocsfClass: OcsfClass | undefined = schema.classByUid(uid);
  if (!ocsfClass) return undefined;
  const isComputed = members.some(({ names, value }) => {
    const type = schema.attributeAt(ocsfClass.name, names)?.type;
    return type !== undefined && OTHERWISE.has(type) && value.type !== 'number';
  });
  return isComputed ? createEventText([ocsfClass.name]) : undefined;
}
