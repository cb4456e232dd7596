/** `oauth2_client_credentials`: a token endpoint that knows secrets, certificates and federated assertions (RFC 6749, 4.4). */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type Condition, isRefusal, type Refusal } from '../conditions.ts';
import { uuidFrom } from '../generate/uuid.ts';
import { pathPattern } from '../path-pattern.ts';
import { fill } from '../template.ts';
import { tokenIn } from './api-token.ts';
import { checkAssertion, type TrustedKey, trustedKey } from './client-assertion.ts';
import { type AuthContext, type AuthKind, type Grant, refuse, type TokenRequest } from './kind.ts';

interface ClientSpec {
  client_id: string;
  secrets?: { value: string; expired?: boolean }[];
  /** PEM. */
  certificates?: string[];
  /** Federated assertions, accepted as they are. */
  assertions?: string[];
}

interface OAuth2Spec {
  /** With named segments; each must hold one of its `segments`. */
  path: string;
  segments?: Record<string, string[]>;
  errors: string;
  clients: ClientSpec[];
  /** What a scope must end with, where it must. */
  scope_suffix?: string;
  scopes: Record<string, { audience: string; roles: string[] }>;
  token: { expires_in: number; claims?: Record<string, unknown>; answer?: Record<string, unknown> };
}

const texts = { type: 'array', items: { type: 'string' } };

export const oauth2ClientCredentials: AuthKind<OAuth2Spec> = {
  properties: {
    path: { type: 'string', pattern: '^/' },
    segments: { type: 'object', additionalProperties: texts },
    errors: { type: 'string' },
    clients: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: {
          client_id: { type: 'string' },
          secrets: {
            type: 'array',
            items: {
              type: 'object',
              properties: { value: { type: 'string' }, expired: { type: 'boolean' } },
              required: ['value'],
              additionalProperties: false,
            },
          },
          certificates: texts,
          assertions: texts,
        },
        required: ['client_id'],
        additionalProperties: false,
      },
    },
    scope_suffix: { type: 'string' },
    scopes: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: { audience: { type: 'string' }, roles: texts },
        required: ['audience', 'roles'],
        additionalProperties: false,
      },
    },
    token: {
      type: 'object',
      properties: {
        expires_in: { type: 'integer', minimum: 1 },
        claims: { type: 'object' },
        answer: { type: 'object' },
      },
      required: ['expires_in'],
      additionalProperties: false,
    },
  },
  required: ['path', 'errors', 'clients', 'scopes', 'token'],
  open: (spec, context) => {
    const issuer = new Issuer(spec, context);
    return {
      header: 'authorization',
      token: {
        match: pathPattern(spec.path),
        errors: spec.errors,
        answer: (request) => issuer.answer(request),
      },
      authenticate: (headers) => issuer.authenticate(headers),
      expire: (headers) => issuer.expire(headers),
    };
  },
};

interface Client {
  id: string;
  secrets: { value: string; expired: boolean }[];
  keys: TrustedKey[];
  assertions: string[];
}

class Issuer {
  readonly #spec: OAuth2Spec;
  readonly #context: AuthContext;
  readonly #clients: Client[];
  readonly #segments: Record<string, string[]>;
  readonly #grants = new Map<string, Grant & { expiresAtMs: number }>();
  readonly #usedIds = new Set<string>();

