/** The official resolved schema, where it is at hand: it lies beside the project, not in it. */
import { existsSync } from 'node:fs';

export const OFFICIAL = '../shared/reference/ocsf/ocsf-1.5.0.json';
export const SAMPLE = '../shared/reference/defender-device/expected.ocsf.json';

/** Whether a test must be skipped for want of a shared file. On CI nothing is skipped: there the test fails instead. */
export function isAbsent(path: string): boolean {
  return !existsSync(path) && !process.env.CI;
}
