/** S16: NODE_EXTRA_CA_CERTS names an authority of one's own, and NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { selfSigned } from '../support/tls-certificate.ts';

const CONNECTOR = `connector: acme
settings:
  url: {title: URL}
apis:
  main: {base_url: "\${settings.url}"}
endpoints:
  users: {api: main, path: /users, records: value, key: id}
streams:
  users: {record: {user: users}, event: inventory_info, mappings: {own: acme/own.jsonata}}
`;

it.each([
  ['nothing is said', {}, false],
  ['checking is turned off', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, false],
  ['its authority is named', { NODE_EXTRA_CA_CERTS: 'ca.pem' }, true],
] as const)('when %s', { timeout: 60_000 }, async (_, env, isTrusted) => {
  const home = temporaryDirectory();
  mkdirSync(join(home, 'connectors/acme'), { recursive: true });
  mkdirSync(join(home, 'mappings/acme'), { recursive: true });
  writeFileSync(join(home, 'connectors/acme/connector.yaml'), CONNECTOR);
  writeFileSync(join(home, 'mappings/acme/own.jsonata'), '{"class_uid": 5001}');
  const { key, cert } = selfSigned({ host: 'localhost', ip: '127.0.0.1' });
  writeFileSync(join(home, 'ca.pem'), cert);
  let asked = 0;
  const server = createServer({ key, cert }, (_request, response) => {
    asked++;
    response.end('{"value": []}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, stdout } = await cli(['doctor', 'acme', '--set', `url=${url}`], { cwd: home, env });
  server.close();
  expect(asked > 0).toBe(isTrusted);
  expect(code === 0).toBe(isTrusted);
  if (!isTrusted) expect(stdout).toMatch(/certificate|TLS/i);
});
