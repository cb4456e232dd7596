/** Checks that the text beside an enum's value is that value's caption: `type: "Windows"` beside `type_id: 100`. */
import type { Field } from './plan.ts';
import { shown } from './violation.ts';
import type { JsonObject, Walk } from './walk.ts';

/** For this value the sibling carries the source's own text. */
const OTHER = 99;

/** Compares the value of an enum attribute of an object with its sibling, where both are present; array siblings element by element. */
export function checkCaption(walk: Walk, object: JsonObject, value: unknown, field: Field): void {
  const { name, sibling, captions } = field;
  if (sibling === undefined || !captions) return;
  const text = object[sibling];
  if (text === undefined || text === null) return;
  if (!field.isArray) {
    const caption = captionOf(captions, value);
    // What is no string has been refused by its type already.
    if (caption === undefined || text === caption || typeof text !== 'string') return;
    walk.add('ocsf-caption', mismatch(text, caption, name, value), undefined, sibling);
    return;
  }
  if (!Array.isArray(value) || !Array.isArray(text)) return;
  for (const [index, item] of value.entries()) {
    const caption = captionOf(captions, item);
    if (caption === undefined || text[index] === caption || text[index] === null) continue;
    walk.add('ocsf-caption', mismatch(text[index], caption, name, item), undefined, sibling, index);
  }
}

function captionOf(captions: ReadonlyMap<string | number, string>, value: unknown): string | undefined {
  return value === OTHER ? undefined : captions.get(value as string | number);
}

function mismatch(text: unknown, caption: string, name: string, value: unknown): string {
  const found = text === undefined ? 'is missing' : `is ${shown(text)}`;
  return `${found}, expected ${shown(caption)}, the caption of \`${name}\` ${value}`;
}
