/** One way in which an event departs from OCSF: what, where, and what the schema says there. */
import type { Attribute } from './ocsf/schema.ts';

export type Step = string | number;

/**
 * Stable for ever.
 * - `ocsf-json`, `ocsf-not-an-object`, `ocsf-depth`: not an event at all, or nested beyond what is read
 * - `ocsf-class`: `class_uid` names no class
 * - `ocsf-required`, `ocsf-unknown`, `ocsf-profile-attribute`, `ocsf-null`, `ocsf-constraint`: which attributes there are
 * - `ocsf-type`, `ocsf-format`, `ocsf-length`, `ocsf-range`, `ocsf-enum`, `ocsf-time-unit`: a value by itself
 * - `ocsf-caption`, `ocsf-type-uid`, `ocsf-version`, `ocsf-profile`, `ocsf-observable-name`, `ocsf-observable-type`: values among each other
 */
export type ViolationCode =
  | 'ocsf-json'
  | 'ocsf-not-an-object'
  | 'ocsf-depth'
  | 'ocsf-class'
  | 'ocsf-required'
  | 'ocsf-unknown'
  | 'ocsf-profile-attribute'
  | 'ocsf-null'
  | 'ocsf-constraint'
  | 'ocsf-type'
  | 'ocsf-format'
  | 'ocsf-length'
  | 'ocsf-range'
  | 'ocsf-enum'
  | 'ocsf-time-unit'
  | 'ocsf-caption'
  | 'ocsf-type-uid'
  | 'ocsf-version'
  | 'ocsf-profile'
  | 'ocsf-observable-name'
  | 'ocsf-observable-type';

export interface Violation {
  code: ViolationCode;
  /** From the event's root: names and array indexes. Of something missing, the place where it belongs. */
  path: Step[];
  message: string;
  attribute?: { requirement: Attribute['requirement']; type: string };
}

/** A violation at a path. `complaint` is the predicate of the sentence whose subject is the path: "is missing, ...". */
export function violation(
  code: ViolationCode,
  path: readonly Step[],
  complaint: string,
  attribute?: Attribute,
): Violation {
  return {
    code,
    path: [...path],
    message: `\`${pathText(path)}\` ${complaint}`,
    ...(attribute && {
      attribute: { requirement: attribute.requirement, type: typeText(attribute) },
    }),
  };
}

/** `device.network_interfaces[0].mac`; `event` for the root. */
export function pathText(path: readonly Step[]): string {
  if (path.length === 0) return 'event';
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}

/** `timestamp_t`, `network_interface[]`. */
export function typeText(attribute: Attribute): string {
  return `${attribute.objectType ?? attribute.type}${attribute.isArray ? '[]' : ''}`;
}

/** A value as it stands in a message: JSON, cut to 60 characters. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
