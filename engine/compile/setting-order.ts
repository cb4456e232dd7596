/** In which order are settings resolved, when the default of one may use others? */
import type { SettingDefinition } from '../definition/schema/connector.ts';
import { compileExpression } from '../map/expression.ts';
import { splitTemplate } from './template.ts';

/** Names of the settings, each after those that its default uses; or a chain of names that ends where it begins. */
export function settingOrder(
  settings: Readonly<Record<string, SettingDefinition>>,
): { order: string[] } | { cycle: string[] } {
  const order: string[] = [];
  /** Resolves a setting that is asked for by those before it; gives the cycle where there is one. */
  const visit = (name: string, before: readonly string[]): string[] | undefined => {
    if (before.includes(name)) return [...before.slice(before.indexOf(name)), name];
    if (order.includes(name)) return undefined;
    for (const used of usedBy(settings[name]?.default)) {
      const cycle = Object.hasOwn(settings, used) ? visit(used, [...before, name]) : undefined;
      if (cycle) return cycle;
    }
    order.push(name);
    return undefined;
  };
  for (const name of Object.keys(settings)) {
    const cycle = visit(name, []);
    if (cycle) return { cycle };
  }
  return { order };
}

/** Names of the settings that a default uses. */
function usedBy(text: unknown): string[] {
  const split = typeof text === 'string' ? splitTemplate(text) : { parts: [] };
  if (!('parts' in split)) return [];
  return split.parts.flatMap((part) => {
    const compiled = 'expression' in part ? compileExpression(part.expression) : undefined;
    if (!compiled || !('expression' in compiled)) return [];
    return compiled.expression.paths.flatMap(({ steps: [root, name] }) =>
      root === 'settings' && name !== undefined ? [name] : [],
    );
  });
}
