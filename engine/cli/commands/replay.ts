/** `tributary replay CONNECTOR`: dead letters once more, after what stood in their way was mended. */
import { relative } from 'node:path';
import { loadConnector } from '../../compile/load.ts';
import { streamNamed } from '../../compile/stream-named.ts';
import { nodeFiles } from '../../files.ts';
import { type ReplayReport, replay, type Unreadable } from '../../replay.ts';
import type { Diagnostic } from '../../report/diagnostic.ts';
import { DEAD_LETTER_STAGES } from '../../write/dead-letters.ts';
import { badOption } from '../bad-option.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { type GivenOptions, givenBy } from '../given.ts';
import { isolatedIf } from '../isolation.ts';
import { Progress } from '../progress.ts';
import { replayText } from '../replay-text.ts';
import { stopOnSignals } from '../stop-on-signals.ts';
import { paintErr, pictures, print, say } from '../terminal.ts';
import { worldOf } from '../world.ts';

export interface ReplayCommandOptions extends GivenOptions {
  as?: string;
  isolate?: boolean;
  code?: string[];
  stage?: string[];
  rateLimit: string;
  json?: boolean;
}

export default async function replayCommand(name: string, options: ReplayCommandOptions): Promise<number> {
  for (const stage of options.stage ?? [])
    if (!DEAD_LETTER_STAGES.includes(stage as never))
      throw badOption('--stage', stage, `one of ${DEAD_LETTER_STAGES.join(', ')}`);
  if (options.rateLimit !== 'on' && options.rateLimit !== 'off')
    throw badOption('--rate-limit', options.rateLimit, '`on` or `off`');
  const connector = await loadConnector(name, options.stream ? { streams: options.stream } : {});
  const { streams, ...given } = await givenBy(connector.name, options, nodeFiles);
  // Those of the configuration file are what a run collects; letters may be of any.
  for (const stream of options.stream ?? []) streamNamed(connector, stream);
  const env = await worldOf(connector, given);
  const progress = await Progress.start(env.clock);
  const stopping = stopOnSignals();
  const isolated = await isolatedIf(options.isolate, connector);
  try {
    const report = await replay(isolated.connector, {
      env,
      ...given,
      ...(options.stream && { streams: options.stream }),
      ...(options.as !== undefined && { as: options.as }),
      rateLimitOff: options.rateLimit === 'off',
      output: process.stdout,
      stop: stopping.signal,
      onTransition: (transition, context, counters) => progress.show(transition, context, counters),
      replay: {
        ...(options.code && { codes: options.code }),
        ...(options.stage && { stages: options.stage }),
      },
    });
    progress.close();
    if (options.json) {
      const text = JSON.stringify({ version: 1, connector: connector.name, ...report });
      if (given.to.includes('-')) say(text);
      else await print(text);
    } else {
      say(replayText(connector, report, paintErr));
      if (report.unreadable.length > 0) say(`\n${pictures(report.unreadable.map(asDiagnostic), paintErr)}`);
    }
    return exitCodeOfReplay(report);
  } finally {
    progress.close();
    stopping.release();
    isolated.close();
    await env.network.close();
  }
}

/** Letters that failed again and lines that cannot be read are data that somebody has to look at. */
function exitCodeOfReplay({ lanes, unreadable }: ReplayReport): number {
  const codes = lanes.map(({ end, problem, dead }) => {
    if (problem) return exitCodeOf(problem.kind);
    if (end === 'stopped') return EXIT.interrupted;
    return dead > 0 ? EXIT.data : EXIT.ok;
  });
  return Math.max(EXIT.ok, unreadable.length > 0 ? EXIT.data : EXIT.ok, ...codes);
}

function asDiagnostic({ file, line, problem }: Unreadable): Diagnostic {
  const at = { line: Math.max(line, 1), column: 1, offset: 0 };
  return {
    code: 'dead-letter-unreadable',
    level: 'error',
    message: `${line === 0 ? 'the file' : `line ${line}`} ${problem}`,
    at: { file: relative(process.cwd(), file), start: at, end: at },
    fix: 'look at who wrote it, then take it out of there: it was left as it is, and the letters around it were read',
  };
}
