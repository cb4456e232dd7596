/** Fills `${name}` in the texts of any YAML value: an answer's body, a header, an address. */

export type Values = Readonly<Record<string, unknown>>;

const PLACE = /\$\{([\w.]+)\}/g;

/**
 * A text that is one placeholder becomes the value itself (a number stays one), inside of other text the value's text. A member
 * or item whose only placeholder has no value is left out; inside of other text it is empty.
 */
export function fill(template: unknown, values: Values): unknown {
  if (typeof template === 'string') {
    const whole = /^\$\{([\w.]+)\}$/.exec(template);
    return whole ? values[whole[1] as string] : fillText(template, values);
  }
  if (Array.isArray(template)) {
    return template.map((item) => fill(item, values)).filter((item) => item !== undefined);
  }
  if (template === null || typeof template !== 'object') return template;
  const filled: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(template)) {
    const value = fill(member, values);
    if (value !== undefined) filled[key] = value;
  }
  return filled;
}

/** The text with its placeholders filled. */
export function fillText(template: string, values: Values): string {
  return template.replace(PLACE, (_, name: string) => String(values[name] ?? ''));
}

/** The names that the placeholders in a YAML value use. */
export function placeholders(template: unknown): string[] {
  if (typeof template === 'string') return [...template.matchAll(PLACE)].map((found) => found[1] as string);
  if (template === null || typeof template !== 'object') return [];
  return Object.values(template).flatMap(placeholders);
}
