/** How a client proves who it is in one token request: by a secret, by a signed assertion, or by somebody else's. */
import {
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  modifyAssertion,
  PrivateKeyJwt,
} from 'openid-client';
import type { Env } from '../env.ts';
import type { Secret } from '../secret.ts';
import { readCertificate } from './certificate.ts';
import { readCredentialFile } from './credential-file.ts';
import type { OAuth2ClientCredentials } from './index.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const ASSERTION_LIFE_SECONDS = 300;

/**
 * Made anew for every token request, so that files are read again (both kinds rotate) and no secret outlives it.
 * @throws EngineError of kind `credentials` when a file is of no use
 */
export async function clientAuthentication(
  credentials: OAuth2ClientCredentials,
  env: Env,
): Promise<ClientAuth> {
  const { client } = credentials;
  switch (client.method) {
    case 'secret': {
      const secret = client.secret.reveal();
      return client.in === 'header' ? ClientSecretBasic(secret) : ClientSecretPost(secret);
    }
    case 'certificate': {
      const { key, thumbprint } = await readCertificate(
        env.files,
        client.certificateFile,
        client.privateKeyFile,
      );
      return PrivateKeyJwt(key, {
        [modifyAssertion]: (header, claims) => {
          Object.assign(header, { typ: 'JWT', 'x5t#S256': thumbprint });
          Object.assign(claims, assertionClaims(credentials.tokenUrl, env));
        },
      });
    }
    case 'assertion_file': {
      const assertion = await readCredentialFile(env.files, client.file, 'client assertion');
      return (_server, { client_id }, body) => {
        body.set('client_id', client_id);
        body.set('client_assertion_type', ASSERTION_TYPE);
        body.set('client_assertion', assertion.trim());
      };
    }
  }
}

/** What RFC 7523 section 3 asks for beside `iss` and `sub`, with the token URL as audience and on our own clock. */
function assertionClaims(tokenUrl: string, env: Env): Record<string, string | number> {
  const now = Math.floor(env.clock.now() / 1000);
  const jti = Buffer.from(env.randomBytes(16)).toString('base64url');
  return { aud: tokenUrl, jti, nbf: now, iat: now, exp: now + ASSERTION_LIFE_SECONDS };
}

export function clientSecrets({ client }: OAuth2ClientCredentials): Secret[] {
  return client.method === 'secret' ? [client.secret] : [];
}
