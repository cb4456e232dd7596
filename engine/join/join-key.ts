/** The text under which two records meet in a join. */

export interface JoinKeyRules {
  /** Whether `A` and `a` are one key. */
  ignoreCase: boolean;
  /** Values that stand for "none" (an all-zero identifier, `unknown`): they match nothing. */
  never: readonly string[];
}

/**
 * The key made of the values of its parts; undefined where a part has none: missing, null, empty, an object or list, or one of
 * `never`. A number and a string of the same text are one key. Several parts are encoded as a JSON array, so that no
 * two lists of parts give the same text.
 */
export function joinKey(values: readonly unknown[], rules: JoinKeyRules): string | undefined {
  const never = rules.never.map((text) => fold(text, rules));
  const parts: string[] = [];
  for (const value of values) {
    const part = partOf(value, rules);
    if (part === undefined || never.includes(part)) return undefined;
    parts.push(part);
  }
  return parts.length > 1 ? JSON.stringify(parts) : parts[0];
}

function partOf(value: unknown, rules: JoinKeyRules): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : fold(value, rules);
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? fold(String(value), rules)
    : undefined;
}

function fold(text: string, { ignoreCase }: JoinKeyRules): string {
  return ignoreCase ? text.toLowerCase() : text;
}
