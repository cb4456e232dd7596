/** Do the settings of a connector make sense: their defaults, their values, what they need of each other? */
import type { ConnectorDefinition, SettingDefinition } from '../definition/schema/connector.ts';
import type { KeyPath, YamlFile } from '../definition/yaml-file.ts';
import { type Diagnostic, diagnosticAt } from '../report/diagnostic.ts';
import { settingOrder } from './setting-order.ts';
import { settingValue } from './setting-value.ts';

export function checkSettings(file: YamlFile, definition: ConnectorDefinition): Diagnostic[] {
  const settings = definition.settings ?? {};
  const diagnostics = Object.entries(settings).flatMap(([name, setting]) =>
    checkSetting(file, name, setting),
  );
  const resolved = settingOrder(settings);
  if ('cycle' in resolved) {
    const { cycle } = resolved;
    diagnostics.push(
      problem(file, ['settings', cycle[0] ?? '', 'default'], {
        code: 'def-setting-cycle',
        message: `defaults need each other: ${cycle.map((name) => `\`${name}\``).join(' needs ')}`,
        fix: 'give one of them a default of its own',
      }),
    );
  }
  return diagnostics;
}

function checkSetting(file: YamlFile, name: string, setting: SettingDefinition): Diagnostic[] {
  const path = ['settings', name];
  if (setting.secret) {
    return (['default', 'examples', 'enum', 'identity'] as const)
      .filter((key) => setting[key] !== undefined && setting[key] !== false)
      .map((key) =>
        problem(file, [...path, key], {
          code: 'def-secret-open',
          message: `\`${name}\` is a secret and has \`${key}\`, which would show or compare its value`,
          fix: `remove \`${key}\``,
        }),
      );
  }
  const values: { at: KeyPath; of: string; value: unknown }[] = [
    ...(setting.enum ?? []).map((value, index) => ({ at: [...path, 'enum', index], of: 'a value', value })),
    ...(setting.examples ?? []).map((value, index) => ({
      at: [...path, 'examples', index],
      of: 'an example',
      value,
    })),
  ];
  const { default: value } = setting;
  // What an expression gives is known only when the operator has given the rest.
  if (value !== undefined && !(typeof value === 'string' && value.includes('${')))
    values.push({ at: [...path, 'default'], of: 'the default', value });
  return values.flatMap(({ at, of, value: checked }) => {
    const found = settingValue(setting, checked);
    if ('value' in found && found.value === checked) return [];
    const expected = 'expected' in found ? found.expected : `a ${typeof found.value}`;
    return [
      problem(file, at, {
        code: 'def-setting-value',
        message: `${of} of \`${name}\` is \`${JSON.stringify(checked)}\`, expected ${expected}`,
        fix: 'correct the value, or the `type`, `format` and limits of the setting',
      }),
    ];
  });
}

function problem(
  file: YamlFile,
  path: KeyPath,
  about: { code: string; message: string; fix: string },
): Diagnostic {
  return diagnosticAt(file.source, file.valueSpan(path), about);
}
