/** The contract of an auth kind: who may call, and where tokens come from. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Condition, Refusal } from '../conditions.ts';
import type { JsonSchema } from '../generate/kind.ts';
import type { MatchPath } from '../path-pattern.ts';
import type { Values } from '../template.ts';

/** What an accepted credential lets its bearer do. */
export interface Grant {
  /** Whom quotas are counted for. */
  principal: string;
  audience?: string;
  roles: readonly string[];
}

export interface TokenRequest {
  /** Absolute, on the simulator's own origin, without a query. */
  url: string;
  /** The named segments of the path. */
  segments: Record<string, string>;
  headers: IncomingHttpHeaders;
  form: URLSearchParams;
  /** Faults: no roles in the token, another `expires_in` in the answer. */
  bend: { dropRoles?: boolean; expiresIn?: unknown };
}

export interface Authority {
  /** The header that carries the credential, in lower case. */
  header: string;
  /** Absent for kinds without a token endpoint. `answer` gives the body of the success. */
  token?: {
    match: MatchPath;
    errors: string;
    answer(request: TokenRequest): Record<string, unknown> | Refusal;
  };
  authenticate(headers: IncomingHttpHeaders): Grant | Refusal;
  /** Lets the credential that the request carries count as expired from now on. */
  expire(headers: IncomingHttpHeaders): void;
}

export interface AuthContext {
  nowMs(): number;
  /** Uniform in [0, 1), seeded. */
  random(): number;
  /** `origin`, `settings.*`, `secrets.*`. */
  constants: Values;
  /** Certificates or public keys (PEM) that every client may sign with, besides those of the YAML. */
  certificates: readonly string[];
}

export interface AuthKind<Spec> {
  properties: JsonSchema;
  required: readonly string[];
  open(spec: Spec, context: AuthContext): Authority;
}

export function refuse(condition: Condition, values?: Record<string, unknown>): Refusal {
  return values ? { condition, values } : { condition };
}
