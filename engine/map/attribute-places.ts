/** Which place of a mapping's text is to blame for an attribute of its output? */
import { type Place, placeOf } from '../report/diagnostic.ts';
import type { Mapping } from './evaluate.ts';
import { type Member, outputMembers, outputObject } from './output.ts';
import { spanOf } from './span-of.ts';
import { Tokens } from './tokens.ts';

/**
 * Gives the place of a path of names and indexes from the output's root: the key of the member that leads farthest along
 * it, so for an attribute that is not there the key of the object around it; at the root the opening brace of the output.
 * Nothing is computed before the first question, and each path is looked for once, whatever its indexes.
 */
export function attributePlaces(mapping: Mapping): (path: readonly (string | number)[]) => Place {
  const places = new Map<string, Place>();
  let known: { tokens: Tokens; members: Member[] } | undefined;
  return (path) => {
    const names = path.filter((step) => typeof step === 'string');
    const key = names.join('.');
    const found = places.get(key);
    if (found) return found;
    known ??= { tokens: new Tokens(mapping.source.text), members: [...outputMembers(mapping)] };
    const place = placeAt(mapping, names, known.members, known.tokens);
    places.set(key, place);
    return place;
  };
}

function placeAt(
  mapping: Mapping,
  names: readonly string[],
  members: readonly Member[],
  tokens: Tokens,
): Place {
  let nearest: Member | undefined;
  for (const member of members) {
    const isNearer = member.names.length > (nearest?.names.length ?? 0);
    if (isNearer && member.names.every((name, index) => name === names[index])) nearest = member;
  }
  if (nearest) return placeOf(mapping.source, spanOf(nearest.key, tokens));
  const output = outputObject(mapping);
  const start = output ? spanOf(output.node, tokens).start : 0;
  return placeOf(mapping.source, { start, end: start + 1 });
}
