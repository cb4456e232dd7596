/** One passage through one event: where it stands, and what it has found. */
import type { Attribute } from './ocsf/schema.ts';
import { type Step, type Violation, type ViolationCode, violation } from './violation.ts';

export type JsonObject = Record<string, unknown>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export class Walk {
  /** What `metadata.profiles` lists. */
  readonly profiles: ReadonlySet<string>;
  readonly violations: Violation[] = [];
  /** Where the walk stands. */
  readonly path: Step[] = [];

  constructor(profiles: ReadonlySet<string>) {
    this.profiles = profiles;
  }

  /** Adds a violation where the walk stands, or at `steps` below. */
  add(code: ViolationCode, complaint: string, attribute?: Attribute, ...steps: Step[]): void {
    this.violations.push(violation(code, [...this.path, ...steps], complaint, attribute));
  }
}
