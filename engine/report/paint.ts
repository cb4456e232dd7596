/** Colours by meaning, or none: decided once for a stream. */
import { styleText } from 'node:util';

export interface Paint {
  red(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  green(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

const STYLES = ['red', 'yellow', 'cyan', 'green', 'dim', 'bold'] as const;

/** Colours on a terminal, unless `NO_COLOR` says no; `FORCE_COLOR` says yes where there is no terminal. */
export function paintFor(
  stream: { isTTY?: boolean },
  variables: Readonly<Record<string, string | undefined>>,
): Paint {
  const wanted = variables.NO_COLOR
    ? false
    : variables.FORCE_COLOR
      ? variables.FORCE_COLOR !== '0'
      : stream.isTTY === true && variables.TERM !== 'dumb';
  const entries = STYLES.map((style) => [
    style,
    wanted ? (text: string) => styleText(style, text, { validateStream: false }) : (text: string) => text,
  ]);
  return Object.fromEntries(entries) as Paint;
}
