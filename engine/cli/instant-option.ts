/** What is the instant of `--now`? */
import { EngineError } from '../errors.ts';

/** Milliseconds of `--now`. @throws EngineError `usage-option` */
export function instantOption(text: string): number {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new EngineError({
    code: 'usage-option',
    kind: 'usage',
    message: `--now is \`${text}\`, expected an instant`,
    fix: 'give it as in --now 2026-01-01T00:00:00Z',
  });
}
