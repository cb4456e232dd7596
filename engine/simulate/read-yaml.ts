/** Reads a YAML file against a schema: the value, or everything that is wrong with it and where. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { type Document, isMap, isScalar, parseDocument } from 'yaml';
import type { SourceText, Span } from '../definition/source.ts';
import { DEFINITION_BYTES_MAX } from '../limits.ts';
import { type Diagnostic, diagnosticAt } from '../report/diagnostic.ts';
import { didYouMean } from '../report/suggest.ts';
import type { JsonSchema, Path } from './generate/kind.ts';

/** The schema is ours and tested: not checking it, nor optimising code that runs once, saves most of the start. */
const QUICK_START = { meta: false, validateSchema: false, code: { optimize: false } } as const;

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
  if (Buffer.byteLength(source.text) > DEFINITION_BYTES_MAX) {
    const message = `the file is larger than ${DEFINITION_BYTES_MAX} bytes`;
    const tooLarge = diagnosticAt(source, { start: 0, end: 0 }, { code: 'yaml-too-large', message });
    return { diagnostics: [tooLarge], at: () => tooLarge };
  }
  const document = parseDocument(source.text, { prettyErrors: false });
  const at: YamlRead<T>['at'] = (path, code, message, fix) =>
    diagnosticAt(source, spanOf(document, path), { code, message, ...(fix ? { fix } : {}) });
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    const diagnostics = problems.map(({ pos: [start, end], message }) =>
      diagnosticAt(source, { start, end }, { code: 'yaml-syntax', message }),
    );
    return { diagnostics, at };
  }
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (validate(value)) return { value: value as T, diagnostics: [], at };
  const diagnostics = (validate.errors ?? [])
    .filter(({ keyword }) => keyword !== 'if')
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

/** The key at a path where the last step is one of a map, else the node; the nearest one above where there is none. */
function spanOf(document: Document, path: Path): Span {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(last));
      if (pair && isScalar(pair.key) && pair.key.range) {
        return { start: pair.key.range[0], end: pair.key.range[1] };
      }
    }
    const node = document.getIn(path.slice(0, length), true) as
      | { range?: [number, number, number] }
      | undefined;
    if (node?.range) return { start: node.range[0], end: node.range[1] };
  }
  return { start: 0, end: 0 };
}
