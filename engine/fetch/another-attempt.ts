/** An error that is told again, but as one after which another attempt may help. */
import { EngineError } from '../errors.ts';

export function anotherAttempt({ code, kind, message, fix, at }: EngineError): EngineError {
  return new EngineError({
    code,
    kind,
    message,
    ...(fix !== undefined && { fix }),
    ...(at && { at }),
    retry: 'backoff',
  });
}
