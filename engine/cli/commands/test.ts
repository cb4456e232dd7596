/** `tributary test [PATH...]`: runs the cases of connectors and compares what comes out. */
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Connector } from '../../compile/connector.ts';
import { DefinitionError } from '../../compile/definition-error.ts';
import { inspectConnector } from '../../compile/load.ts';
import type { Case } from '../../compile/load-cases.ts';
import { streamNamed } from '../../compile/stream-named.ts';
import { connectorNames, shownPath } from '../../definition/find.ts';
import { packageRoot } from '../../definition/package-root.ts';
import { EngineError } from '../../errors.ts';
import { nodeFiles } from '../../files.ts';
import { type Difference, differences } from '../../report/differences.ts';
import { errorAsDiagnostic, shortDiagnostic } from '../../report/format.ts';
import { indentJson } from '../../report/indent-json.ts';
import { caseOptions, dryRun } from '../../run/dry-run.ts';
import { EXIT } from '../exit-codes.ts';
import { paintOut as paint, print, say } from '../terminal.ts';

interface Options {
  update?: boolean;
  review?: boolean;
  json?: boolean;
}

interface Outcome {
  connector: string;
  case: string;
  verdict: 'ok' | 'differs' | 'new' | 'failed';
  differences: Difference[];
  error?: string;
  /** The events as they would be written. */
  lines: string[];
  file: string;
}

export default async function testCommand(paths: string[], options: Options): Promise<number> {
  if ((options.update || options.review) && process.env.CI === 'true') {
    throw new EngineError({
      code: 'usage-option',
      kind: 'usage',
      message: 'expected events are not written in CI',
      fix: 'run it by hand',
    });
  }
  const outcomes: Outcome[] = [];
  for (const name of paths.length > 0 ? paths : await defaultNames())
    outcomes.push(...(await outcomesOf(name)));
  if (outcomes.length === 0) say('there are no cases: add a folder under connectors/NAME/cases/STREAM/');
  const open: Outcome[] = [];
  for (const outcome of outcomes) if (!(await settled(outcome, options))) open.push(outcome);
  if (options.json) {
    await print(
      JSON.stringify({ version: 1, cases: outcomes.map(({ lines: _, file: __, ...rest }) => rest) }, null, 2),
    );
  } else {
    await print(`${outcomes.length - open.length} passed, ${open.length} failed`);
    if (open.some(({ verdict }) => verdict !== 'failed'))
      say('tributary test --review shows each difference and asks; --update accepts all');
  }
  return open.length > 0 ? EXIT.findings : EXIT.ok;
}

async function defaultNames(): Promise<string[]> {
  const own = await connectorNames([process.cwd()], nodeFiles);
  return own.length > 0 ? own : connectorNames([packageRoot()], nodeFiles);
}

async function outcomesOf(name: string): Promise<Outcome[]> {
  const { connector, cases = [], diagnostics } = await inspectConnector(name);
  if (!connector) throw new DefinitionError(name, diagnostics);
  const outcomes: Outcome[] = [];
  for (const item of cases) outcomes.push(await outcomeOf(connector, item));
  return outcomes;
}

async function outcomeOf(connector: Connector, item: Case): Promise<Outcome> {
  const about = {
    connector: connector.name,
    case: `${item.stream}/${item.name}`,
    file: join(item.folder, 'expected.json'),
  };
  const lines: string[] = [];
  const stream = streamNamed(connector, item.stream);
  for await (const result of dryRun(connector, stream, item.input, caseOptions(item))) {
    const fault = 'error' in result ? result.error : result.violation;
    if (fault) {
      const error = shortDiagnostic(errorAsDiagnostic(fault));
      return { ...about, verdict: 'failed', differences: [], error, lines };
    }
    if ('lines' in result) lines.push(...result.lines);
  }
  if (item.expected === undefined) return { ...about, verdict: 'new', differences: [], lines };
  const events = lines.map((line) => JSON.parse(line) as unknown);
  const found = differences(item.expected, events);
  return { ...about, verdict: found.length === 0 ? 'ok' : 'differs', differences: found, lines };
}

/** Prints the outcome; true when it is good or was accepted. */
async function settled(outcome: Outcome, options: Options): Promise<boolean> {
  const { verdict, file } = outcome;
  const name = `${outcome.connector} ${outcome.case}`;
  const show = async (sign: string, rest = ''): Promise<void> => {
    if (!options.json) await print(`${sign} ${name}${rest}`);
  };
  if (verdict === 'ok') {
    await show(paint.green('ok  '));
    return true;
  }
  await show(
    paint.red('fail'),
    verdict === 'new' ? `: no ${shownPath(file)} yet` : outcome.error ? `: ${outcome.error}` : '',
  );
  if (!options.json) for (const line of outcome.differences) await print(`       ${differenceText(line)}`);
  if (verdict === 'failed' || !(options.update || (options.review && (await accepts(name))))) return false;
  const { lines } = outcome;
  const text = lines.length === 1 ? (lines[0] ?? '') : `[${lines.join(',')}]`;
  await nodeFiles.replace(file, `${indentJson(text)}\n`);
  await show(paint.green('kept'));
  return true;
}

async function accepts(name: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y/i.test(await asking.question(`accept what ${name} gives now? [y/N] `));
  } finally {
    asking.close();
  }
}

function differenceText({ path, expected, found }: Difference): string {
  if (expected === undefined) return `${paint.green('+')} ${path}  ${JSON.stringify(found)}`;
  if (found === undefined) return `${paint.red('-')} ${path}  ${JSON.stringify(expected)}`;
  return `${paint.yellow('~')} ${path}  ${JSON.stringify(expected)} -> ${JSON.stringify(found)}`;
}
