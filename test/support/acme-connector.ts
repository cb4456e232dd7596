/** A small connector in memory, for tests that change one thing of it and look at what is said. */
import { join } from 'node:path';
import { type Inspection, inspectConnector } from '../../engine/compile/load.ts';
import type { Diagnostic } from '../../engine/report/diagnostic.ts';
import { filesWith } from './files-with.ts';

/** A directory that does not exist on the disk. */
const ROOT = '/nowhere/acme-workspace';

export const ACME = `connector: acme
settings:
  tenant: {title: Tenant}
  secret: {secret: true}
  url: {default: "https://\${settings.tenant}.example.com"}
  deep: {default: false}
auth:
  token:
    type: bearer
    token: \${settings.secret}
apis:
  main:
    base_url: \${settings.url}
    auth: token
endpoints:
  users:
    api: main
    path: /users
    records: data.items
    key: id
  groups:
    api: main
    path: /groups
    key: id
streams:
  users:
    record: {user: users}
    join:
      group:
        endpoint: groups
        on: {user.groupId: id}
        when: settings.deep
    event: user_inventory
    mappings:
      plain: acme/user.jsonata
`;

export const MAPPING = `{
  "class_uid": 5003,
  "user": {"uid": user.id, "name": user.name},
  "message": group.title
}
`;

/** The connector with other files: by path below the connector's folder, or below `mappings/`. */
export function inspectAcme(files: Readonly<Record<string, string>> = {}): Promise<Inspection> {
  const all: Record<string, string> = {
    'connector.yaml': ACME,
    'mappings/acme/user.jsonata': MAPPING,
    ...files,
  };
  const placed = Object.entries(all).map(([path, text]) => [
    path.startsWith('mappings/') ? join(ROOT, path) : join(ROOT, 'connectors/acme', path),
    text,
  ]);
  return inspectConnector('acme', { directory: ROOT, files: filesWith(Object.fromEntries(placed)) });
}

/** The connector with one piece of its file replaced. */
export function acmeWith(from: string, to: string): string {
  if (!ACME.includes(from)) throw new Error(`the connector has no ${from}`);
  return ACME.replace(from, to);
}

/** `file:line:column code: message = fix`, the folders left out. */
export function lineOf({ code, message, at, fix, level }: Diagnostic): string {
  const place = at ? `${at.file.split('/').pop()}:${at.start.line}:${at.start.column}` : 'nowhere';
  const sign = level === 'error' ? '' : `${level} `;
  return `${place} ${sign}${code}: ${message}${fix ? ` = ${fix}` : ''}`;
}

/** All that is said of the connector with one piece of its file replaced. */
export async function saidOf(from: string, to: string): Promise<string[]> {
  const { diagnostics } = await inspectAcme({ 'connector.yaml': acmeWith(from, to) });
  return diagnostics.map(lineOf);
}
