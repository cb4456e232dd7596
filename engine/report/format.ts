/** Diagnostics and errors as text for people, as short lines, and as JSON. */
import type { EngineError } from '../errors.ts';
import { codeFrame, printable } from './code-frame.ts';
import type { Diagnostic, Place } from './diagnostic.ts';
import type { Paint } from './paint.ts';

/** The whole picture: code and message, place and frame, effect and fix. */
export function prettyDiagnostic(diagnostic: Diagnostic, paint: Paint): string {
  const level =
    diagnostic.level === 'error' ? paint.red : diagnostic.level === 'warning' ? paint.yellow : paint.cyan;
  const lines = [
    `${level(`${diagnostic.level}[${diagnostic.code}]`)}: ${paint.bold(printable(diagnostic.message))}`,
  ];
  if (diagnostic.at) lines.push(`  --> ${paint.cyan(placeText(diagnostic.at))}`);
  if (diagnostic.at && diagnostic.source) {
    lines.push(...codeFrame(diagnostic.source, diagnostic.at, diagnostic.label).map((line) => `  ${line}`));
  }
  for (const related of diagnostic.related ?? [])
    lines.push(`  ::: ${placeText(related.at)}: ${printable(related.label)}`);
  if (diagnostic.effect) lines.push(`  = effect: ${printable(diagnostic.effect)}`);
  if (diagnostic.fix) lines.push(`  = fix: ${printable(diagnostic.fix)}`);
  return lines.join('\n');
}

/** `file:line:column: level[code] message`. */
export function shortDiagnostic(diagnostic: Diagnostic): string {
  const place = diagnostic.at ? `${placeText(diagnostic.at)}: ` : '';
  return `${place}${diagnostic.level}[${diagnostic.code}] ${printable(diagnostic.message)}`;
}

/** The diagnostic as it goes into JSON reports: additions only. */
export function jsonDiagnostic(diagnostic: Diagnostic): Record<string, unknown> {
  const { source: _, at, ...rest } = diagnostic;
  return { ...rest, ...(at && { file: at.file, start: at.start, end: at.end }) };
}

/** An error of a run, as a diagnostic. */
export function errorAsDiagnostic(error: EngineError): Diagnostic {
  return {
    code: error.code,
    level: 'error',
    message: error.message,
    ...(error.at && { at: error.at }),
    ...(error.fix !== undefined && { fix: error.fix }),
  };
}

/** `file:line:column`. */
export function placeText(at: Place): string {
  return `${at.file}:${at.start.line}:${at.start.column}`;
}
