/** What events of a stream are to be: true OCSF of its classes, written as OCSF has it. */
import type { Mapping } from '../map/evaluate.ts';
import type { EventForm } from '../map/line-mapper.ts';
import { createEventCheck } from '../validate/check-event.ts';
import { createEventText } from '../write/event-text.ts';

/** @throws EngineError `ocsf-class-name-unknown` */
export function eventForm(classNames: readonly string[], mapping: Mapping): Required<EventForm> {
  return { textOf: createEventText(classNames), check: createEventCheck({ classNames, mapping }) };
}
