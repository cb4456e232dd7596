/** Is it accounted for what a stream leaves out: attributes that OCSF wants, and members that the vendor sends? */
import type { Connector, Stream } from '../compile/connector.ts';
import type { Case } from '../compile/load-cases.ts';
import type { Files } from '../files.ts';
import type { Mapping } from '../map/evaluate.ts';
import { type Diagnostic, diagnosticAt } from '../report/diagnostic.ts';
import { didYouMean } from '../report/suggest.ts';
import { ocsf } from '../validate/ocsf/schema.ts';
import { type WantedAttribute, wantedAttributes } from './attributes.ts';
import { type CoverageFile, readCoverageFile } from './coverage-file.ts';
import { type SeenField, seenFields } from './fields.ts';

export interface StreamCoverage {
  stream: string;
  /** Name of the mapping. */
  as: string;
  /** Where reasons are, or belong. */
  file: string;
  attributes: { total: number; filled: number; explained: number; open: string[] };
  /** Of members that are forgotten with all below them only the topmost is in `open`. */
  fields: { total: number; read: number; ignored: number; forgotten: number; open: string[] };
  /** What is wrong with the file: its shape, and entries without a use. */
  problems: Diagnostic[];
}

export async function streamCoverage(
  connector: Connector,
  stream: Stream,
  chosen: { as: string; mapping: Mapping },
  cases: readonly Case[],
  files: Files,
): Promise<StreamCoverage> {
  const file = await readCoverageFile(connector, stream, files);
  const attributes = wantedAttributes(chosen.mapping, stream.eventClasses);
  const fields = await seenFields(connector, stream, chosen, cases);
  return {
    stream: stream.name,
    as: chosen.as,
    file: file.path,
    attributes: sumOfAttributes(attributes, Object.keys(file.attributes)),
    fields: sumOfFields(fields, Object.keys(file.fields)),
    problems: [
      ...file.diagnostics,
      ...needlessAttributes(attributes, file, stream.eventClasses),
      ...needlessFields(fields, file),
    ],
  };
}

/** Whether nothing is open or wrong. */
export function isComplete({ attributes, fields, problems }: StreamCoverage): boolean {
  return attributes.open.length === 0 && fields.open.length === 0 && problems.length === 0;
}

function sumOfAttributes(
  attributes: readonly WantedAttribute[],
  reasons: readonly string[],
): StreamCoverage['attributes'] {
  const missing = attributes.filter(({ isWritten }) => !isWritten);
  const open = missing.filter(({ path }) => !reasons.some((key) => stands(key, path)));
  return {
    total: attributes.length,
    filled: attributes.length - missing.length,
    explained: missing.length - open.length,
    open: open.map(({ path }) => path),
  };
}

function sumOfFields(fields: readonly SeenField[], reasons: readonly string[]): StreamCoverage['fields'] {
  const unread = fields.filter(({ isRead }) => !isRead);
  const forgotten = unread.filter(({ path }) => !reasons.some((key) => isWithin(path, key)));
  const paths = forgotten.map(({ path }) => path);
  return {
    total: fields.length,
    read: fields.length - unread.length,
    ignored: unread.length - forgotten.length,
    forgotten: forgotten.length,
    open: paths.filter((path) => !paths.some((other) => other !== path && isWithin(path, other))),
  };
}

/** Whether a key of the file means the attribute: by its path, or by its end after `*.`. */
function stands(key: string, path: string): boolean {
  return key === path || (key.startsWith('*.') && `.${path}`.endsWith(key.slice(1)));
}

function isWithin(path: string, member: string): boolean {
  return path === member || path.startsWith(`${member}.`);
}

function needlessAttributes(
  attributes: readonly WantedAttribute[],
  file: CoverageFile,
  classNames: readonly string[],
): Diagnostic[] {
  return Object.keys(file.attributes).flatMap((key) => {
    const meant = attributes.filter(({ path }) => stands(key, path));
    if (meant.some(({ isWritten }) => !isWritten)) return [];
    if (meant.length > 0) return needless(file, ['attributes', key], `the mapping writes \`${key}\``);
    const isKnown = classNames.some((name) => ocsf().attributeAt(name, key.split('.')) !== undefined);
    const message = isKnown
      ? `\`${key}\` needs no reason: it is optional, or in an object that the mapping does not construct`
      : `there is no attribute \`${key}\``;
    const open = attributes.flatMap(({ path, isWritten }) => (isWritten ? [] : [path]));
    return needless(file, ['attributes', key], message, isKnown ? undefined : didYouMean(key, open));
  });
}

function needlessFields(fields: readonly SeenField[], file: CoverageFile): Diagnostic[] {
  return Object.keys(file.fields).flatMap((key) => {
    const meant = fields.filter(({ path }) => isWithin(path, key));
    if (meant.some(({ path, isRead }) => path === key && !isRead)) return [];
    if (meant.length > 0)
      return needless(file, ['fields', key], `\`${key}\` is read, or the engine needs it`);
    const unread = fields.flatMap(({ path, isRead }) => (isRead ? [] : [path]));
    const message = `no record of the stream's cases has \`${key}\``;
    return needless(file, ['fields', key], message, didYouMean(key, unread));
  });
}

function needless(
  { yaml }: CoverageFile,
  path: readonly string[],
  message: string,
  fix = 'remove the entry',
): Diagnostic[] {
  return yaml
    ? [diagnosticAt(yaml.source, yaml.keySpan(path), { code: 'coverage-needless', message, fix })]
    : [];
}
