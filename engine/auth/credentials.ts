/** From an `auth` entry of a connector and its configuration to resolved credentials. */
import type { Auth } from '../compile/connector.ts';
import type { Configuration } from '../compile/settings.ts';
import { EngineError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { Credentials, OAuth2Client, OAuth2ClientCredentials } from './index.ts';

/** @throws EngineError `usage-setting` when the operator gave nothing to prove the client with */
export async function credentialsOf(
  auth: Auth | undefined,
  configuration: Configuration,
): Promise<Credentials> {
  if (!auth) return { type: 'none' };
  const { definition } = auth;
  const text = async (key: string): Promise<string> => {
    const value = await auth.template(key)?.text(configuration.scope);
    if (value === undefined) throw missing(auth, key);
    return value;
  };
  const secret = async (key: string): Promise<Secret> => {
    const value = await auth.template(key)?.text(configuration.secretScope());
    if (value === undefined) throw missing(auth, key);
    return new Secret(value);
  };
  switch (definition.type) {
    case 'api_key':
      return {
        type: 'api_key',
        in: definition.in ?? 'header',
        name: definition.name ?? 'Authorization',
        ...(definition.prefix !== undefined && { prefix: definition.prefix }),
        value: await secret('value'),
      };
    case 'basic':
      return { type: 'basic', username: await text('username'), password: await secret('password') };
    case 'bearer':
      return { type: 'bearer', token: await secret('token') };
    case 'oauth2_client_credentials':
      return oauth2(auth, definition, configuration, text);
  }
}

async function oauth2(
  auth: Auth,
  definition: Extract<Auth['definition'], { type: 'oauth2_client_credentials' }>,
  configuration: Configuration,
  text: (key: string) => Promise<string>,
): Promise<OAuth2ClientCredentials> {
  const scope = await auth.template('scope')?.text(configuration.scope);
  const errorCode = auth.errorCode;
  const known = definition.errors?.known;
  return {
    type: 'oauth2_client_credentials',
    tokenUrl: await text('token_url'),
    clientId: await text('client_id'),
    client: await clientOf(auth, definition.client_secret_in, configuration),
    ...(scope !== undefined && { scope }),
    ...(definition.parameters && { extraParameters: definition.parameters }),
    ...(errorCode && {
      errorCode: async (body: unknown) => {
        const code = await errorCode.evaluate({ body });
        return code === undefined ? undefined : String(code);
      },
    }),
    ...(known && {
      errors: Object.fromEntries(
        Object.entries(known).map(([code, { message, fix, retry }]) => [
          code,
          { message, fix, ...(retry && { kind: 'transient' as const }) },
        ]),
      ),
    }),
    permissionsClaim: definition.permissions_claim ?? 'roles',
  };
}

/** Certificate and assertion file come before the secret: who sets them means them. */
async function clientOf(
  auth: Auth,
  secretIn: 'body' | 'basic' | undefined,
  configuration: Configuration,
): Promise<OAuth2Client> {
  const certificateFile = await auth.template('certificate_file')?.text(configuration.scope);
  if (certificateFile !== undefined) return { method: 'certificate', certificateFile };
  const file = await auth.template('assertion_file')?.text(configuration.scope);
  if (file !== undefined) return { method: 'assertion_file', file };
  const value = await auth.template('client_secret')?.text(configuration.secretScope());
  if (value === undefined) throw missing(auth, 'client_secret');
  return { method: 'secret', secret: new Secret(value), in: secretIn === 'basic' ? 'header' : 'body' };
}

function missing(auth: Auth, key: string): EngineError {
  const alternatives = ['client_secret', 'certificate_file', 'assertion_file'].includes(key);
  return new EngineError({
    code: 'usage-setting',
    kind: 'usage',
    message: alternatives
      ? `\`auth.${auth.name}\` has nothing to prove the client with`
      : `\`auth.${auth.name}.${key}\` has no value`,
    fix: alternatives
      ? 'give the client secret with --secret client_secret=env:NAME, or a certificate file or assertion file with --set'
      : `set the setting that \`auth.${auth.name}.${key}\` is made of`,
  });
}
