/** Is a string an integer that a double would lose, kept as its digits? */

/** More digits than this fit into no integer of OCSF. */
const DIGITS = /^-?[1-9]\d{15,38}$/;

/**
 * Pages are read so that an integer beyond 2^53 becomes the string of its digits, and mappings pass it on. Where OCSF
 * wants an integer such a string is one: the check of events takes it, and the text of events has the bare digits.
 * Any other string of digits is a string.
 */
export function isExactDigits(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length >= 16 &&
    DIGITS.test(value) &&
    !Number.isSafeInteger(Number(value))
  );
}
