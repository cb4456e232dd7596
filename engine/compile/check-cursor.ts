/** Does the cursor of a stream lose nothing: its bounds, its overlap, its slices? */
import type {
  ConnectorDefinition,
  CursorDefinition,
  StreamDefinition,
} from '../definition/schema/connector.ts';
import type { KeyPath, YamlFile } from '../definition/yaml-file.ts';
import { SLICE_MIN_MS } from '../limits.ts';
import { compileExpression } from '../map/expression.ts';
import { type Diagnostic, diagnosticAt } from '../report/diagnostic.ts';
import { durationMs } from './duration.ts';
import { splitTemplate } from './template.ts';

/** What instants are written in, at the coarsest: a record may carry one that is this much too early. */
const GRANULARITY_MS = 1_000;
/** How far two clocks may be apart. */
const SKEW_MS = 60_000;

/** The overlap of a cursor in milliseconds: as declared, else what its lateness asks for, else an hour. */
export function overlapMs({ overlap, lateness }: CursorDefinition): number {
  if (overlap !== undefined) return durationMs(overlap);
  return lateness === undefined ? durationMs('1h') : neededOverlapMs(lateness);
}

/** Diagnostics of the cursors of all streams. */
export function checkCursor(file: YamlFile, { streams }: ConnectorDefinition): Diagnostic[] {
  return Object.entries(streams).flatMap(([name, stream]) => {
    if (!stream.cursor) return [];
    const path = ['streams', name, 'cursor'];
    return [
      ...checkOverlap(file, path, stream.cursor),
      ...checkLowerBound(file, path, stream.cursor),
      ...checkSlice(file, path, stream.cursor, stream),
    ];
  });
}

function neededOverlapMs(lateness: string): number {
  return durationMs(lateness) + GRANULARITY_MS + SKEW_MS;
}

function checkOverlap(file: YamlFile, path: KeyPath, { overlap, lateness }: CursorDefinition): Diagnostic[] {
  if (overlap === undefined || lateness === undefined) return [];
  const needed = neededOverlapMs(lateness);
  if (durationMs(overlap) >= needed) return [];
  return [
    diagnosticAt(file.source, file.valueSpan([...path, 'overlap']), {
      code: 'def-overlap',
      message: `an overlap of ${overlap} loses records that come as late as \`lateness\` says, expected at least ${needed / 1_000}s: ${lateness} and 61s for granularity and clocks`,
      fix: 'remove `overlap`: it follows from `lateness`',
    }),
  ];
}

/** A comparison that leaves out the bound itself, before an expression that gives it. */
const EXCLUSIVE = /(?:\bgt|>)\s*['"]?$/i;

/** With `gt` the records of the very instant of the bound are lost, unless the overlap reaches further back anyway. */
function checkLowerBound(file: YamlFile, path: KeyPath, cursor: CursorDefinition): Diagnostic[] {
  return boundsOf(path, cursor).flatMap(({ at, text }) => {
    const split = splitTemplate(text);
    if (!('parts' in split)) return [];
    return split.parts.flatMap((part, index) => {
      const before = split.parts[index - 1];
      if ('text' in part || !before || !('text' in before) || !reads(part.expression, 'cursor')) return [];
      const found = EXCLUSIVE.exec(before.text);
      if (!found) return [];
      const start = text.lastIndexOf(found[0], part.start);
      const operator = found[0].replace(/[\s'"]/g, '');
      return diagnosticAt(file.source, file.innerSpan(at, { start, end: start + operator.length }), {
        code: 'def-cursor-exclusive',
        level: 'warning',
        message: `\`${operator}\` leaves out the records of the very instant that is asked from`,
        fix: `write \`${operator === '>' ? '>=' : 'ge'}\`: what was seen before is not written twice`,
      });
    });
  });
}

function checkSlice(
  file: YamlFile,
  path: KeyPath,
  cursor: CursorDefinition,
  stream: StreamDefinition,
): Diagnostic[] {
  const { slice, settle } = cursor;
  const problem = (key: string, message: string, fix: string, level?: 'warning') =>
    diagnosticAt(file.source, file.keySpan([...path, key]), {
      code: 'def-slice',
      message,
      fix,
      ...(level && { level }),
    });
  const limited = boundsOf(path, cursor).find(({ text }) => textReads(text, 'until'));
  if (slice === undefined) {
    const fix = 'add `slice`: how long a run asks for at once, such as `6h`';
    return [
      ...(settle === undefined ? [] : [problem('settle', 'a run without slices asks for all there is', fix)]),
      ...(limited ? [problem(String(limited.at[path.length]), '`until` is the end of a slice', fix)] : []),
    ];
  }
  const diagnostics: Diagnostic[] = [];
  if (!limited) {
    const fix = 'use `${until}` in `filter` or `query`, as the upper bound';
    diagnostics.push(problem('slice', 'a slice has two bounds, and `until` is not asked for', fix));
  }
  if (durationMs(slice) < SLICE_MIN_MS)
    diagnostics.push(problem('slice', `a slice of ${slice}, expected at least 1m`, 'make it longer'));
  if (overlapMs(cursor) < GRANULARITY_MS) {
    const at = cursor.overlap === undefined ? 'slice' : 'overlap';
    const message = 'without an overlap of at least 1s records at the edge of two slices are in neither';
    diagnostics.push(problem(at, message, 'declare `lateness`'));
  }
  if (settle !== undefined && durationMs(settle) > overlapMs(cursor)) {
    const message = `a run keeps ${settle} away from now, and looks back for less than that`;
    diagnostics.push(problem('settle', message, 'make `settle` shorter, or `overlap` longer', 'warning'));
  }
  if (stream.only_new) {
    const message = 'what `only_new` leaves out is judged by whole scans, and the scans are cut in slices';
    diagnostics.push(problem('slice', message, 'remove `slice`, or `only_new`'));
  }
  return diagnostics;
}

/** The templates that hold the bounds. */
function boundsOf(path: KeyPath, { filter, query }: CursorDefinition): { at: KeyPath; text: string }[] {
  return [
    ...(filter === undefined ? [] : [{ at: [...path, 'filter'], text: filter }]),
    ...Object.entries(query ?? {}).map(([name, text]) => ({ at: [...path, 'query', name], text })),
  ];
}

function textReads(text: string, name: string): boolean {
  const split = splitTemplate(text);
  return 'parts' in split && split.parts.some((part) => !('text' in part) && reads(part.expression, name));
}

function reads(expression: string, name: string): boolean {
  const compiled = compileExpression(expression);
  return 'expression' in compiled && compiled.expression.paths.some(({ steps }) => steps[0] === name);
}
