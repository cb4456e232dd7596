/** A diagnostic: what is wrong in a file that the user wrote, as data. Collected, never thrown half way. */
import type { SourceText, Span } from '../definition/source.ts';

/** `line` and `column` count from 1 (columns in UTF-16 units), `offset` from 0. */
export interface Position {
  line: number;
  column: number;
  offset: number;
}

export interface Place {
  file: string;
  start: Position;
  end: Position;
}

export type Level = 'error' | 'warning' | 'info';

export interface Diagnostic {
  /** Kebab-case with its family first (`yaml-`, `def-`, `expr-`, `map-`, `ocsf-`, `case-`). Stable for ever. */
  code: string;
  level: Level;
  /** What was found, against what was expected; lower case, no full stop, identifiers in backticks. */
  message: string;
  at?: Place;
  /** A few words under the caret. */
  label?: string;
  /** Two lines of the source around the place, for the frame; absent where the text is not at hand. */
  source?: SourceText;
  related?: { at: Place; label: string }[];
  /** What follows if it stays so. */
  effect?: string;
  /** What to do about it. */
  fix?: string;
}

/** A place in a source text. */
export function placeOf(source: SourceText, span: Span): Place {
  return { file: source.file, start: source.position(span.start), end: source.position(span.end) };
}

/** A diagnostic at a span of a source text. */
export function diagnosticAt(
  source: SourceText,
  span: Span,
  about: Omit<Diagnostic, 'at' | 'source' | 'level'> & { level?: Level },
): Diagnostic {
  return { level: 'error', ...about, at: placeOf(source, span), source };
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.level === 'error');
}

/** Without those that say the same of the same place: two streams may share a mapping, two keys an anchor. */
export function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const identity = ({ code, message, at }: Diagnostic) =>
    `${at?.file}:${at?.start.offset}-${at?.end.offset} ${code} ${message}`;
  return [...new Map(diagnostics.map((diagnostic) => [identity(diagnostic), diagnostic])).values()];
}
