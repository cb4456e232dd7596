/** The two streams of a command: standard output is data, standard error is the conversation. */
import { DefinitionError } from '../compile/definition-error.ts';
import { EngineError } from '../errors.ts';
import { printable } from '../report/code-frame.ts';
import type { Diagnostic } from '../report/diagnostic.ts';
import { errorAsDiagnostic, prettyDiagnostic } from '../report/format.ts';
import { type Paint, paintFor } from '../report/paint.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';

/** More diagnostics than this are counted, not printed. */
const DIAGNOSTICS_MAX = 50;

export const paintOut: Paint = paintFor(process.stdout, process.env);
export const paintErr: Paint = paintFor(process.stderr, process.env);

/** A line of data. Waits when the reader is slower than the writer. */
export async function print(text: string): Promise<void> {
  if (process.stdout.write(`${text}\n`)) return;
  await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
}

/** A line of conversation. */
export function say(text: string): void {
  process.stderr.write(`${conversational(text)}\n`);
}

/** What a terminal obeys, but for line breaks, tabs and the colours that are ours: text of others has been made visible before. */
const COMMANDS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that a terminal must not get
  /(?!\u001b\[\d{1,2}m)[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function conversational(text: string): string {
  return text.replace(COMMANDS, printable);
}

/** Diagnostics as pictures, the most important ones first where there are many. */
export function pictures(diagnostics: readonly Diagnostic[], paint: Paint): string {
  const shown = diagnostics
    .slice(0, DIAGNOSTICS_MAX)
    .map((diagnostic) => prettyDiagnostic(diagnostic, paint));
  if (diagnostics.length > DIAGNOSTICS_MAX) shown.push(`and ${diagnostics.length - DIAGNOSTICS_MAX} more`);
  return shown.join('\n\n');
}

/** Says what went wrong and gives the exit code for it. What is not ours is a bug: its message is said, its stack only on demand. */
export function sayError(error: unknown): number {
  if (error instanceof DefinitionError) {
    say(`${pictures(error.diagnostics, paintErr)}\n\n${paintErr.red(error.message)}`);
    return exitCodeOf(error.kind);
  }
  if (error instanceof EngineError) {
    say(prettyDiagnostic(errorAsDiagnostic(error), paintErr));
    return exitCodeOf(error.kind);
  }
  const message = error instanceof Error ? error.message : String(error);
  say(`${paintErr.red('error[internal]')}: this is a bug in the engine: ${printable(message)}`);
  if (process.env.TRIBUTARY_DEBUG && error instanceof Error) say(error.stack ?? '');
  else say('  = fix: report it with the command; TRIBUTARY_DEBUG=1 prints where it happened');
  return EXIT.internal;
}
