/** Where does the answer of a lookup go: under a name of its own, or into the record that it completes? */
import type { Lookup } from '../compile/connector.ts';

/** Puts an answer into the input of a mapping. Members that say nothing do not take the place of those that do. */
export function complete(input: Record<string, unknown>, lookup: Lookup, answer: unknown): void {
  const { into } = lookup.definition;
  if (into === undefined) {
    input[lookup.name] = answer;
    return;
  }
  const before = input[into] as Record<string, unknown> | undefined;
  const said = Object.entries(answer ?? {}).filter(([name, value]) => saysMore(before?.[name], value));
  input[into] = { ...before, ...Object.fromEntries(said) };
}

function saysMore(before: unknown, value: unknown): boolean {
  return before === undefined || before === null || before === '' || (value !== null && value !== '');
}
