/** User name and password in the `authorization` header (RFC 7617, in UTF-8). */
import { Secret } from '../secret.ts';
import type { Authenticator, BasicCredentials } from './index.ts';
import { none } from './none.ts';

export function basic(credentials: BasicCredentials): Authenticator {
  const encoded = () =>
    Buffer.from(`${credentials.username}:${credentials.password.reveal()}`).toString('base64');
  return {
    ...none(),
    authorize: async (request) => {
      request.headers.authorization = `Basic ${encoded()}`;
    },
    secrets: () => [credentials.password, new Secret(encoded())],
  };
}
