/** What a simulator saw: the evidence for tests of what a client asked, and of what it should never have sent. */

/** Form fields that give a credential away (RFC 6749, 2.3.1; RFC 7521, 4.2). */
const CREDENTIAL_FIELDS = ['client_secret', 'client_assertion'];

export interface AuditReport {
  /** By endpoint name, `token` or `unknown`. Status 0 is a connection that was broken. */
  requests: Record<string, { total: number; statuses: Record<string, number> }>;
  tokens: { issued: number; refused: number };
  /** By quota name. */
  quotas: Record<string, { calls: number; refused: number }>;
  /** Records sent, by endpoint. */
  records: Record<string, number>;
  /** By type. */
  faults: Record<string, number>;
  /** Requests that came under another name than the simulator's own origin, and what they gave away. */
  wrongOrigin: { requests: number; withAuthorization: number; withSecret: number };
}

export class Audit {
  readonly #report: AuditReport = {
    requests: {},
    tokens: { issued: 0, refused: 0 },
    quotas: {},
    records: {},
    faults: {},
    wrongOrigin: { requests: 0, withAuthorization: 0, withSecret: 0 },
  };

  /** A copy of the counts so far. */
  report(): AuditReport {
    return structuredClone(this.#report);
  }

  request(target: string, status: number): void {
    const entry = this.#report.requests[target] ?? { total: 0, statuses: {} };
    this.#report.requests[target] = entry;
    entry.total++;
    entry.statuses[status] = (entry.statuses[status] ?? 0) + 1;
  }

  token(isIssued: boolean): void {
    this.#report.tokens[isIssued ? 'issued' : 'refused']++;
  }

  quota(name: string, isRefused: boolean): void {
    const entry = this.#report.quotas[name] ?? { calls: 0, refused: 0 };
    this.#report.quotas[name] = entry;
    entry.calls++;
    if (isRefused) entry.refused++;
  }

  records(endpoint: string, count: number): void {
    this.#report.records[endpoint] = (this.#report.records[endpoint] ?? 0) + count;
  }

  fault(type: string): void {
    this.#report.faults[type] = (this.#report.faults[type] ?? 0) + 1;
  }

  wrongOrigin(hasAuthorization: boolean, form: URLSearchParams): void {
    const { wrongOrigin } = this.#report;
    wrongOrigin.requests++;
    if (hasAuthorization) wrongOrigin.withAuthorization++;
    if (CREDENTIAL_FIELDS.some((name) => form.has(name))) wrongOrigin.withSecret++;
  }
}
