/** Can this value be sent in a header? Pasted keys tend to end in a line break. */
import { EngineError } from '../errors.ts';

/**
 * The value as it is.
 * @throws EngineError `auth-header-value` when RFC 9110 section 5.5 does not allow it in a header; the value is not shown
 */
export function headerValue(header: string, value: string): string {
  if (isHeaderValue(value)) return value;
  throw new EngineError({
    code: 'auth-header-value',
    kind: 'credentials',
    message: `the secret for the header \`${header}\` holds a line break or another character that no header can carry`,
    fix: 'Store the secret again, without line breaks around or inside it.',
  });
}

/** Whether RFC 9110 section 5.5 allows it: no line break, no other control character, nothing beyond Latin-1. */
export function isHeaderValue(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}
