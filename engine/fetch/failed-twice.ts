/** What is said when a list fails in the same way again after it was begun anew. */
import { EngineError } from '../errors.ts';

/** @param error `page-link-expired` or `page-loop` */
export function failedTwice(error: EngineError): EngineError {
  const fix =
    error.code === 'page-link-expired'
      ? 'ask for larger pages in the `pagination` of the endpoint, so that its links live to the end of the list'
      : error.fix;
  return new EngineError({
    code: error.code,
    kind: 'contract',
    message: `${error.message}, also after the list was begun anew`,
    ...(fix !== undefined && { fix }),
    ...(error.at && { at: error.at }),
  });
}
