/** Are the origins that files may come from written as origins? */
import type { ConnectorDefinition } from '../definition/schema/connector.ts';
import type { YamlFile } from '../definition/yaml-file.ts';
import { OriginPattern } from '../http/origin-pattern.ts';
import { type Diagnostic, diagnosticAt } from '../report/diagnostic.ts';

/** Diagnostics of the `origins` of export files; one that settings are part of is known when it is configured. */
export function checkOrigins(file: YamlFile, definition: ConnectorDefinition): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const [name, { pagination }] of Object.entries(definition.endpoints)) {
    if (pagination?.type !== 'export_files') continue;
    for (const [index, text] of pagination.origins.entries()) {
      if (text.includes('${') || OriginPattern.of(text)) continue;
      const span = file.valueSpan(['endpoints', name, 'pagination', 'origins', index]);
      diagnostics.push(
        diagnosticAt(file.source, span, {
          code: 'def-file-origin',
          message: `\`${text}\` is no origin that files may come from`,
          fix: 'write `https://` and a host, or `https://*.` and the last labels of a host, at least two, with nothing behind it',
        }),
      );
    }
  }
  return diagnostics;
}
