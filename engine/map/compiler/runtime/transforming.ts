/** `|pattern|update, delete|`: a copy of an object in which what the pattern finds is changed. */
import { definitionOf } from '../package-door.ts';
import { apply } from './apply.ts';
import { isFunction, Native, refuseToOpen } from './callable.ts';
import { failure } from './errors.ts';
import type { Frame } from './frame.ts';
import { type Part, setOwn } from './grouping.ts';
import { measure } from './meter.ts';
import { isListOfStrings } from './paths.ts';
import type { Run } from './run.ts';

export interface TransformParts {
  pattern: Part;
  update: Part;
  delete?: Part;
  /** The function under `$clone` where the transform was written. */
  clone: () => unknown;
  position: number | undefined;
  updatePosition: number | undefined;
  deletePosition: number | undefined;
}

export function transform(run: Run, parts: TransformParts, frame?: Frame): Native {
  return new Native({ implementation: transformer, signature: OBJECT_OR_ARRAY }, (source: unknown) => {
    if (source === undefined) return undefined;
    const clone = parts.clone();
    if (!isFunction(clone)) throw failure('T2013', at(parts.position));
    measure(source);
    const result = apply(run, clone, [source], null, frame);
    const found = parts.pattern(result, frame);
    if (found === undefined) return result;
    for (const match of Array.isArray(found) ? found : [found]) {
      run.step();
      refuseToOpen(match);
      update(match, parts, frame);
      if (parts.delete) remove(match, parts.delete, parts.deletePosition, frame);
    }
    return result;
  });
}

/** Stands for the parameters of the package's transformer. */
function transformer(_obj: unknown): void {}

// A transform takes what `$clone` takes, but never the context.
const OBJECT_OR_ARRAY = {
  definition: '<(oa):o>',
  validate(args: unknown[], _context: unknown): unknown[] {
    if (args.length === 0) throw failure('T0410', { value: undefined, index: 1 });
    const checked = definitionOf('clone').signature?.validate(args.slice(0, 1), undefined) ?? args;
    if (args.length > 1) throw failure('T0410', { value: args[1], index: 2 });
    return checked;
  },
};

function update(match: unknown, parts: TransformParts, frame: Frame | undefined): void {
  const changes = parts.update(match, frame);
  if (changes === undefined) return;
  if (typeof changes !== 'object' || changes === null || Array.isArray(changes)) {
    throw failure('T2011', { ...at(parts.updatePosition), value: changes });
  }
  for (const key of Object.keys(changes)) {
    const value = (changes as Record<string, unknown>)[key];
    // Like any assignment this makes no field of that name, nor minds what it is made to; only null has nothing to set.
    if (key === '__proto__' && match !== null && !Object.hasOwn(match as object, key)) continue;
    if (typeof match !== 'object' || match === null)
      throw new TypeError('only objects have fields to change');
    setOwn(match as Record<string, unknown>, key, value);
  }
}

function remove(match: unknown, keys: Part, position: number | undefined, frame: Frame | undefined): void {
  const found = keys(match, frame);
  if (found === undefined) return;
  const names = Array.isArray(found) ? found : [found];
  if (!isListOfStrings(names)) throw failure('T2012', { ...at(position), value: found });
  if (typeof match !== 'object' || match === null) return;
  for (const name of names) delete (match as Record<string, unknown>)[name];
}

function at(position: number | undefined): { position?: number } {
  return position === undefined ? {} : { position };
}
