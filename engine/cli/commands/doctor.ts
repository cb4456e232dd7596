/** `tributary doctor CONNECTOR`: the "test connection" button. */
import { loadConnector } from '../../compile/load.ts';
import { streamNamed } from '../../compile/stream-named.ts';
import { nodeFiles } from '../../files.ts';
import { type Check, diagnose } from '../../run/diagnose.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { type GivenOptions, givenBy } from '../given.ts';
import { paintOut as paint, print } from '../terminal.ts';
import { worldOf } from '../world.ts';

export default async function doctorCommand(
  name: string,
  options: GivenOptions & { json?: boolean },
): Promise<number> {
  const connector = await loadConnector(name);
  const given = await givenBy(connector.name, options, nodeFiles);
  const all = Object.values(connector.streams).filter(({ isOnRequest }) => !isOnRequest);
  const streams = given.streams?.map((stream) => streamNamed(connector, stream)) ?? all;
  const env = await worldOf(connector, given);
  try {
    const checks = await diagnose(streams, { ...given, connector, env });
    if (options.json) await print(JSON.stringify({ version: 1, connector: connector.name, checks }, null, 2));
    else for (const check of checks) await print(checkText(check));
    return Math.max(EXIT.ok, ...checks.map(({ problem }) => (problem ? exitCodeOf(problem.kind) : EXIT.ok)));
  } finally {
    await env.network.close();
  }
}

function checkText({ what, problem, empties, goesOn, detail }: Check): string {
  if (!problem) return `${paint.green('ok  ')} ${what}${detail ? paint.dim(`  ${detail}`) : ''}`;
  const lines = [`${paint.red('fail')} ${what}: ${problem.message}`];
  if (empties.length > 0)
    lines.push(
      `     = effect: ${empties.length === 1 ? 'the stream' : 'the streams'} ${empties.join(', ')} will be empty`,
    );
  for (const sentence of goesOn) lines.push(`     = effect: ${sentence}`);
  if (problem.fix) lines.push(`     = fix: ${problem.fix}`);
  return lines.join('\n');
}
