/** Simulators for the tests of this folder: the one that ships, and a small vendor with API tokens and a log. */
import { readFileSync } from 'node:fs';
import { SourceText } from '../../../engine/definition/source.ts';
import {
  loadSimulator,
  type RunningSimulator,
  type SimulatorDefinition,
  type SimulatorOptions,
  startSimulator,
} from '../../../engine/simulate/index.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';

export const NOW = '2026-11-20T00:00:00Z';
export const DEFENDER_SCOPE = 'https://api.securitycenter.microsoft.com/.default';
export const GRAPH_SCOPE = 'https://graph.microsoft.com/.default';

/** The definition in a text; throws what is wrong with it. */
export function definitionOf(text: string, file = 'simulator.yaml'): SimulatorDefinition {
  const { simulator, diagnostics } = loadSimulator(new SourceText(file, text));
  if (!simulator)
    throw new Error(diagnostics.map(({ message, at }) => `${at?.start.line}: ${message}`).join('\n'));
  return simulator;
}

const microsoftFile = 'connectors/microsoft-defender/simulator.yaml';
export const microsoftText = readFileSync(microsoftFile, 'utf8');

const microsoft = definitionOf(microsoftText, microsoftFile);

export function startMicrosoft(options: SimulatorOptions = {}): Promise<RunningSimulator> {
  return startSimulator(microsoft, { now: NOW, scale: { machines: 200 }, ...options });
}

/** A form for the token endpoint; an undefined value leaves a field out. */
export function tokenForm(
  simulator: RunningSimulator,
  other: Record<string, string | undefined> = {},
): URLSearchParams {
  const all: Record<string, string | undefined> = {
    grant_type: 'client_credentials',
    client_id: simulator.settings.client_id,
    client_secret: simulator.secrets.client_secret,
    scope: DEFENDER_SCOPE,
    ...other,
  };
  return new URLSearchParams(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

export async function askToken(
  simulator: RunningSimulator,
  other: Record<string, string | undefined> = {},
  init: { url?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(init.url ?? (simulator.settings.token_url as string), {
    method: 'POST',
    body: tokenForm(simulator, other),
    ...(init.headers ? { headers: init.headers } : {}),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

/** A header with a new token for a scope. */
export async function bearer(
  simulator: RunningSimulator,
  scope = DEFENDER_SCOPE,
): Promise<{ authorization: string }> {
  const { body } = await askToken(simulator, { scope });
  return { authorization: `Bearer ${body.access_token}` };
}

export interface ListBody {
  value: Record<string, unknown>[];
  '@odata.context': string;
  '@odata.count'?: number;
  '@odata.nextLink'?: string;
  error?: { code: string; message: string; target: string };
}

export async function getJson(
  url: string,
  headers: Record<string, string>,
): Promise<{ answer: Response; body: ListBody }> {
  const answer = await fetch(url, { headers, redirect: 'manual' });
  return { answer, body: (await answer.json()) as ListBody };
}

/** A clock that stands at `NOW` until it is moved. */
export function clockAtNow(): SimulatedClock {
  return new SimulatedClock(Date.parse(NOW));
}

/** A vendor of another make: API token, Link headers, a log in ascending order with a window of time. */
export const logVendorText = `
simulator: log-vendor
connect:
  settings: {org_url: "\${origin}"}
  secrets: {api_token: 00simulated-token}
auth:
  key:
    type: api_token
    header: Authorization
    scheme: SSWS
    tokens:
      - {value: "\${secrets.api_token}", roles: [logs.read]}
      - {value: expired-token, expired: true}
      - {value: bare-token}
errors:
  api:
    body: {errorCode: "\${code}", errorSummary: "\${summary}", errorId: "\${trace_id}"}
    conditions:
      missing_token: {status: 401, values: {code: E0000005, summary: Invalid session}}
      unknown_token: {status: 401, values: {code: E0000011, summary: Invalid token provided}}
      expired_token: {status: 401, values: {code: E0000011, summary: Invalid token provided}}
      missing_role: {status: 403, values: {code: E0000006, summary: You do not have permission}}
      bad_query: {status: 400, values: {code: E0000031, summary: "Invalid \${parameter}: \${value}"}}
      bad_page_token: {status: 400, values: {code: E0000031, summary: Invalid after}}
scale: {events: 95, users: 7}
steps: {from: -1m, length: 10s}
collections:
  users:
    size: users
    key: id
    fields: {id: {type: hex, length: 20}, login: {type: pattern, pattern: "user\${index}@example.com"}}
  events:
    size: events
    key: uuid
    fields:
      uuid: {type: uuid}
      published: {type: timestamp, from: -10d, to: -1m, digits: 3, ascending: true}
      eventType: {type: pick, values: [user.session.start, user.session.end]}
    changes: {added: 0.1}
endpoints:
  logs:
    path: /api/v1/logs
    auth: key
    requires: {roles: [logs.read]}
    errors: api
    collection: events
    window: {field: published, since: since, until: until}
    paging: {type: link_header, page_size: 100, page_size_max: 1000, endless_without: until}
  users:
    path: /api/v1/users
    auth: key
    errors: api
    collection: users
    paging: {type: link_header, page_size: 200, page_size_max: 200}
  everything:
    path: /api/v1/everything
    auth: key
    errors: api
    collection: users
    paging: {type: none, records: items}
`;

export function startLogVendor(options: SimulatorOptions = {}): Promise<RunningSimulator> {
  return startSimulator(definitionOf(logVendorText), { now: NOW, ...options });
}
