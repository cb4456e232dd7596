/** The expressions of the JSONata conformance cases, read in place. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const SUITE = '../shared/reference/jsonata-suite';

/** Whether the cases can be read. In CI they must be. */
export const hasConformanceCases = existsSync(SUITE) || process.env.CI !== undefined;

export interface ConformanceCase {
  /** Folder and file. */
  name: string;
  expression: string;
  /** Undefined where the case gives no input. */
  input: unknown;
  bindings: Record<string, unknown>;
}

export function conformanceCases(): ConformanceCase[] {
  const cases: ConformanceCase[] = [];
  const datasets = new Map<string, string>();
  const dataset = (name: string) => {
    if (!datasets.has(name)) datasets.set(name, readFileSync(`${SUITE}/datasets/${name}.json`, 'utf8'));
    return JSON.parse(datasets.get(name) ?? 'null');
  };
  for (const group of readdirSync(`${SUITE}/groups`)) {
    for (const file of readdirSync(`${SUITE}/groups/${group}`).filter((name) => name.endsWith('.json'))) {
      const folder = `${SUITE}/groups/${group}`;
      for (const entry of [JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'))].flat()) {
        const expression = entry.expr ?? readFileSync(`${folder}/${entry['expr-file']}`, 'utf8');
        const input = typeof entry.dataset === 'string' ? dataset(entry.dataset) : entry.data;
        cases.push({ name: `${group}/${file}`, expression, input, bindings: entry.bindings ?? {} });
      }
    }
  }
  return cases;
}
