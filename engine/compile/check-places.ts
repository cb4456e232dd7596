/** Do the references and expressions of a connector file name things that exist? */
import type { ConnectorDefinition } from '../definition/schema/connector.ts';
import { connectorSchema } from '../definition/schema/connector.ts';
import type { YamlFile } from '../definition/yaml-file.ts';
import { checkExpression } from '../map/check-mapping.ts';
import { compileExpression } from '../map/expression.ts';
import { type Diagnostic, diagnosticAt } from '../report/diagnostic.ts';
import { didYouMean } from '../report/suggest.ts';
import { type PlaceInFile, placesOf } from './places.ts';
import { isPath, notAPath } from './record-path.ts';
import { splitTemplate } from './template.ts';

/** Diagnostics of every reference, path, template and expression in the file. */
export function checkPlaces(file: YamlFile, definition: ConnectorDefinition): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const place of placesOf(connectorSchema, file.value)) {
    const { schema, value } = place;
    if (typeof value !== 'string') continue;
    if (schema['x-reference']) diagnostics.push(...checkReference(file, definition, place));
    if (schema['x-path'] && !isPath(value))
      diagnostics.push(notAPath(file, file.valueSpan(place.path), value));
    if (schema['x-expression']) {
      diagnostics.push(...checkOne(file, definition, place, value, 0, schema['x-expression']));
    }
    if (schema['x-template']) diagnostics.push(...checkTemplate(file, definition, place, value));
  }
  return diagnostics;
}

function checkReference(file: YamlFile, definition: ConnectorDefinition, place: PlaceInFile): Diagnostic[] {
  const section = place.schema['x-reference'] as NonNullable<(typeof place.schema)['x-reference']>;
  const names = Object.keys(definition[section] ?? {});
  const name = String(place.value);
  if (names.includes(name)) return [];
  return [
    diagnosticAt(file.source, file.valueSpan(place.path), {
      code: 'def-unknown-reference',
      message: `\`${section}\` has no \`${name}\``,
      fix:
        didYouMean(name, names) ??
        (names.length > 0 ? `use one of ${names.join(', ')}` : `add it under \`${section}\``),
    }),
  ];
}

function checkTemplate(
  file: YamlFile,
  definition: ConnectorDefinition,
  place: PlaceInFile,
  text: string,
): Diagnostic[] {
  const split = splitTemplate(text);
  if ('unclosedAt' in split) {
    const start = split.unclosedAt;
    return [
      diagnosticAt(file.source, file.innerSpan(place.path, { start, end: start + 2 }), {
        code: 'expr-syntax',
        message: '`${` is not closed',
        fix: 'close the expression with `}`',
      }),
    ];
  }
  return split.parts.flatMap((part) =>
    'text' in part
      ? []
      : checkOne(file, definition, place, part.expression, part.start, place.schema['x-template'] ?? []),
  );
}

function checkOne(
  file: YamlFile,
  definition: ConnectorDefinition,
  place: PlaceInFile,
  text: string,
  offset: number,
  sees: readonly string[],
): Diagnostic[] {
  const at = (start: number, end: number) =>
    file.innerSpan(place.path, { start: offset + start, end: offset + Math.max(end, start + 1) });
  const compiled = compileExpression(text);
  if (!('expression' in compiled)) {
    const { problem } = compiled;
    return [
      diagnosticAt(file.source, at(problem.start, problem.end), {
        code: 'expr-syntax',
        message: problem.message,
        fix: problem.fix ?? `here an expression sees ${sees.map((name) => `\`${name}\``).join(', ')}`,
      }),
    ];
  }
  const problems = checkExpression(compiled.expression, { sees: [...sees] });
  const diagnostics = problems.map((problem) =>
    diagnosticAt(file.source, at(problem.start, problem.end), {
      code: problem.code,
      message: problem.message,
      ...(problem.fix !== undefined && { fix: problem.fix }),
    }),
  );
  return [...diagnostics, ...checkSettingsUsed(file, definition, place, compiled.expression.paths, at)];
}

/** Settings that an expression names must be declared, and secret ones may be named in places made for secrets only. */
function checkSettingsUsed(
  file: YamlFile,
  definition: ConnectorDefinition,
  place: PlaceInFile,
  paths: readonly { steps: readonly string[]; start: number; end: number }[],
  at: (start: number, end: number) => { start: number; end: number },
): Diagnostic[] {
  const settings = definition.settings ?? {};
  const diagnostics: Diagnostic[] = [];
  for (const { steps, start, end } of paths) {
    const name = steps[1];
    if (steps[0] !== 'settings' || name === undefined) continue;
    const setting = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (!setting) {
      diagnostics.push(
        diagnosticAt(file.source, at(start, end), {
          code: 'def-unknown-setting',
          message: `there is no setting \`${name}\``,
          fix: didYouMean(name, Object.keys(settings)) ?? 'add it under `settings`',
        }),
      );
    } else if (setting.secret && !place.schema['x-secret']) {
      diagnostics.push(
        diagnosticAt(file.source, at(start, end), {
          code: 'def-secret-place',
          message: `\`settings.${name}\` is a secret and this place is not made for secrets`,
          fix: 'use it in an entry of `auth` only',
        }),
      );
    }
  }
  return diagnostics;
}
