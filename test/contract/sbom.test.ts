import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packageAt, packagesOfLockFile, runtimePackages } from '../support/lock-file.ts';

const { name, version, description, license } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
  'name' | 'version' | 'description' | 'license',
  string
>;

/**
 * CycloneDX 1.5 of what runs, from the lock file alone. npm writes one too, but with `--omit dev` it leaves out what is a
 * dependency of a development tool as well (yaml, jose), and it names the folder instead of the package.
 */
function billOfMaterials() {
  const packages = runtimePackages();
  const reference = (path: string) => {
    const { name, version } = packageAt(path);
    return `${name}@${version}`;
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      component: {
        'bom-ref': `${name}@${version}`,
        type: 'application',
        name,
        version,
        description,
        purl: `pkg:npm/${name}@${version}`,
        licenses: [{ license: { id: license } }],
      },
    },
    components: packages.map((path) => {
      const found = packageAt(path);
      const [algorithm, digest = ''] = (found.integrity ?? '').split('-');
      return {
        'bom-ref': reference(path),
        type: 'library',
        name: found.name,
        version: found.version,
        scope: found.optional ? 'optional' : 'required',
        purl: `pkg:npm/${found.name.replace('@', '%40')}@${found.version}`,
        hashes: [
          {
            alg: algorithm === 'sha512' ? 'SHA-512' : algorithm,
            content: Buffer.from(digest, 'base64').toString('hex'),
          },
        ],
        licenses: [{ license: { id: found.license } }],
      };
    }),
    dependencies: [
      { ref: `${name}@${version}`, dependsOn: packageAt('').needs.map(reference) },
      ...packages.map((path) => ({
        ref: reference(path),
        dependsOn: packageAt(path).needs.map(reference),
      })),
    ],
  };
}

describe('sbom.cdx.json', () => {
  it('is what the lock file installs at run time; `npm run sbom` writes it', async () => {
    await expect(`${JSON.stringify(billOfMaterials(), null, 2)}\n`).toMatchFileSnapshot(
      '../../sbom.cdx.json',
    );
  });

  it('names each package once, with a hash and a licence, and the address of nothing', () => {
    const bill = billOfMaterials();
    for (const { hashes, licenses } of bill.components) {
      expect(hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
      expect(licenses[0]?.license.id).toMatch(/^[A-Z0-9.-]+$/i);
    }
    expect(new Set(bill.components.map((each) => each['bom-ref'])).size).toBe(bill.components.length);
    expect(JSON.stringify(bill).match(/https?:\/\/[^"/]+/g)).toEqual(['http://cyclonedx.org']);
  });

  it('has every package of the one that npm writes, with the same hash', () => {
    const ask = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--offline'];
    const theirs = JSON.parse(
      execFileSync('npm', ask, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        shell: process.platform === 'win32',
      }),
    ) as { components: { 'bom-ref': string; hashes: unknown; properties: { name: string }[] }[] };
    const lasting = theirs.components.filter(
      ({ properties }) => !properties.some((property) => property.name === 'cdx:npm:package:development'),
    );
    const brief = (list: { 'bom-ref': string; hashes: unknown }[]) =>
      list.map((each) => [each['bom-ref'], each.hashes]).toSorted();
    expect(packagesOfLockFile().length).toBeGreaterThan(lasting.length);
    expect(brief(billOfMaterials().components)).toEqual(brief(lasting));
  });
});
