/** A token that the user was given, in the `authorization` header (RFC 6750 section 2.1). */
import { headerValue } from './header-value.ts';
import type { Authenticator, BearerCredentials } from './index.ts';
import { none } from './none.ts';

export function bearer({ token }: BearerCredentials): Authenticator {
  return {
    ...none(),
    authorize: async (request) => {
      request.headers.authorization = headerValue('authorization', `Bearer ${token.reveal()}`);
    },
    secrets: () => [token],
  };
}
