/** Reads a YAML file against a schema: the value, or everything that is wrong with it and where. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { SourceText } from '../definition/source.ts';
import { YamlFile } from '../definition/yaml-file.ts';
import { type Diagnostic, diagnosticAt } from '../report/diagnostic.ts';
import { didYouMean } from '../report/suggest.ts';
import type { JsonSchema, Path } from './generate/kind.ts';

/** The schema is ours and tested: not checking it, nor optimising code that runs once, saves most of the start. */
const QUICK_START = { meta: false, validateSchema: false, code: { optimize: false } } as const;

/** A simulator names its rows and columns again and again. */
const ALIASES_MAX = 100;
/** Nobody mends more at once, and for each the place in the file is looked for. */
const DEVIATIONS_MAX = 100;

export interface YamlRead<T> {
  /** Present when there are no diagnostics. */
  value?: T;
  diagnostics: Diagnostic[];
  /** A diagnostic at a path of the file. */
  at(path: Path, code: string, message: string, fix?: string): Diagnostic;
}

/** Compiles a schema once, for `readYaml`. */
export function compileSchema(schema: JsonSchema): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, discriminator: true, verbose: true, strict: false, ...QUICK_START });
  return ajv.compile(schema);
}

export function readYaml<T>(source: SourceText, validate: ValidateFunction): YamlRead<T> {
  const file = new YamlFile(source, ALIASES_MAX);
  const at: YamlRead<T>['at'] = (path, code, message, fix) =>
    diagnosticAt(source, file.keySpan(path), { code, message, ...(fix ? { fix } : {}) });
  if (file.diagnostics.length > 0) return { diagnostics: file.diagnostics, at };
  if (validate(file.value)) return { value: file.value as T, diagnostics: [], at };
  const diagnostics = (validate.errors ?? [])
    .filter(({ keyword }) => keyword !== 'if')
    .slice(0, DEVIATIONS_MAX)
    .map((error) => at(...describe(error)));
  return { diagnostics, at };
}

function describe(error: ErrorObject): [Path, string, string, (string | undefined)?] {
  const path = pointer(error.instancePath);
  const { parentSchema = {}, params } = error;
  if (error.keyword === 'additionalProperties') {
    const key = String(params.additionalProperty);
    const known = Object.keys((parentSchema.properties ?? {}) as object);
    const expected = known.map((name) => `\`${name}\``).join(', ');
    return [
      [...path, key],
      'def-unknown-key',
      `unknown key \`${key}\`, expected ${expected}`,
      didYouMean(key, known),
    ];
  }
  if (error.keyword === 'required') {
    return [path, 'def-missing-key', `the key \`${params.missingProperty}\` is missing`];
  }
  if (error.keyword === 'discriminator') {
    const kinds = ((parentSchema.oneOf ?? []) as { properties: { type: { const: string } } }[]).map(
      ({ properties }) => properties.type.const,
    );
    if (params.tagValue === undefined) return [path, 'def-missing-key', 'the key `type` is missing'];
    const kind = String(params.tagValue);
    const message = `\`type\` is \`${kind}\`, expected ${kinds.map((name) => `\`${name}\``).join(', ')}`;
    return [[...path, 'type'], 'def-unknown-kind', message, didYouMean(kind, kinds)];
  }
  const expected = error.keyword === 'enum' ? `one of ${params.allowedValues.join(', ')}` : error.message;
  const observed = JSON.stringify(error.data)?.slice(0, 80);
  return [
    path,
    'def-wrong-value',
    `observed ${observed}, which ${expected ?? 'does not fit'}`.replace('which one', 'expected one'),
  ];
}

function pointer(text: string): Path {
  if (text === '') return [];
  return text
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
