/** Which fields of its records does a mapping read, and where? */
import type { Mapping } from './evaluate.ts';
import { type ReadPath, references } from './references.ts';
import { Tokens } from './tokens.ts';

/** Paths from the root of the input, with their offsets in the mapping's text. */
export function fieldReads(mapping: Mapping): ReadPath[] {
  return references(mapping.ast, new Tokens(mapping.source.text)).paths.filter((path) => path.fromRoot);
}
