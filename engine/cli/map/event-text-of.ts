/** Must the events of a mapping be written by OCSF's types, because plain JSON writes some of their numbers otherwise? */
import type { Mapping } from '../../map/evaluate.ts';
import { outputMembers } from '../../map/output.ts';

/** Types of which a value may be written as something else than `JSON.stringify` gives. */
export const TYPES_WRITTEN_OTHERWISE: ReadonlySet<string> = new Set(['float_t', 'long_t']);

/** Names of all attributes of these types in OCSF 1.5.0: where a mapping computes none of them, the schema is not read. */
export const NAMES_WRITTEN_OTHERWISE: ReadonlySet<string> = new Set(
  (
    'base_score bytes bytes_in bytes_missed bytes_out chunks chunks_in chunks_out coordinates duration lat long ' +
    'overall_score packets packets_in packets_out percentile raw_data_size size type_uid'
  ).split(' '),
);

/**
 * How to write an event of the mapping; undefined where `JSON.stringify` is right: the mapping names no class of OCSF by a
 * literal `class_uid`, or computes no attribute that is a float or a long integer.
 */
export async function eventTextOf(mapping: Mapping): Promise<((event: object) => string) | undefined> {
  const members = [...outputMembers(mapping)];
  const literal = members.find(({ path }) => path === 'class_uid')?.value;
  const uid = literal?.type === 'number' ? literal.value : undefined;
  if (typeof uid !== 'number') return undefined;
  const computed = members.filter(
    ({ names, value }) => value.type !== 'number' && NAMES_WRITTEN_OTHERWISE.has(names.at(-1) ?? ''),
  );
  if (computed.length === 0) return undefined;
  const [{ ocsf }, { createEventText }] = await Promise.all([
    import('../../validate/ocsf/schema.ts'),
    import('../../write/event-text.ts'),
  ]);
  const schema = ocsf();
  const ocsfClass = schema.classByUid(uid);
  if (!ocsfClass) return undefined;
  const isComputed = computed.some(({ names }) => {
    const type = schema.attributeAt(ocsfClass.name, names)?.type;
    return type !== undefined && TYPES_WRITTEN_OTHERWISE.has(type);
  });
  return isComputed ? createEventText([ocsfClass.name]) : undefined;
}
