/** What is said when a link to the next page expires again after its list was begun anew. */
import { EngineError } from '../errors.ts';

/** @param error `page-link-expired` */
export function expiredTwice(error: EngineError): EngineError {
  return new EngineError({
    code: error.code,
    kind: 'contract',
    message: `${error.message}, also after the list was begun anew`,
    fix: 'ask for larger pages in the `pagination` of the endpoint, so that its links live to the end of the list',
    ...(error.at && { at: error.at }),
  });
}
