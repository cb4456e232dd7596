/** An API that lets everybody in; also the base of the kinds that cannot renew anything. */
import type { Authenticator } from './index.ts';

export function none(): Authenticator {
  return {
    authorize: async () => {},
    refused: () => false,
    accepted: () => {},
    permissions: async () => undefined,
    secrets: () => [],
  };
}
