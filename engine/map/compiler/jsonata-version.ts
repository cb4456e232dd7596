/** Is the `jsonata` package new enough to parse and run expressions that somebody else wrote? */
import { EngineError } from '../../errors.ts';

/**
 * Below 2.2.1 an expression can run code of its author's and change the prototypes of this process (CVE-2026-77413,
 * CVE-2026-77415, CVE-2026-12208); below 2.2.2 nobody has looked. `docs/reference/advisories.md` has the list.
 */
const FLOOR = [2, 2, 2] as const;

/** @throws EngineError `jsonata-too-old` for a version below 2.2.2, or one that is no version */
export function refuseOldJsonata(version: string): void {
  const parts = version.split('.').map((part) => Number(/^\d+$/.exec(part)?.[0]));
  const difference = FLOOR.map((least, index) => (parts[index] ?? Number.NaN) - least).find((by) => by !== 0);
  if (difference === undefined || difference > 0) return;
  throw new EngineError({
    code: 'jsonata-too-old',
    kind: 'internal',
    message: `the installed jsonata package is ${version}, expected ${FLOOR.join('.')} or later, where an expression cannot run code`,
    fix: 'install the dependencies again from the lock file with `npm ci`',
  });
}
