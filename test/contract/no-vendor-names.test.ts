import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow } from '../support/files-below.ts';

/** Vendors, their products and their clouds; the folders of `connectors/` come on top. */
const NAMES = [
  ...[
    'microsoft',
    'defender',
    'intune',
    'entra',
    'azure',
    'msgraph',
    'sharepoint',
    'office365',
    'securitycenter',
  ],
  ...[
    'okta',
    'auth0',
    'onelogin',
    'duo',
    'crowdstrike',
    'falcon',
    'sentinelone',
    'sekoia',
    'sophos',
    'tenable',
  ],
  ...['qualys', 'rapid7', 'wiz', 'zscaler', 'netskope', 'cloudflare', 'fortinet', 'proofpoint', 'mimecast'],
  ...[
    'google',
    'amazon',
    'aws',
    'github',
    'gitlab',
    'atlassian',
    'jira',
    'slack',
    'salesforce',
    'servicenow',
  ],
];

const connectors = readdirSync('connectors', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** Names of the world's own that hold one: where clouds keep the credentials of a machine, which must not be reached. */
const ADDRESSES = /metadata\.google\.internal/g;

/** Vendors named in a text: as a word or as a part of a name (`okta`, `oktaToken`, `OKTA_TOKEN`, `fromOkta`). */
function vendorsIn(line: string): string[] {
  const text = line.replace(ADDRESSES, '');
  const lower = text.toLowerCase();
  return [...NAMES, ...connectors].filter((name) => {
    if (!lower.includes(name)) return false;
    const capital = name.charAt(0).toUpperCase() + name.slice(1);
    const forms = `(?<![A-Za-z])${name}(?![a-z])|${capital}(?![a-z])|${name.toUpperCase()}(?![A-Z])`;
    return new RegExp(forms).test(text);
  });
}

describe('the engine', () => {
  it('knows no vendor by name', () => {
    const found = filesBelow('engine', '.ts')
      .filter((file) => !file.endsWith('.generated.ts'))
      .flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .flatMap((line, index) =>
            vendorsIn(line).map((name) => `${relative('engine', file)}:${index + 1} ${name}`),
          ),
      );
    expect(found).toEqual([]);
  });

  it.each([
    'okta',
    'the Okta API',
    'oktaToken',
    'fromOkta',
    'OKTA_TOKEN',
    'microsoft-defender',
    'x.defender',
  ])('would be caught with %j', (text) => {
    expect(vendorsIn(text)).not.toEqual([]);
  });

  it.each(['openTrace', 'entrance', 'laws', 'duotone', 'wizard'])('is not caught with %j', (text) => {
    expect(vendorsIn(text)).toEqual([]);
  });
});
