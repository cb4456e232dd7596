import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packageAt, packagesOfLockFile, runtimePackages } from '../support/lock-file.ts';

const FLOOR = '20.19.0';

interface Manifest {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  engines: { node: string };
  scripts: Record<string, string>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const direct = { ...manifest.dependencies, ...manifest.devDependencies };

/** Rows of the tables of advisories: package, version, ids, what, first version with the fix. */
const advisories = readFileSync('docs/reference/advisories.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!package|---)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, name = '', version = '', ids = '', , fixedIn = '']) => ({
    name: name.split(' ')[0] ?? '',
    version,
    ids,
    fixedIn,
  }));

/** Negative where the first is older. Of `1.5.5-r.5` only the numbers before the dash count. */
function compareVersions(one: string, other: string): number {
  const numbers = (version: string) => version.replace(/-.*$/, '').split('.').map(Number);
  const [ours, theirs] = [numbers(one), numbers(other)];
  for (const [index, number] of ours.entries()) {
    if (number !== (theirs[index] ?? 0)) return number - (theirs[index] ?? 0);
  }
  return 0;
}

/** Whether a range as `engines` has it admits a version: alternatives of `>=`, `^` and `*`. */
function admits(range: string, version: string): boolean {
  return range.split('||').some((alternative) => {
    const [, operator = '', least = ''] = /^(>=|\^)?\s*(\d[\dx.]*|\*)$/.exec(alternative.trim()) ?? [];
    if (least === '') throw new Error(`the range ${range} has a form that this test does not know`);
    if (least === '*') return true;
    const floor = least.replaceAll('x', '0');
    const isSameMajor = version.split('.')[0] === floor.split('.')[0];
    return compareVersions(version, floor) >= 0 && (operator === '>=' || isSameMajor);
  });
}

describe('the lock file', () => {
  it('has a hash for every package, and the address of none', () => {
    const packages = packagesOfLockFile().map(packageAt);
    expect(packages.length).toBeGreaterThan(100);
    expect(packages.filter(({ integrity }) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''))).toEqual([]);
    expect(packages.filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });

  it('has no package that wants to run a script when it is installed', () => {
    const wanting = packagesOfLockFile().filter((path) => packageAt(path).hasInstallScript);
    expect(wanting).toEqual([]);
  });

  it(`has only packages that run on Node ${FLOOR}`, () => {
    expect(admits(manifest.engines.node, FLOOR)).toBe(true);
    const others = packagesOfLockFile().filter((path) => !admits(packageAt(path).engines.node ?? '*', FLOOR));
    expect(others).toEqual([]);
  });

  it('names a licence for each package that is passed on', () => {
    expect(runtimePackages().filter((path) => !packageAt(path).license)).toEqual([]);
  });
});

describe('what is installed', () => {
  it('has no script of its own for installing, whatever the lock file says', () => {
    const present = packagesOfLockFile().filter((path) => existsSync(`${path}/package.json`));
    expect(present.length).toBeGreaterThan(100);
    const scripted = present.filter((path) => {
      const { scripts = {} } = JSON.parse(readFileSync(`${path}/package.json`, 'utf8')) as {
        scripts?: Record<string, string>;
      };
      const hasHook = ['preinstall', 'install', 'postinstall'].some((hook) => Object.hasOwn(scripts, hook));
      return hasHook || existsSync(`${path}/binding.gyp`);
    });
    expect(scripted).toEqual([]);
  });

  it('is what the lock file says, version by version', () => {
    const present = packagesOfLockFile().filter((path) => existsSync(`${path}/package.json`));
    const others = present.filter(
      (path) => JSON.parse(readFileSync(`${path}/package.json`, 'utf8')).version !== packageAt(path).version,
    );
    expect(others).toEqual([]);
  });

  it('runs nothing on the machine of whoever installs this package', () => {
    expect(Object.keys(manifest.scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([]);
  });
});

describe('the list of advisories', () => {
  it('has each direct dependency', () => {
    const listed = advisories.map(({ name }) => name);
    expect(Object.keys(direct).filter((name) => !listed.includes(name))).toEqual([]);
  });

  it.each(advisories)(
    '$name $version is the installed one, and $ids is fixed in it',
    ({ name, version, fixedIn }) => {
      expect(packageAt(`node_modules/${name}`).version).toBe(version);
      expect(fixedIn).toMatch(/^(-|\d+\.\d+\.\d+)$/);
      if (fixedIn !== '-') expect(compareVersions(version, fixedIn)).toBeGreaterThanOrEqual(0);
    },
  );

  it('lets no range of a direct dependency go below a fix', () => {
    const low = advisories.filter(({ name, fixedIn }) => {
      const range = direct[name]?.replace(/^[\^~]/, '');
      return range !== undefined && fixedIn !== '-' && compareVersions(range, fixedIn) < 0;
    });
    expect(low).toEqual([]);
  });

  it('says on which day it was made', () => {
    expect(readFileSync('docs/reference/advisories.md', 'utf8')).toMatch(/^As of \d{4}-\d{2}-\d{2}\./m);
  });
});

it('SECURITY.md and the list of advisories name files that are there', () => {
  const text = ['SECURITY.md', 'docs/reference/advisories.md']
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const named = [...text.matchAll(/`((?:engine|test|docs)\/[^`]+|[\w.-]+\.json)`/g)].map(
    ([, path = '']) => path,
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
});

describe('how this test compares', () => {
  it.each([
    ['>=20.19', true],
    ['>= 8', true],
    ['^20.19.0 || >=22.12.0', true],
    ['^20.19.1', false],
    ['>=22.12.0', false],
    ['^18 || ^22', false],
    ['^18.17.0 || >=20.5.0', true],
    ['>=0.6.x', true],
    ['*', true],
  ])('%j admits %s', (range, isAdmitted) => {
    expect(admits(range, FLOOR)).toBe(isAdmitted);
  });

  it('orders versions by number', () => {
    expect(['2.10.0', '2.2.2', '10.0.0', '2.9.9'].toSorted(compareVersions)).toEqual([
      '2.2.2',
      '2.9.9',
      '2.10.0',
      '10.0.0',
    ]);
  });
});
