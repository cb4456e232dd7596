import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileJsonata } from '../../../engine/map/compiler/compile.ts';

const SUITE = '../shared/reference/jsonata-suite';
const isThere = existsSync(SUITE) || process.env.CI !== undefined;

/** The cases that this many at least must be: fewer means that they were not read. */
const CASES_MIN = 1100;
const TIMEOUT_MS = 10_000;
const STACK = 1500;

interface Case {
  name: string;
  expr: string;
  input: unknown;
  bindings: Record<string, unknown>;
  timelimit?: number;
  depth?: number;
  unordered?: boolean;
  /** As `describeOutcome` writes it. */
  expected: string[];
}

describe.skipIf(!isThere)(
  'compileJsonata on the JSONata conformance cases (skipped where ../shared is not there)',
  () => {
    const cases = isThere ? readCases() : [];

    it('reads them all', () => {
      expect(cases.length).toBeGreaterThan(CASES_MIN);
    });

    it.each(groupsOf(cases))('gives the results and error codes of %s', async (_group, members) => {
      for (const each of members) {
        for (const isSync of [true, false]) {
          const outcome = await outcomeOf(each, isSync);
          expect(
            each.expected,
            `${each.name}, ${isSync ? 'evaluateSync' : 'evaluate'}: ${each.expr}`,
          ).toContain(outcome);
        }
      }
    });
  },
);

async function outcomeOf(each: Case, isSync: boolean): Promise<string> {
  const input = structuredClone(each.input);
  try {
    const { timelimit: timeout = TIMEOUT_MS, depth: stack = STACK } = each;
    const compiled = compileJsonata(each.expr, { timeout, stack, sequence: 1e7 });
    const result = isSync
      ? compiled.evaluateSync(input, each.bindings)
      : await compiled.evaluate(input, each.bindings);
    return textOf(result, each.unordered);
  } catch (thrown) {
    const { code, token } = thrown as { code?: string; token?: string };
    return each.expected.some((text) => text.includes(' at ')) ? `${code} at ${token}` : String(code);
  }
}

/** JSON with sorted keys, as the cases are compared; their order is compared with the package's elsewhere. */
function textOf(value: unknown, isUnordered = false): string {
  if (value === undefined) return 'nothing';
  const list = isUnordered && Array.isArray(value) ? value.map((item) => textOf(item)).sort() : value;
  return JSON.stringify(list, (_key, each) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(
          Object.keys(each)
            .sort()
            .map((key) => [key, each[key]]),
        )
      : each,
  );
}

function expectedOf(entry: Record<string, unknown>): string[] {
  const code = (entry.code ?? (entry.error as { code?: string } | undefined)?.code) as string | undefined;
  // The reference's own harness ends endless cases from outside, with a code of its own.
  if (code === 'U1001') return ['D1011', 'D1012'];
  if (code !== undefined) return [entry.token === undefined ? code : `${code} at ${entry.token}`];
  return [entry.undefinedResult ? 'nothing' : textOf(entry.result, Boolean(entry.unordered))];
}

function readCases(): Case[] {
  const cases: Case[] = [];
  const dataset = (name: string) => JSON.parse(readFileSync(`${SUITE}/datasets/${name}.json`, 'utf8'));
  for (const group of readdirSync(`${SUITE}/groups`)) {
    const folder = `${SUITE}/groups/${group}`;
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
      for (const entry of [JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'))].flat()) {
        cases.push({
          ...entry,
          name: `${group}/${file}`,
          expr: entry.expr ?? readFileSync(`${folder}/${entry['expr-file']}`, 'utf8'),
          input: typeof entry.dataset === 'string' ? dataset(entry.dataset) : entry.data,
          bindings: entry.bindings ?? {},
          expected: expectedOf(entry),
        });
      }
    }
  }
  return cases;
}

function groupsOf(cases: Case[]): [string, Case[]][] {
  const groups = new Map<string, Case[]>();
  for (const each of cases) {
    const group = each.name.split('/')[0] as string;
    groups.set(group, [...(groups.get(group) ?? []), each]);
  }
  return [...groups];
}
