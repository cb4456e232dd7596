/** A fixed key, sent in a header or in the query. */
import { headerValue } from './header-value.ts';
import type { ApiKeyCredentials, Authenticator, RequestToAuthorize } from './index.ts';
import { none } from './none.ts';

export function apiKey(credentials: ApiKeyCredentials): Authenticator {
  const value = () => (credentials.prefix ?? '') + credentials.value.reveal();
  return {
    ...none(),
    authorize: async (request) => {
      if (credentials.in === 'query') return setQuery(request, credentials.name, value());
      request.headers[credentials.name.toLowerCase()] = headerValue(credentials.name, value());
    },
    secrets: () => [credentials.value],
  };
}

/**
 * Replaces one parameter and leaves every other byte of the query alone: `url.searchParams` would write `%20` as `+`,
 * which some servers read as a plus. A key already there is what the vendor put into a next link.
 */
function setQuery({ url }: RequestToAuthorize, name: string, value: string): void {
  const key = `${encodeURIComponent(name)}=`;
  const others = url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !pair.startsWith(key));
  url.search = [...others, key + encodeURIComponent(value)].join('&');
}
