/** `tributary run CONNECTOR`: the real thing. */
import { loadConnector } from '../../compile/load.ts';
import { streamNamed } from '../../compile/stream-named.ts';
import { nodeFiles } from '../../files.ts';
import { run } from '../../pipeline.ts';
import type { LaneSummary } from '../../run/summary.ts';
import { openTrace } from '../../run/trace.ts';
import { badOption } from '../bad-option.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { type GivenOptions, givenBy } from '../given.ts';
import { isolatedIf } from '../isolation.ts';
import { releaseOptimiser } from '../optimiser.ts';
import { Progress } from '../progress.ts';
import { garbageCollector } from '../steady-memory.ts';
import { stopOnSignals } from '../stop-on-signals.ts';
import { summaryText } from '../summary-text.ts';
import { paintErr, print, say } from '../terminal.ts';
import { worldOf } from '../world.ts';

export interface RunOptions extends GivenOptions {
  as?: string;
  full?: boolean;
  acceptRollback?: boolean;
  isolate?: boolean;
  trace?: string;
  rateLimit: string;
  skipPoison?: boolean;
  maxRejected: string;
  json?: boolean;
}

export default async function runCommand(name: string, options: RunOptions): Promise<number> {
  const maxRejected = shareOption(options.maxRejected);
  if (options.rateLimit !== 'on' && options.rateLimit !== 'off')
    throw badOption('--rate-limit', options.rateLimit, '`on` or `off`');
  const connector = await loadConnector(name, options.stream ? { streams: options.stream } : {});
  const given = await givenBy(connector.name, options, nodeFiles);
  for (const stream of given.streams ?? []) streamNamed(connector, stream);
  const env = await worldOf(connector, given);
  const trace = options.trace === undefined ? undefined : await openTrace(options.trace, env.files);
  const progress = await Progress.start(env.clock);
  const collectGarbage = garbageCollector();
  const stopping = stopOnSignals();
  releaseOptimiser();
  const isolated = await isolatedIf(options.isolate, connector);
  try {
    const summaries = await run(isolated.connector, {
      env,
      ...given,
      ...(options.as !== undefined && { as: options.as }),
      full: options.full ?? false,
      acceptRollback: options.acceptRollback ?? false,
      rateLimitOff: options.rateLimit === 'off',
      skipPoison: options.skipPoison ?? false,
      output: process.stdout,
      stop: stopping.signal,
      onTransition: (transition, context, counters) => {
        trace?.write(transition);
        progress.show(transition, context, counters);
        collectGarbage(transition);
      },
    });
    progress.close();
    if (options.json) {
      const text = JSON.stringify({ version: 1, connector: connector.name, lanes: summaries });
      if (given.to.includes('-')) say(text);
      else await print(text);
    } else say(summaryText(connector, summaries, given, paintErr));
    return exitCodeOfRun(summaries, maxRejected);
  } finally {
    progress.close();
    stopping.release();
    isolated.close();
    await trace?.close();
    await env.network.close();
  }
}

/** The gravest outcome of the lanes. */
function exitCodeOfRun(summaries: readonly LaneSummary[], maxRejected: number): number {
  const codes = summaries.map(({ end, problem, dead, records }) => {
    if (end === 'replaced') return EXIT.ok;
    if (problem) return exitCodeOf(problem.kind);
    if (end === 'stopped') return EXIT.interrupted;
    return dead > records * maxRejected ? EXIT.data : EXIT.ok;
  });
  return Math.max(EXIT.ok, ...codes);
}

function shareOption(text: string): number {
  const share = Number(text);
  if (share >= 0 && share <= 1) return share;
  throw badOption('--max-rejected', text, 'a share between 0 and 1');
}
