/** Dotted paths into records, as they stand in a definition: names with dots between them. */
import type { Span } from '../definition/source.ts';
import type { YamlFile } from '../definition/yaml-file.ts';
import { type Diagnostic, diagnosticAt } from '../report/diagnostic.ts';

const PATH = /^[A-Za-z_@$][\w@$-]*(\.[A-Za-z_@$][\w@$-]*)*$/;

export function isPath(text: string): boolean {
  return PATH.test(text);
}

export function notAPath(file: YamlFile, span: Span, text: string): Diagnostic {
  return diagnosticAt(file.source, span, {
    code: 'def-path',
    message: `\`${text}\` is not a path`,
    fix: 'write field names with dots between them, such as `data.items`',
  });
}
