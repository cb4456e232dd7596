/** What does `package-lock.json` install, and what of it at run time? */
import { readFileSync } from 'node:fs';

export interface LockedPackage {
  name: string;
  version: string;
  integrity?: string;
  resolved?: string;
  license?: string;
  hasInstallScript?: boolean;
  isDevelopment: boolean;
  optional: boolean;
  engines: { node?: string };
  /** Paths of the packages that it gets for what it depends on. */
  needs: string[];
}

interface Entry {
  version: string;
  integrity?: string;
  resolved?: string;
  license?: string;
  hasInstallScript?: boolean;
  dev?: boolean;
  optional?: boolean;
  engines?: { node?: string };
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, Entry>;
};

/** Paths such as `node_modules/a/node_modules/b`, sorted; without the project itself. */
export function packagesOfLockFile(): string[] {
  return Object.keys(packages)
    .filter((path) => path !== '')
    .sort();
}

/** Those that are not for development only. */
export function runtimePackages(): string[] {
  return packagesOfLockFile().filter((path) => !packageAt(path).isDevelopment);
}

/** @param path as `packagesOfLockFile` gives it; empty for the project itself */
export function packageAt(path: string): LockedPackage {
  const entry = packages[path];
  if (!entry) throw new Error(`the lock file has no ${path}`);
  const { dev = false, optional = false, engines = {}, dependencies, optionalDependencies, ...rest } = entry;
  const wanted = Object.keys({ ...dependencies, ...optionalDependencies }).sort();
  return {
    ...rest,
    name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    isDevelopment: dev,
    optional,
    engines,
    needs: wanted.flatMap((name) => foundFrom(path, name) ?? []),
  };
}

/** As Node finds it: below the package itself, then below each one around it. */
function foundFrom(path: string, name: string): string | undefined {
  for (let around = path; ; around = around.slice(0, Math.max(around.lastIndexOf('node_modules/') - 1, 0))) {
    const candidate = around === '' ? `node_modules/${name}` : `${around}/node_modules/${name}`;
    if (packages[candidate]) return candidate;
    if (around === '') return undefined;
  }
}
