/** Is what a mapping gave a valid event of its stream? If not: the first reason, at the line of the mapping that caused it. */
import { EngineError } from '../errors.ts';
import { attributePlaces } from '../map/attribute-places.ts';
import type { Mapping } from '../map/evaluate.ts';
import { classNamed, ocsf } from './ocsf/schema.ts';
import { createValidator } from './validate.ts';
import { type Violation, violation } from './violation.ts';
import type { JsonObject } from './walk.ts';

/** Gives what is wrong with an event, or undefined. */
export type EventCheck = (event: object) => EngineError | undefined;

/**
 * The check of the events of one mapping. An event is checked against the class that its `class_uid` names, which must be
 * one of `classNames`. What is wrong is an EngineError of kind `data`: its code is that of the first violation
 * (`ocsf-required`), its place the member of the mapping's output that writes the attribute, or the object around it.
 * A string of digits counts as an integer where a double cannot hold it, because `createEventText` writes it as one.
 * @param check.classNames names of OCSF classes, those of the stream
 * @throws EngineError `ocsf-class-name-unknown`
 */
export function createEventCheck(check: { classNames: readonly string[]; mapping: Mapping }): EventCheck {
  const schema = ocsf();
  const validator = createValidator({ exactDigits: true });
  const uids = new Map(check.classNames.map((name) => [classNamed(schema, name).uid as unknown, name]));
  const expected = [...uids].map(([uid, name]) => `${uid} (\`${name}\`)`).join(' or ');
  const placeOf = attributePlaces(check.mapping);

  return (event) => {
    const [first, ...more] = violationsOf(event as JsonObject);
    if (!first) return undefined;
    return new EngineError({
      code: first.code,
      kind: 'data',
      message: more.length === 0 ? first.message : `${first.message}, and ${more.length} more`,
      fix: 'correct the mapping, or let it leave out what the record does not have',
      at: placeOf(first.path),
    });
  };

  function violationsOf(event: JsonObject): Violation[] {
    const uid = event.class_uid;
    if (!Number.isInteger(uid) || uids.has(uid)) return validator.validate(event);
    return [violation('ocsf-class', ['class_uid'], `is ${uid}, expected ${expected}`)];
  }
}
