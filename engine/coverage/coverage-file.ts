/** What did the author write down about what a stream leaves out? */
import { join } from 'node:path';
import type { Connector, Stream } from '../compile/connector.ts';
import { checkShape } from '../definition/check-shape.ts';
import { shownPath } from '../definition/find.ts';
import { type CoverageDefinition, coverageSchema } from '../definition/schema/coverage.ts';
import { SourceText } from '../definition/source.ts';
import { YamlFile } from '../definition/yaml-file.ts';
import type { Files } from '../files.ts';
import { type Diagnostic, hasErrors } from '../report/diagnostic.ts';

export interface CoverageFile {
  /** As people read it, whether it is there or not. */
  path: string;
  /** Undefined where there is none. */
  yaml?: YamlFile;
  /** Reasons by path. */
  attributes: Readonly<Record<string, string>>;
  fields: Readonly<Record<string, string>>;
  /** What is wrong with its shape; then nothing of it counts. */
  diagnostics: Diagnostic[];
}

/** Reads `coverage/STREAM.yaml` of the connector's folder. */
export async function readCoverageFile(
  connector: Connector,
  stream: Stream,
  files: Files,
): Promise<CoverageFile> {
  const path = join(connector.folder, 'coverage', `${stream.name}.yaml`);
  const none = { path: shownPath(path), attributes: {}, fields: {}, diagnostics: [] };
  if ((await files.kind(path)) !== 'file') return none;
  const yaml = new YamlFile(new SourceText(shownPath(path), await files.readText(path)));
  const diagnostics =
    yaml.diagnostics.length > 0 || yaml.value === null ? yaml.diagnostics : checkShape(yaml, coverageSchema);
  if (hasErrors(diagnostics)) return { ...none, yaml, diagnostics };
  const { attributes = {}, fields = {} } = (yaml.value ?? {}) as CoverageDefinition;
  return { path: shownPath(path), yaml, attributes, fields, diagnostics };
}
