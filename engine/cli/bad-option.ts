/** An option whose value is none that it can have. */
import { EngineError } from '../errors.ts';

export function badOption(option: string, text: string, expected: string): EngineError {
  return new EngineError({
    code: 'usage-option',
    kind: 'usage',
    message: `${option} is \`${text}\`, expected ${expected}`,
    fix: 'correct the option',
  });
}
