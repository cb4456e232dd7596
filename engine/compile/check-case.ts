/** Does a `case.yaml` name a mapping and settings that its connector has? */
import type { CaseDefinition } from '../definition/schema/case.ts';
import type { YamlFile } from '../definition/yaml-file.ts';
import { type Diagnostic, diagnosticAt } from '../report/diagnostic.ts';
import { didYouMean } from '../report/suggest.ts';
import type { Connector, Stream } from './connector.ts';
import { settingExample, settingValue } from './setting-value.ts';

export function checkCase(
  file: YamlFile,
  definition: CaseDefinition,
  stream: Stream,
  connector: Connector,
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const mappings = Object.keys(stream.definition.mappings);
  const { as } = definition;
  if (as !== undefined && !mappings.includes(as)) {
    diagnostics.push(
      diagnosticAt(file.source, file.valueSpan(['as']), {
        code: 'case-unknown-mapping',
        message: `the stream \`${stream.name}\` has no mapping \`${as}\``,
        fix: didYouMean(as, mappings) ?? `use one of ${mappings.join(', ')}`,
      }),
    );
  }
  for (const [name, value] of Object.entries(definition.settings ?? {}))
    diagnostics.push(...checkSetting(file, name, value, connector));
  return diagnostics;
}

function checkSetting(file: YamlFile, name: string, given: unknown, connector: Connector): Diagnostic[] {
  const names = Object.keys(connector.settings);
  const setting = names.includes(name) ? connector.settings[name] : undefined;
  if (!setting || setting.secret) {
    return [
      diagnosticAt(file.source, file.keySpan(['settings', name]), {
        code: 'case-unknown-setting',
        message: setting ? `\`${name}\` is a secret, cases need none` : `there is no setting \`${name}\``,
        fix: setting ? 'remove it' : (didYouMean(name, names) ?? `use one of ${names.join(', ')}`),
      }),
    ];
  }
  const found = settingValue(setting, given);
  if ('value' in found && found.value === given) return [];
  const expected = 'expected' in found ? found.expected : `a ${typeof found.value}`;
  return [
    diagnosticAt(file.source, file.valueSpan(['settings', name]), {
      code: 'case-setting',
      message: `the setting \`${name}\` is \`${JSON.stringify(given)}\`, expected ${expected}`,
      fix: `write it as in \`${name}: ${settingExample(setting)}\``,
    }),
  ];
}
