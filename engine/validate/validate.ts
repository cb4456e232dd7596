/** Says where an event departs from its OCSF class: shape, types, captions, constraints, profiles, observables. */
import { didYouMean } from '../report/suggest.ts';
import { numberTextViolations } from './number-text.ts';
import { checkObservables } from './observable.ts';
import { classNamed, type OcsfClass, type OcsfSchema, ocsf } from './ocsf/schema.ts';
import { planner } from './plan.ts';
import { kindOf } from './scalar.ts';
import { pathText, shown, type Violation, violation } from './violation.ts';
import { isJsonObject, type JsonObject, Walk } from './walk.ts';
import { walkObject } from './walk-object.ts';

export interface ValidateOptions {
  /** The OCSF name of the class that the event must be of, such as `inventory_info`; else `class_uid` says it. */
  className?: string;
}

export interface Validator {
  /**
   * Checks an event as a value; no violations means valid. An attribute that is undefined counts as absent.
   * What only a text can show (`9` for `9.0`) is not seen here.
   * @throws EngineError `ocsf-class-name-unknown` for a `className` that is no class
   */
  validate(event: unknown, options?: ValidateOptions): Violation[];
  /** Checks an event as JSON text, and so also that floats are written as floats and integers as integers. */
  validateText(text: string, options?: ValidateOptions): Violation[];
}

/**
 * The validator of an OCSF version (1.5.0 unless said). Every rule of the official server counts as an error, also where
 * it only warns (captions, regexes, an older version); deprecated and recommended attributes are left alone.
 * @param options.exactDigits `validate` takes a string of digits for an integer that a double cannot hold (see
 * exact-digits.ts): for events that become text by `createEventText`, which writes it as the integer
 * @throws EngineError `ocsf-version-unknown`
 */
export function createValidator(options: { version?: string; exactDigits?: boolean } = {}): Validator {
  const schema = ocsf(options.version);
  const planOf = planner(schema, options.exactDigits);

  const violationsOf = (event: unknown, ocsfClass: OcsfClass | Violation): Violation[] => {
    if ('code' in ocsfClass) return [ocsfClass];
    const walk = new Walk(profilesOf(event as JsonObject));
    walkObject(walk, event as JsonObject, planOf(ocsfClass));
    checkEvent(walk, event as JsonObject, ocsfClass, schema);
    return walk.violations;
  };
  return {
    validate: (event, { className } = {}) => violationsOf(event, classOf(event, className, schema)),
    validateText: (text, { className } = {}) => {
      const event = parsed(text);
      if ('failure' in event) return [event.failure];
      const ocsfClass = classOf(event.value, className, schema);
      const byValue = violationsOf(event.value, ocsfClass);
      if ('code' in ocsfClass) return byValue;
      const byText = numberTextViolations(text, planOf(ocsfClass));
      // A number of the wrong kind is one violation, whatever else its value would break.
      const places = new Set(byText.map(({ path }) => pathText(path)));
      return [...byText, ...byValue.filter(({ path }) => !places.has(pathText(path)))];
    },
  };
}

function parsed(text: string): { value: unknown } | { failure: Violation } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { failure: violation('ocsf-json', [], `is not JSON: ${reason}`) };
  }
}

/** The class to check against, or why there is none. */
function classOf(event: unknown, className: string | undefined, schema: OcsfSchema): OcsfClass | Violation {
  const given = className === undefined ? undefined : classNamed(schema, className);
  if (!isJsonObject(event)) {
    return violation('ocsf-not-an-object', [], `is ${kindOf(event)}, expected an object`);
  }
  if (given) return given;
  const uid = event.class_uid;
  if (uid === undefined)
    return violation('ocsf-required', ['class_uid'], 'is missing, required in every event');
  if (uid === null) return violation('ocsf-null', ['class_uid'], 'is null, expected a value');
  if (!Number.isInteger(uid)) {
    return violation('ocsf-type', ['class_uid'], `is ${kindOf(uid)}, expected an integer (\`integer_t\`)`);
  }
  const found = schema.classByUid(uid as number);
  return (
    found ?? violation('ocsf-class', ['class_uid'], `is ${uid}, which is no class of OCSF ${schema.version}`)
  );
}

function profilesOf({ metadata }: JsonObject): ReadonlySet<string> {
  const profiles = isJsonObject(metadata) ? metadata.profiles : undefined;
  return new Set(Array.isArray(profiles) ? profiles : []);
}

/** The rules that only the whole event shows. */
function checkEvent(walk: Walk, event: JsonObject, ocsfClass: OcsfClass, schema: OcsfSchema): void {
  checkTypeUid(walk, event);
  if (isJsonObject(event.metadata)) checkMetadata(walk, event.metadata, schema);
  checkObservables(walk, event, ocsfClass, schema);
}

function checkTypeUid(walk: Walk, event: JsonObject): void {
  const { class_uid: classUid, activity_id: activityId, type_uid: typeUid } = event;
  if (typeof classUid !== 'number' || typeof activityId !== 'number' || !Number.isInteger(typeUid)) return;
  const expected = classUid * 100 + activityId;
  if (typeUid === expected || walk.violations.some(({ path }) => path[0] === 'type_uid')) return;
  walk.add(
    'ocsf-type-uid',
    `is ${typeUid}, expected ${expected} (\`class_uid\` * 100 + \`activity_id\`)`,
    undefined,
    'type_uid',
  );
}

function checkMetadata(walk: Walk, metadata: JsonObject, schema: OcsfSchema): void {
  const { version, profiles } = metadata;
  if (typeof version === 'string' && version !== schema.version) {
    const complaint = `is ${shown(version)}, expected "${schema.version}"`;
    walk.add('ocsf-version', complaint, undefined, 'metadata', 'version');
  }
  if (!Array.isArray(profiles)) return;
  for (const [index, profile] of profiles.entries()) {
    if (typeof profile !== 'string' || schema.profiles.has(profile)) continue;
    const hint = didYouMean(profile, schema.profiles.keys());
    const complaint = `is ${shown(profile)}, which is no profile of OCSF ${schema.version}${hint ? `, ${hint}` : ''}`;
    walk.add('ocsf-profile', complaint, undefined, 'metadata', 'profiles', index);
  }
}

let shared: Validator | undefined;

/** Checks an event against OCSF 1.5.0; see `createValidator` for many events or another version. */
export function validate(event: unknown, options?: ValidateOptions): Violation[] {
  shared ??= createValidator();
  return shared.validate(event, options);
}