  constructor(spec: OAuth2Spec, context: AuthContext) {
    this.#spec = spec;
    this.#context = context;
    const anyClient = context.certificates.map(trustedKey);
    this.#segments = fill(spec.segments ?? {}, context.constants) as Record<string, string[]>;
    this.#clients = (fill(spec.clients, context.constants) as ClientSpec[]).map((client) => ({
      id: client.client_id,
      secrets: (client.secrets ?? []).map(({ value, expired = false }) => ({ value, expired })),
      keys: [...(client.certificates ?? []).map(trustedKey), ...anyClient],
      assertions: client.assertions ?? [],
    }));
  }

  answer(request: TokenRequest): Record<string, unknown> | Refusal {
    const { form, segments, bend } = request;
    const basic = basicCredentials(request.headers);
    const clientId = basic?.id ?? form.get('client_id') ?? '';
    const scope = form.get('scope') ?? '';
    const about = { client_id: clientId, scope, ...segments };
    const missing =
      ['grant_type', 'scope'].find((name) => !form.get(name)) ?? (clientId ? undefined : 'client_id');
    if (missing) return refuse('missing_parameter', { ...about, parameter: missing });
    if (form.get('grant_type') !== 'client_credentials') {
      return refuse('unsupported_grant', { ...about, grant_type: form.get('grant_type') });
    }
    const isKnown = ([name, value]: [string, string]) => this.#segments[name]?.includes(value) ?? true;
    if (!Object.entries(segments).every(isKnown)) return refuse('unknown_tenant', about);
    const client = this.#clients.find(({ id }) => id.toLowerCase() === clientId.toLowerCase());
    if (!client) return refuse('unknown_client', about);
    const problem = this.#checkCredential(client, form, basic?.secret, request.url);
    if (problem) return refuse(problem, about);
    const granted = this.#scopeOf(scope);
    if (isRefusal(granted)) return refuse(granted.condition, about);
    const token = this.#issue(client.id, granted.audience, bend.dropRoles ? [] : granted.roles, about);
    const expiresIn = 'expiresIn' in bend ? bend.expiresIn : this.#spec.token.expires_in;
    const body = {
      token_type: 'Bearer',
      expires_in: expiresIn,
      ...this.#spec.token.answer,
      access_token: token,
    };
    return fill(body, { ...this.#context.constants, ...about, expires_in: expiresIn }) as Record<
      string,
      unknown
    >;
  }

  authenticate(headers: IncomingHttpHeaders): Grant | Refusal {
    const token = tokenIn(headers.authorization ?? '', 'Bearer');
    if (token === undefined) return refuse('missing_token');
    const grant = this.#grants.get(token);
    if (!grant) return refuse('unknown_token');
    if (grant.expiresAtMs <= this.#context.nowMs()) {
      return refuse('expired_token', { expired_at: new Date(grant.expiresAtMs).toISOString() });
    }
    return grant;
  }

  expire(headers: IncomingHttpHeaders): void {
    const grant = this.#grants.get(tokenIn(headers.authorization ?? '', 'Bearer') ?? '');
    if (grant) grant.expiresAtMs = this.#context.nowMs();
  }

  #checkCredential(
    client: Client,
    form: URLSearchParams,
    basicSecret: string | undefined,
    tokenUrl: string,
  ): Condition | undefined {
    const assertion = form.get('client_assertion');
    if (assertion !== null) {
      if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer') {
        return 'bad_assertion';
      }
      if (client.assertions.includes(assertion)) return undefined;
      if (client.keys.length === 0 && client.assertions.length > 0) return 'wrong_assertion';
      const nowMs = this.#context.nowMs();
      const rules = { tokenUrl, clientId: client.id, keys: client.keys, nowMs, usedIds: this.#usedIds };
      return checkAssertion(assertion, rules);
    }
    const secret = basicSecret ?? form.get('client_secret');
    if (!secret) return 'missing_secret';
    const known = client.secrets.find(({ value }) => value === secret);
    if (!known) return 'wrong_secret';
    return known.expired ? 'expired_secret' : undefined;
  }

  #scopeOf(scope: string): { audience: string; roles: string[] } | Refusal {
    const found = Object.hasOwn(this.#spec.scopes, scope) ? this.#spec.scopes[scope] : undefined;
    if (found) return found;
    const suffix = this.#spec.scope_suffix;
    const isPlain = suffix !== undefined && !scope.endsWith(suffix) && !scope.includes(' ');
    return refuse(isPlain ? 'scope_without_suffix' : 'bad_scope');
  }

  #issue(clientId: string, audience: string, roles: string[], about: Record<string, unknown>): string {
    const { nowMs, random, constants } = this.#context;
    const issuedAt = Math.floor(nowMs() / 1000);
    const word = () => Math.floor(random() * 0x1_0000_0000) | 0;
    const values = { ...constants, ...about, audience };
    const claims = {
      aud: audience,
      iat: issuedAt,
      nbf: issuedAt,
      exp: issuedAt + this.#spec.token.expires_in,
      ...(roles.length > 0 ? { roles } : {}),
      uti: uuidFrom(word(), word(), word(), word()),
      ...(fill(this.#spec.token.claims ?? {}, values) as Record<string, unknown>),
    };
    const unsigned = `${encode({ typ: 'JWT', alg: 'RS256', kid: 'simulator' })}.${encode(claims)}`;
    const token = `${unsigned}.${sign('sha256', Buffer.from(unsigned), signingKey()).toString('base64url')}`;
    const expiresAtMs = nowMs() + this.#spec.token.expires_in * 1000;
    this.#grants.set(token, { principal: clientId, audience, roles, expiresAtMs });
    return token;
  }
}

let ownKey: KeyObject | undefined;

/** One key for every simulator of this process: nobody checks the signature, and a key takes long to make. */
function signingKey(): KeyObject {
  ownKey ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  return ownKey;
}

/** The id and secret of HTTP Basic, each form-encoded (RFC 6749, 2.3.1). */
function basicCredentials(headers: IncomingHttpHeaders): { id: string; secret: string } | undefined {
  const coded = tokenIn(headers.authorization ?? '', 'Basic');
  if (coded === undefined) return undefined;
  const text = Buffer.from(coded, 'base64').toString();
  const form = new URLSearchParams(`id=${text.replace(/&/g, '%26').replace(':', '&secret=')}`);
  return { id: form.get('id') ?? '', secret: form.get('secret') ?? '' };
}

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
