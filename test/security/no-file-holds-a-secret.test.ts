/** S11, S18, S24: secrets that are planted in runs that fail in every way are in no file and no stream; all files are the operator's own. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cli } from '../support/cli.ts';
import { type Listening, listen } from '../support/listen.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const SECRET = 'canary/secret+5d1c&=7 e';
const TOKEN = 'canary-token.9b2e_44f';

const CONNECTOR = `connector: acme
settings:
  url: {title: URL}
  client_secret: {secret: true, title: Secret}
auth:
  token:
    type: oauth2_client_credentials
    token_url: "\${settings.url}/token"
    client_id: client
    client_secret: \${settings.client_secret}
apis:
  main: {base_url: "\${settings.url}", auth: token}
endpoints:
  users: {api: main, path: /users, records: value, key: id}
streams:
  users: {record: {user: users}, event: inventory_info, mappings: {own: acme/own.jsonata}}
`;

/** Every way in which a value may stand in a text. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const shifts = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift + 2, -4),
  );
  const form = new URLSearchParams({ a: secret }).toString().slice(2);
  return [
    secret,
    encodeURIComponent(secret),
    form,
    bytes.toString('hex'),
    JSON.stringify(secret).slice(1, -1),
    ...shifts,
  ];
}

type Answers = (path: string, sent: string, authorization: string) => [status: number, body: string];

const granted: [number, string] = [
  200,
  JSON.stringify({ access_token: TOKEN, token_type: 'Bearer', expires_in: 3600 }),
];
const echo = (sent: string, authorization: string) =>
  JSON.stringify({
    error: 'invalid_client',
    error_description: `${sent} ${authorization} ${SECRET} ${TOKEN}`,
    code: authorization,
    message: `${SECRET} ${TOKEN}`,
  });

const CASES: [name: string, answers: Answers][] = [
  [
    'a token endpoint that echoes what it was sent',
    (_, sent, authorization) => [401, echo(sent, authorization)],
  ],
  [
    'a token endpoint that echoes the secret as its error',
    () => [400, JSON.stringify({ error: SECRET, code: SECRET })],
  ],
  ['a token endpoint that answers HTML with the secret', () => [200, `<html>${SECRET}</html>`]],
  [
    'a list that refuses and echoes the header',
    (path, sent, authorization) => (path === '/token' ? granted : [401, echo(sent, authorization)]),
  ],
  [
    'a list that forbids and echoes the token as its code',
    (path) => (path === '/token' ? granted : [403, JSON.stringify({ error: { code: TOKEN } })]),
  ],
  [
    'a list that is refused with the token',
    (path) =>
      path === '/token' ? granted : [400, JSON.stringify({ error: { code: `x ${TOKEN}`, message: TOKEN } })],
  ],
  ['a list that is no JSON', (path) => (path === '/token' ? granted : [200, `${TOKEN} {`])],
  [
    'a list whose records cannot be mapped',
    (path) => (path === '/token' ? granted : [200, JSON.stringify({ value: [{ id: '1' }] })]),
  ],
];

function server(answers: Answers): Promise<Listening> {
  return listen(async (request, response) => {
    let sent = '';
    for await (const chunk of request) sent += chunk;
    const [status, body] = answers(request.url ?? '', sent, request.headers.authorization ?? '');
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' });
    response.end(body);
  });
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
    join(entry.parentPath, entry.name),
  );
}

it.each(CASES)('%s leaves no trace of a secret', { timeout: 120_000 }, async (_, answers) => {
  const home = temporaryDirectory();
  mkdirSync(join(home, 'connectors/acme'), { recursive: true });
  mkdirSync(join(home, 'mappings/acme'), { recursive: true });
  writeFileSync(join(home, 'connectors/acme/connector.yaml'), CONNECTOR);
  writeFileSync(
    join(home, 'mappings/acme/own.jsonata'),
    '{"class_uid": 5001, "count": $number(user.id & "x")}',
  );
  const vendor = await server(answers);
  const common = ['acme', '--set', `url=${vendor.origin}`, '--secret', 'client_secret=env:CANARY'];
  const env = { CANARY: SECRET, TRIBUTARY_DEBUG: '1', NODE_OPTIONS: '' };
  const written = join(home, 'written');
  mkdirSync(written, { mode: 0o700 });
  const before = process.umask(0);
  let said = '';
  try {
    const commands = [
      [
        'run',
        ...common,
        '--to',
        `ndjson:${join(written, 'out')}`,
        '--state',
        join(written, 'state'),
        '--trace',
        join(written, 'trace.ndjson'),
      ],
      [
        'run',
        ...common,
        '--to',
        `ndjson:${join(written, 'out2')}`,
        '--state',
        join(written, 'state2'),
        '--json',
      ],
      ['doctor', ...common],
    ];
    for (const command of commands) {
      const { stdout, stderr } = await cli(command, { cwd: home, env });
      said += stdout + stderr;
    }
  } finally {
    process.umask(before);
    await vendor.close();
  }
  expect(said).not.toBe('');
  const files = filesBelow(written);
  const texts = new Map([
    ['the terminal', said],
    ...files
      .filter((path) => lstatSync(path).isFile())
      .map((path) => [path, readFileSync(path, 'latin1')] as const),
  ]);
  for (const [place, text] of texts) {
    for (const form of [...formsOf(SECRET), ...formsOf(TOKEN)]) {
      expect(text.includes(form) ? `${place} holds ${form}` : '').toBe('');
    }
  }
  // Written under a umask that takes nothing away.
  for (const path of files) {
    expect([path, (lstatSync(path).mode & 0o077).toString(8)]).toEqual([path, '0']);
  }
});
