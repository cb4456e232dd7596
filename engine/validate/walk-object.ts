/** Goes through an event along the schema and says what is missing, unknown, or of the wrong kind, at every depth. */
import { JSON_DEPTH_MAX } from '../limits.ts';
import { didYouMean } from '../report/suggest.ts';
import { checkCaption } from './caption.ts';
import { checkConstraints } from './constraint.ts';
import type { Attribute } from './ocsf/schema.ts';
import { type Field, isActive, type Plan } from './plan.ts';
import { kindOf } from './scalar.ts';
import { shown, typeText } from './violation.ts';
import { isJsonObject, type JsonObject, type Walk } from './walk.ts';

/** Checks the attributes of a class's event or of an object in it. */
export function walkObject(walk: Walk, object: JsonObject, plan: Plan): void {
  if (plan.isOpen) return;
  if (walk.path.length > JSON_DEPTH_MAX) {
    walk.add('ocsf-depth', `is nested deeper than ${JSON_DEPTH_MAX} levels, which is not read`);
    return;
  }
  for (const name of Object.keys(object)) {
    const value = object[name];
    if (value === undefined) continue;
    const field = plan.fields.get(name);
    walk.path.push(name);
    if (!field) unknownName(walk, name, plan);
    else if (!isActive(field, walk.profiles)) withoutProfile(walk, field.attribute);
    else if (value === null) isNull(walk, field.attribute);
    else walkValue(walk, value, field);
    walk.path.pop();
    if (field?.sibling !== undefined) checkCaption(walk, object, field);
  }
  for (const field of plan.required) {
    if (object[field.name] !== undefined || !isActive(field, walk.profiles)) continue;
    walk.add('ocsf-required', `is missing, required in \`${plan.entity.name}\``, field.attribute, field.name);
  }
  checkConstraints(walk, object, plan);
}

function walkValue(walk: Walk, value: unknown, field: Field): void {
  if (!field.isArray) {
    walkItem(walk, value, field);
    return;
  }
  const { attribute } = field;
  if (!Array.isArray(value)) {
    walk.add('ocsf-type', `is ${kindOf(value)}, expected an array (\`${typeText(attribute)}\`)`, attribute);
    return;
  }
  for (let index = 0; index < value.length; index++) {
    walk.path.push(index);
    if (value[index] === null || value[index] === undefined) isNull(walk, attribute);
    else walkItem(walk, value[index], field);
    walk.path.pop();
  }
}

function walkItem(walk: Walk, value: unknown, field: Field): void {
  const { attribute, captions } = field;
  if (field.isObject) {
    const plan = field.plan();
    if (!isJsonObject(value)) {
      walk.add(
        'ocsf-type',
        `is ${kindOf(value)}, expected an object (\`${attribute.objectType}\`)`,
        attribute,
      );
    } else if (plan) walkObject(walk, value, plan);
    return;
  }
  const complaint = field.check(value);
  if (complaint) walk.add(complaint.code, complaint.text, attribute);
  else if (captions && !captions.has(value as string | number)) {
    walk.add('ocsf-enum', `is ${shown(value)}, expected ${choices(captions)}`, attribute);
  }
}

function isNull(walk: Walk, attribute: Attribute): void {
  walk.add('ocsf-null', 'is null, expected a value or no attribute', attribute);
}

function unknownName(walk: Walk, name: string, plan: Plan): void {
  const hint = didYouMean(name, plan.fields.keys());
  walk.add('ocsf-unknown', `is not an attribute of \`${plan.entity.name}\`${hint ? `, ${hint}` : ''}`);
}

function withoutProfile(walk: Walk, attribute: Attribute): void {
  const profiles = attribute.profiles?.map((profile) => `\`${profile}\``).join(' or ');
  walk.add(
    'ocsf-profile-attribute',
    `belongs to the profile ${profiles}, which \`metadata.profiles\` does not list`,
    attribute,
  );
}

/** "0 Unknown, 1 Server, 99 Other", or only how many there are where they would fill the screen. */
function choices(values: ReadonlyMap<string | number, string>): string {
  if (values.size > 20) return `one of the ${values.size} values that the schema lists`;
  return [...values]
    .map(([value, caption]) => (value === caption ? value : `${value} ${caption}`))
    .join(', ');
}
