/** An option that is a whole number. */
import { EngineError } from '../errors.ts';

/** @throws EngineError `usage-option` */
export function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= 0) return value;
  throw new EngineError({
    code: 'usage-option',
    kind: 'usage',
    message: `${option} is \`${text}\`, expected a whole number`,
    fix: 'correct the option',
  });
}
