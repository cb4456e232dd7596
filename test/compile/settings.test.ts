import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Connector } from '../../engine/compile/connector.ts';
import { configure, withDeclaredDefaults } from '../../engine/compile/settings.ts';
import { Secret } from '../../engine/secret.ts';
import { acmeWith, inspectAcme } from '../support/acme-connector.ts';
import { failureOf } from '../support/failure-of.ts';

const SETTINGS = `settings:
  tenant: {title: Tenant}
  secret: {secret: true}
  url: {default: "https://\${settings.tenant}.example.com"}
  deep: {default: false}
`;

async function connectorWith(settings: string): Promise<Connector> {
  const { connector, diagnostics } = await inspectAcme({
    'connector.yaml': acmeWith(SETTINGS, `settings:\n${settings}`),
  });
  expect(diagnostics).toEqual([]);
  return connector as Connector;
}

const base =
  '  secret: {secret: true}\n  deep: {default: false}\n  url: {default: "https://x.example.com"}\n';
const secrets = { secret: new Secret('hush-hush') };

describe('configure', () => {
  it('gives what was given and the defaults of the rest, as expressions see them', async () => {
    const connector = await connectorWith(
      `${base}  tenant: {title: Tenant}\n  size: {type: integer}\n  on: {default: true}\n  maybe: {optional: true}\n`,
    );
    const { scope } = await configure(connector, {
      settings: { tenant: 't1', size: '5', on: 'false' },
      secrets,
    });
    expect(scope.settings).toEqual({
      tenant: 't1',
      size: 5,
      on: false,
      deep: false,
      url: 'https://x.example.com',
    });
  });

  it('makes defaults of other settings, through any number of them, in any order of the file', async () => {
    const connector = await connectorWith(
      '  secret: {secret: true}\n  deep: {default: false}\n  c: {default: "${settings.b}/c"}\n  b: {default: "${settings.url}/b"}\n  url: {default: "https://${settings.tenant}.example.com"}\n  tenant: {title: T}\n',
    );
    const of = async (settings: Record<string, string>) =>
      (await configure(connector, { settings, secrets })).scope.settings['c'];
    expect(await of({ tenant: 't' })).toBe('https://t.example.com/b/c');
    expect(await of({ tenant: 't', url: 'https://u' })).toBe('https://u/b/c');
    expect(await of({ tenant: 't', b: 'B' })).toBe('B/c');
  });

  it('counts a default that uses what was left out as not there', async () => {
    const text = `${base}  part: {optional: true}\n  whole: {default: "x\${settings.part}"}\n`;
    const error = await failureOf(async () => configure(await connectorWith(text), { secrets }));
    expect(error).toMatchObject({ code: 'usage-setting', message: 'the setting `whole` is missing' });
    const optional = await connectorWith(text.replace('whole: {', 'whole: {optional: true, '));
    expect((await configure(optional, { secrets })).scope.settings).not.toHaveProperty('whole');
  });

  it('checks what a default makes', async () => {
    const connector = await connectorWith(
      `${base}  tenant: {title: T}\n  made: {format: uuid, default: "\${settings.tenant}"}\n`,
    );
    const error = await failureOf(() => configure(connector, { settings: { tenant: 'x' }, secrets }));
    expect(error.message).toContain('the setting `made` is `x`, expected a uuid');
  });

  it.each<[Record<string, unknown>, string, string]>([
    [{ tennant: 'x' }, 'there is no setting `tennant`', 'did you mean `tenant`?'],
    [{ xyz: 'x' }, 'there is no setting `xyz`', 'use one of secret, deep, url, tenant, size'],
    [{ constructor: 'x' }, 'there is no setting `constructor`', 'use one of secret, deep, url, tenant, size'],
    [{}, 'the setting `tenant` (Tenant name) is missing', 'give it with --set tenant=acme'],
    [{ tenant: '' }, 'the setting `tenant` (Tenant name) is missing', 'give it with --set tenant=acme'],
    [
      { tenant: 't', size: 'x' },
      'the setting `size` is `x`, expected a whole number',
      'give it as in --set size=VALUE',
    ],
    [
      { tenant: 't', url: 'x' },
      'the setting `url` is `x`, expected a uri such as https://api.example.com',
      'give it as in --set url=https://api.example.com',
    ],
  ])('refuses %j', async (settings, message, fix) => {
    const connector = await connectorWith(
      `${base.replace('url: {', 'url: {format: uri, ')}  tenant: {title: Tenant name, examples: [acme]}\n  size: {type: integer, optional: true}\n`,
    );
    const error = await failureOf(() => configure(connector, { settings, secrets }));
    expect(error).toMatchObject({ code: 'usage-setting', kind: 'usage', message, fix });
    expect(error.at?.file).toMatch(/connector\.yaml$/);
  });

  it('names the line of the setting that is off', async () => {
    const error = await failureOf(async () =>
      configure(await connectorWith(`${base}  tenant: {}\n`), { secrets }),
    );
    expect(error.at?.start).toMatchObject({ line: 6, column: 3 });
  });

  it('refuses a secret in the open without showing it', async () => {
    const connector = await connectorWith(`${base}  tenant: {title: T}\n`);
    const error = await failureOf(() =>
      configure(connector, { settings: { tenant: 't', secret: 'hush-hush' } }),
    );
    expect(error).toMatchObject({
      message: '`secret` is a secret and was given in the open',
      fix: 'give it with --secret secret=env:NAME or --secret secret=file:PATH',
    });
    expect(inspect(error, { depth: 9 })).not.toContain('hush-hush');
  });

  it('refuses a setting that is no secret among the secrets, and a secret that is missing', async () => {
    const connector = await connectorWith(`${base}  tenant: {title: T}\n`);
    const both = { ...secrets, tenant: new Secret('t') };
    expect((await failureOf(() => configure(connector, { secrets: both }))).message).toBe(
      '`tenant` is not a secret',
    );
    expect((await failureOf(() => configure(connector, { settings: { tenant: 't' } }))).message).toBe(
      'the secret `secret` is missing',
    );
  });

  it('shows secrets to the places made for them and to nothing else', async () => {
    const connector = await connectorWith(`${base}  tenant: {title: T}\n`);
    const configuration = await configure(connector, { settings: { tenant: 't' }, secrets });
    expect(configuration.scope.settings).not.toHaveProperty('secret');
    expect(configuration.secretScope().settings).toMatchObject({ tenant: 't', secret: 'hush-hush' });
    expect(JSON.stringify(configuration) + inspect(configuration, { depth: 9 })).not.toContain('hush-hush');
  });

  it('tells configured connectors apart by their identity settings only', async () => {
    const connector = await connectorWith(`${base}  tenant: {identity: true}\n  other: {optional: true}\n`);
    const of = async (settings: Record<string, string>) =>
      (await configure(connector, { settings, secrets })).identity;
    expect(await of({ tenant: 'a' })).toMatch(/^[0-9a-f]{8}$/);
    expect(await of({ tenant: 'a', other: 'x' })).toBe(await of({ tenant: 'a' }));
    expect(await of({ tenant: 'b' })).not.toBe(await of({ tenant: 'a' }));
    expect(
      (await configure(await connectorWith(`${base}  tenant: {optional: true}\n`), { secrets })).identity,
    ).toBe('');
  });
});

describe('withDeclaredDefaults', () => {
  it('needs nothing and shows no secret', async () => {
    const connector = await connectorWith(
      `${base}  tenant: {title: T}\n  made: {default: "\${settings.tenant}!"}\n`,
    );
    expect(await withDeclaredDefaults(connector, {})).toEqual({ deep: false, url: 'https://x.example.com' });
    expect(await withDeclaredDefaults(connector, { tenant: 't', deep: true, secret: 'x' })).toEqual({
      deep: true,
      url: 'https://x.example.com',
      tenant: 't',
      made: 't!',
    });
  });
});
