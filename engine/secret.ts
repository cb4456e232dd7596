/** A secret as an opaque handle: only `reveal` gives its value, nothing that prints or serialises an object does. */
import { inspect } from 'node:util';

const HIDDEN = '[secret]';

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Called where a request is written, and nowhere else. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}

/** The text with every occurrence of each secret (raw, URL-encoded, base64) replaced. For text that others wrote. */
export function scrub(text: string, secrets: Iterable<Secret>): string {
  let clean = text;
  for (const secret of secrets) {
    const value = secret.reveal();
    if (value.length < 4) continue;
    const forms = [value, encodeURIComponent(value), Buffer.from(value).toString('base64')];
    for (const form of new Set(forms)) clean = clean.replaceAll(form, HIDDEN);
  }
  return clean;
}
