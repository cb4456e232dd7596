/** `api_token`: fixed tokens in a header, after a scheme, as in `Authorization: Token 00aB...`. */
import type { IncomingHttpHeaders } from 'node:http';
import { fillText } from '../template.ts';
import { type AuthKind, refuse } from './kind.ts';

interface ApiTokenSpec {
  header: string;
  /** The word before the token; absent where the header holds the bare token. */
  scheme?: string;
  tokens: { value: string; expired?: boolean; roles?: string[] }[];
}

export const apiToken: AuthKind<ApiTokenSpec> = {
  properties: {
    header: { type: 'string', pattern: '^[A-Za-z0-9-]+$' },
    scheme: { type: 'string' },
    tokens: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: {
          value: { type: 'string' },
          expired: { type: 'boolean' },
          roles: { type: 'array', items: { type: 'string' } },
        },
        required: ['value'],
        additionalProperties: false,
      },
    },
  },
  required: ['header', 'tokens'],
  open: (spec, { constants }) => {
    const tokens = new Map(
      spec.tokens.map((token) => [fillText(token.value, constants), { ...token }] as [string, typeof token]),
    );
    const present = (headers: IncomingHttpHeaders) => {
      const value = headers[spec.header.toLowerCase()];
      return typeof value === 'string' ? tokenIn(value, spec.scheme) : undefined;
    };
    return {
      header: spec.header.toLowerCase(),
      authenticate: (headers) => {
        const text = present(headers);
        if (text === undefined) return refuse('missing_token');
        const token = tokens.get(text);
        if (!token) return refuse('unknown_token');
        if (token.expired) return refuse('expired_token');
        return { principal: text, roles: token.roles ?? [] };
      },
      expire: (headers) => {
        const token = tokens.get(present(headers) ?? '');
        if (token) token.expired = true;
      },
    };
  },
};

/** The token in a header's value; undefined where the scheme is another. Schemes are compared in any case (RFC 9110, 11.1). */
export function tokenIn(value: string, scheme: string | undefined): string | undefined {
  if (scheme === undefined) return value;
  const [first = '', rest] = value.split(/ +/, 2);
  return first.toLowerCase() === scheme.toLowerCase() ? rest : undefined;
}
