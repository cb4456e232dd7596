/** Which endpoints are not worth another question in this run? */
import type { Endpoint } from '../compile/connector.ts';
import type { EngineError } from '../errors.ts';
import { LOOKUP_FAILURES_IN_A_ROW_MAX } from '../limits.ts';

/**
 * What the rounds of a lane share: 10,000 records do not make 10,000 calls that are refused, or that nobody answers.
 * A record that is not there any more says nothing of the endpoint.
 */
export class LookupMemory {
  readonly #refusals = new Map<Endpoint, EngineError>();
  readonly #failuresInARow = new Map<Endpoint, number>();

  /** Why nothing is asked of the endpoint any more; undefined while it is. */
  refusal(endpoint: Endpoint): EngineError | undefined {
    return this.#refusals.get(endpoint);
  }

  answered(endpoint: Endpoint): void {
    this.#failuresInARow.delete(endpoint);
  }

  /** One question has failed for good. */
  failed(endpoint: Endpoint, error: EngineError): void {
    const count = error.code === 'http-not-found' ? 0 : (this.#failuresInARow.get(endpoint) ?? 0) + 1;
    this.#failuresInARow.set(endpoint, count);
    const isAboutAll = error.kind === 'permission' || error.kind === 'credentials';
    if (isAboutAll || count >= LOOKUP_FAILURES_IN_A_ROW_MAX) this.#refusals.set(endpoint, error);
  }
}
