/** The text under which two records meet in a join. */

export interface JoinKeyRules {
  /** Whether `A` and `a` are one key. */
  ignoreCase: boolean;
  /** Values that stand for "none" (an all-zero identifier, `unknown`): they match nothing. */
  never: readonly string[];
}

/**
 * Gives the key made of the values of its parts; undefined where a part has none: missing, null, empty, an object or list, or one
 * of `never`. A number and a string of the same text are one key. Several parts are encoded as a JSON array, so that no
 * two lists of parts give the same text.
 */
export function joinKeyOf({
  ignoreCase,
  never,
}: JoinKeyRules): (values: readonly unknown[]) => string | undefined {
  const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text);
  const none = new Set(never.map(fold));
  const partOf = (value: unknown): string | undefined => {
    const text = textOf(value);
    if (text === undefined) return undefined;
    const part = fold(text);
    return none.has(part) ? undefined : part;
  };
  return (values) => {
    if (values.length === 1) return partOf(values[0]);
    const parts = values.map(partOf);
    return values.length === 0 || parts.includes(undefined) ? undefined : JSON.stringify(parts);
  };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
