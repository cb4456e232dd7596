/** Does a YAML file have the shape that a schema describes? Each deviation is a diagnostic at its own place. */
import type { ErrorObject } from 'ajv';
import { type Diagnostic, diagnosticAt } from '../report/diagnostic.ts';
import { lowerFirst } from '../report/lower-first.ts';
import { didYouMean } from '../report/suggest.ts';
import type { Schema } from './schema/schema.ts';
import { validatorOf } from './validator-of.ts';
import type { KeyPath, YamlFile } from './yaml-file.ts';

/** Nobody mends more at once, and for each the place in the file is looked for. */
const DEVIATIONS_MAX = 100;

/** The deviations of the file from the schema, in the order of the file; the first hundred or so where there are more. */
export function checkShape(file: YamlFile, schema: Schema): Diagnostic[] {
  const validate = validatorOf(schema);
  if (validate(file.value)) return [];
  const seen = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const error of (validate.errors ?? []).slice(0, DEVIATIONS_MAX)) {
    // What is wrong with a name is told by the error of `propertyNames` itself.
    if (error.propertyName !== undefined) continue;
    for (const diagnostic of [describe(file, error), ...strangers(file, error)]) {
      const identity = `${diagnostic.at?.start.offset}:${diagnostic.message}`;
      if (!seen.has(identity)) diagnostics.push(diagnostic);
      seen.add(identity);
    }
  }
  return diagnostics.sort((a, b) => (a.at?.start.offset ?? 0) - (b.at?.start.offset ?? 0));
}

/** Keys of a map without its tag that no member of the union has: which member is meant is not known, but those are wrong. */
function strangers(file: YamlFile, error: ErrorObject): Diagnostic[] {
  const { discriminator, oneOf } = error.parentSchema as Schema;
  if (error.keyword !== 'required' || error.params.missingProperty !== discriminator?.propertyName) return [];
  const names = [...new Set((oneOf ?? []).flatMap((member) => Object.keys(member.properties ?? {})))];
  const path = keyPathOf(error.instancePath, file.value);
  return Object.keys(error.data as object)
    .filter((key) => !names.includes(key))
    .slice(0, DEVIATIONS_MAX)
    .map((key) => unknownKey(file, path, key, names));
}

function unknownKey(file: YamlFile, path: KeyPath, key: string, names: readonly string[]): Diagnostic {
  return at(file, [...path, key], true, {
    code: 'def-unknown-key',
    message: `unknown key \`${key}\` in ${nameOf(path)}`,
    fix: didYouMean(key, names) ?? `use one of ${list(names)}`,
  });
}

function describe(file: YamlFile, error: ErrorObject): Diagnostic {
  const path = keyPathOf(error.instancePath, file.value);
  const here = nameOf(path);
  const parent = error.parentSchema as Schema;
  const about = (parent?.description && `${here} is: ${parent.description}`) || undefined;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(error.params.additionalProperty);
      return unknownKey(file, path, key, Object.keys(parent.properties ?? {}));
    }
    case 'required': {
      const key = String(error.params.missingProperty);
      const isTag = key === parent.discriminator?.propertyName;
      const hint = isTag ? `one of ${list(tagsOf(parent))}` : parent.properties?.[key]?.description;
      return at(file, path, true, {
        code: 'def-missing-key',
        message: `${here} has no \`${key}\``,
        fix: `add \`${key}\`${hint ? `: ${hint}` : ''}`,
      });
    }
    case 'discriminator': {
      const tags = tagsOf(parent);
      const found: unknown = error.params.tagValue;
      return at(file, [...path, String(parent.discriminator?.propertyName)], false, {
        code: 'def-unknown-type',
        message:
          typeof found === 'string'
            ? `unknown type \`${found}\` of ${here}`
            : `the type of ${here} is ${show(found)}`,
        fix: didYouMean(String(found), tags) ?? `use one of ${list(tags)}`,
      });
    }
    case 'enum': {
      const values = (parent.enum ?? []).map(String);
      return at(file, path, false, {
        code: 'def-value',
        message: `${here} is ${show(error.data)}, expected one of ${list(values)}`,
        fix: didYouMean(String(error.data), values) ?? `use one of ${list(values)}`,
      });
    }
    case 'type':
      return at(file, path, false, {
        code: 'def-type',
        message: `${here} is ${show(error.data)}, expected ${article(String(error.params.type))}`,
        ...(about && { fix: about }),
      });
    case 'propertyNames':
      return at(file, [...path, String(error.params.propertyName)], true, {
        code: 'def-name',
        message: `\`${error.params.propertyName}\` is not a name`,
        fix: 'use letters, digits and underscores, a letter first',
      });
    default:
      return at(file, path, false, {
        code: 'def-value',
        message: `${here} is ${show(error.data)}, which ${lowerFirst(error.message ?? 'is not admitted')}`,
        ...(about && { fix: about }),
      });
  }
}

function nameOf(path: KeyPath): string {
  const last = path[path.length - 1];
  if (typeof last !== 'number') return last === undefined ? 'the file' : `\`${last}\``;
  return `item ${last + 1} of ${nameOf(path.slice(0, -1))}`;
}

function at(
  file: YamlFile,
  path: KeyPath,
  isKey: boolean,
  about: { code: string; message: string; fix?: string },
): Diagnostic {
  return diagnosticAt(file.source, isKey ? file.keySpan(path) : file.valueSpan(path), about);
}

function tagsOf(schema: Schema): string[] {
  return (schema.oneOf ?? []).map((member) => member.properties?.type?.const ?? '');
}

/** A JSON pointer as keys; indices become numbers where the value is a list. */
function keyPathOf(pointer: string, value: unknown): (string | number)[] {
  if (pointer === '') return [];
  let here = value;
  return pointer
    .slice(1)
    .split('/')
    .map((part) => {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(here) ? Number(key) : key;
      here = (here as Record<string | number, unknown> | undefined)?.[step];
      return step;
    });
}

function show(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = JSON.stringify(value);
  return `${typeof value === 'string' ? 'the text' : `the ${typeof value}`} ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`;
}

function article(type: string): string {
  return (
    {
      object: 'a map',
      array: 'a list',
      string: 'a text',
      integer: 'a whole number',
      number: 'a number',
      boolean: 'true or false',
    }[type] ?? type
  );
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
