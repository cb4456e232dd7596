/** Goes through an event along the schema and says what is missing, unknown, or of the wrong kind, at every depth. */
import { JSON_DEPTH_MAX } from '../limits.ts';
import { didYouMean } from '../report/suggest.ts';
import { checkCaption } from './caption.ts';
import { checkConstraints } from './constraint.ts';
import type { Attribute } from './ocsf/schema.ts';
import { type Field, fieldAfter, isActive, type Plan } from './plan.ts';
import { kindOf } from './scalar.ts';
import { type Step, shown, typeText } from './violation.ts';
import { isJsonObject, type JsonObject, type Walk } from './walk.ts';

/** Checks the attributes of a class's event or of an object in it. */
export function walkObject(walk: Walk, object: JsonObject, plan: Plan): void {
  if (plan.isOpen) return;
  if (walk.path.length > JSON_DEPTH_MAX) {
    walk.add('ocsf-depth', `is nested deeper than ${JSON_DEPTH_MAX} levels, which is not read`);
    return;
  }
  let required = 0;
  let before: Field | undefined;
  // A loop with `in` reads members several times faster than one over `Object.keys`; an event inherits none.
  for (const name in object) {
    const value = object[name];
    if (value === undefined) continue;
    const field = fieldAfter(before, name, plan);
    if (!field) {
      unknownName(walk, name, plan);
      continue;
    }
    before = field;
    if (field.isAlwaysRequired) required += 1;
    walkMember(walk, value, field);
    if (field.sibling !== undefined) checkCaption(walk, object, value, field);
  }
  if (required < plan.alwaysRequired || plan.required.length > plan.alwaysRequired)
    checkRequired(walk, object, plan);
  if (plan.atLeastOne || plan.justOne) checkConstraints(walk, object, plan);
}

function checkRequired(walk: Walk, object: JsonObject, plan: Plan): void {
  for (const field of plan.required) {
    if (object[field.name] !== undefined || !isActive(field, walk.profiles)) continue;
    walk.add('ocsf-required', `is missing, required in \`${plan.entity.name}\``, field.attribute, field.name);
  }
}

function walkMember(walk: Walk, value: unknown, field: Field): void {
  const { name, attribute } = field;
  if (field.profiles !== undefined && !isActive(field, walk.profiles)) withoutProfile(walk, attribute);
  else if (value === null) isNull(walk, attribute, name);
  else if (field.isArray) walkList(walk, value, field);
  else walkItem(walk, value, field, name);
}

function walkList(walk: Walk, value: unknown, field: Field): void {
  const { name, attribute } = field;
  if (!Array.isArray(value)) {
    const complaint = `is ${kindOf(value)}, expected an array (\`${typeText(attribute)}\`)`;
    walk.add('ocsf-type', complaint, attribute, name);
    return;
  }
  walk.path.push(name);
  for (let index = 0; index < value.length; index++) {
    const item: unknown = value[index];
    if (item === null || item === undefined) isNull(walk, attribute, index);
    else walkItem(walk, item, field, index);
  }
  walk.path.pop();
}

/** A value that is no list, below where the walk stands. */
function walkItem(walk: Walk, value: unknown, field: Field, step: Step): void {
  const { attribute, captions } = field;
  if (field.isObject) {
    if (!isJsonObject(value)) {
      const complaint = `is ${kindOf(value)}, expected an object (\`${attribute.objectType}\`)`;
      walk.add('ocsf-type', complaint, attribute, step);
      return;
    }
    const plan = field.plan();
    if (!plan || plan.isOpen) return;
    walk.path.push(step);
    walkObject(walk, value, plan);
    walk.path.pop();
    return;
  }
  const complaint =
    typeof value === 'string' && value.length <= field.anyTextUpTo ? undefined : field.check(value);
  if (complaint) walk.add(complaint.code, complaint.text, attribute, step);
  else if (captions && !captions.has(value as string | number)) {
    walk.add('ocsf-enum', `is ${shown(value)}, expected ${choices(captions)}`, attribute, step);
  }
}

function isNull(walk: Walk, attribute: Attribute, step: Step): void {
  walk.add('ocsf-null', 'is null, expected a value or no attribute', attribute, step);
}

function unknownName(walk: Walk, name: string, plan: Plan): void {
  const hint = didYouMean(name, plan.fields.keys());
  const complaint = `is not an attribute of \`${plan.entity.name}\`${hint ? `, ${hint}` : ''}`;
  walk.add('ocsf-unknown', complaint, undefined, name);
}

function withoutProfile(walk: Walk, attribute: Attribute): void {
  const profiles = attribute.profiles?.map((profile) => `\`${profile}\``).join(' or ');
  walk.add(
    'ocsf-profile-attribute',
    `belongs to the profile ${profiles}, which \`metadata.profiles\` does not list`,
    attribute,
    attribute.name,
  );
}

/** "0 Unknown, 1 Server, 99 Other", or only how many there are where they would fill the screen. */
function choices(values: ReadonlyMap<string | number, string>): string {
  if (values.size > 20) return `one of the ${values.size} values that the schema lists`;
  return [...values]
    .map(([value, caption]) => (value === caption ? value : `${value} ${caption}`))
    .join(', ');
}
