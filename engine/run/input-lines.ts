/** Inputs of a mapping as lines of JSON, made of the bytes that their records came in. */
import { UnreadRecord } from '../definition/path.ts';
import type { JsonBytes } from '../map/compiler/runtime/json-bytes.ts';
import type { Item } from './item.ts';

const NEWLINE = 0x0a;

/**
 * Writes the inputs of items that have one frame, a line each. False where a record is parsed already, or takes several lines:
 * what was written is of no use then.
 * @param areSettingsAsked whether the mapping looks at the settings
 */
export function writeInputs(items: readonly Item[], areSettingsAsked: boolean, to: JsonBytes): boolean {
  const [first] = items;
  if (!first) return true;
  const { recordName, joinNames, settings } = first.frame;
  const recordLabel = `{${JSON.stringify(recordName)}:`;
  const joinLabels = joinNames.map((name) => `,${JSON.stringify(name)}:`);
  const rest = areSettingsAsked ? `,"settings":${JSON.stringify(settings)}` : '';
  for (const { record, matches, change } of items) {
    if (!(record instanceof UnreadRecord)) return false;
    to.raw(recordLabel);
    if (!isAppended(record.json, to)) return false;
    for (let index = 0; index < matches.length; index++) {
      const match = matches[index];
      if (!match) continue;
      to.raw(joinLabels[index] as string);
      if (!isAppended(match.json, to)) return false;
    }
    to.raw(change ? `${rest},"change":${JSON.stringify(change)}}\n` : `${rest}}\n`);
  }
  return true;
}

function isAppended(json: Uint8Array, to: JsonBytes): boolean {
  if (json.includes(NEWLINE)) return false;
  to.copied(json);
  return true;
}
