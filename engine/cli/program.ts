/** The command line: what can be asked, with examples. Each command loads only what it needs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { packageRoot } from '../definition/package-root.ts';
import { EngineError } from '../errors.ts';
import { EXIT } from './exit-codes.ts';
import { sayError } from './terminal.ts';

/** Repeatable options collect. */
const collect = (value: string, before: string[] = []): string[] => [...before, value];

const program = new Command('tributary')
  .description('Pulls security data out of vendor APIs and writes it as OCSF.')
  .version(JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')).version)
  .showHelpAfterError('(--help shows what can be asked)')
  .configureHelp({ sortSubcommands: false, helpWidth: 100 })
  .exitOverride();

/** A command whose module is loaded when it is asked for; the module gives the exit code. */
function command(
  usage: string,
  description: string,
  load: () => Promise<{ default: (...args: never[]) => Promise<number> }>,
  examples: string,
  below: Command = program,
): Command {
  return below
    .command(usage)
    .description(description)
    .addHelpText('after', `\nExamples\n${examples.trim().replace(/^/gm, '  ')}`)
    .exitOverride()
    .action(async (...args: unknown[]) => {
      const { default: execute } = await load();
      // The last argument is the command itself; the others are its arguments and options.
      process.exitCode = await execute(...(args.slice(0, -1) as never[]));
    });
}

function withSettings(of: Command): Command {
  return of
    .option('--set <key=value>', 'a setting of the connector (repeatable)', collect)
    .option('--secret <key=source>', 'a secret: key=env:NAME or key=file:PATH (repeatable)', collect)
    .option('--config <file>', 'a configuration file (default: tributary.yaml, if there is one)')
    .option(
      '--grant <origin>',
      'an origin that may be reached although it is http or not public (repeatable)',
      collect,
    );
}

withSettings(
  command(
    'run <connector>',
    'collect, map and write: the real thing',
    () => import('./commands/run.ts'),
    `
tributary run acme --stream devices --set tenant_id=ID --set client_id=ID \\
  --secret client_secret=env:ACME_SECRET --to ndjson:events   devices into a directory
tributary run acme --to - | jq .class_uid             every stream, on standard output
tributary run acme --full --trace trace.ndjson        everything again, with a trace`,
  ),
)
  .option('--stream <name>', 'a stream; all of them when absent (repeatable)', collect)
  .option('--as <mapping>', 'the mapping; the first of the stream when absent')
  .option(
    '--to <destination>',
    '- (NDJSON on standard output) or ndjson:DIR (repeatable, default -)',
    collect,
  )
  .option('--state <dir>', 'where progress is kept (default: .tributary)')
  .option('--full', 'ask for everything, whatever was collected before')
  .option('--isolate', 'evaluate mappings in a process of their own, without files or variables')
  .option(
    '--accept-rollback',
    'go on with a state that is older than the output: what came since comes again',
  )
  .option(
    '--skip-poison',
    'go on after a page that cannot be read, where that is possible: the gap is kept and told',
  )
  .option('--trace <file>', 'write each transition of the state machines as NDJSON')
  .option('--rate-limit <on|off>', "keep to the connector's rate limits", 'on')
  .option('--now <instant>', "the mapping's time and the bound of what is asked for")
  .option('--max-rejected <share>', 'share of dead records above which the exit code is 6', '0.01')
  .option('--json', 'the summary as JSON');

withSettings(
  command(
    'replay <connector>',
    'dead letters once more, after what stood in their way was mended',
    () => import('./commands/replay.ts'),
    `
tributary replay acme --to ndjson:events          all letters under events/dead
tributary replay acme --to ndjson:events --stream devices --code map-d3137
tributary replay acme --to ndjson:events --stage validate --json`,
  ),
)
  .option('--stream <name>', 'a stream; all that have dead letters when absent (repeatable)', collect)
  .option('--code <code>', 'only letters with this code (repeatable)', collect)
  .option('--stage <stage>', 'only letters of this stage: join, lookup, map, validate (repeatable)', collect)
  .option('--as <mapping>', 'the mapping; the first of the stream when absent')
  .option(
    '--to <destination>',
    'where the run wrote to: its dead letters lie there, its events go there (repeatable, default -)',
    collect,
  )
  .option('--state <dir>', 'where the run kept its progress (default: .tributary)')
  .option('--isolate', 'evaluate mappings in a process of their own, without files or variables')
  .option('--rate-limit <on|off>', "keep to the connector's rate limits", 'on')
  .option('--now <instant>', "the mapping's time (default: when each record was fetched)")
  .option('--json', 'the report as JSON');

const checkpoint = program
  .command('checkpoint')
  .description('what lanes remember: show it, move the watermark, or begin anew')
  .showHelpAfterError('(--help shows what can be asked)')
  .exitOverride();

function withState(of: Command): Command {
  return of
    .option('--state <dir>', 'where progress is kept (default: .tributary)')
    .option(
      '--config <file>',
      'a configuration file that names it (default: tributary.yaml, if there is one)',
    )
    .option('--json', 'the report as JSON');
}

withState(
  command(
    'show <connector>',
    'watermarks, scans under way, totals, gaps and why lanes are parked: without vendor or secrets',
    () => import('./commands/checkpoint-show.ts'),
    `
tributary checkpoint show acme
tributary checkpoint show acme --stream devices --json | jq '.lanes[].watermark'`,
    checkpoint,
  ),
).option('--stream <name>', 'a stream, or a lane of it; all of them when absent (repeatable)', collect);

withState(
  command(
    'set <connector>',
    'move the watermark: the next run asks from there',
    () => import('./commands/checkpoint-set.ts'),
    `
tributary checkpoint set acme --stream devices --watermark 2026-01-15T00:00:00Z
tributary checkpoint set acme --stream devices --watermark 2026-01-16T00:00:00Z --yes   forward`,
    checkpoint,
  ),
)
  .requiredOption('--stream <name>', 'the stream, or the lane where it has several')
  .requiredOption('--watermark <instant>', 'the instant (RFC 3339), not in the future')
  .option('--yes', 'also forward, although no run asks for what lies in between');

withState(
  command(
    'reset <connector>',
    'forget a lane: every event is sent once more',
    () => import('./commands/checkpoint-reset.ts'),
    `
tributary checkpoint reset acme --stream devices --yes`,
    checkpoint,
  ),
)
  .requiredOption('--stream <name>', 'the stream, or the lane where it has several')
  .option('--yes', 'do it');

command(
  'dry-run <connector>',
  'run recorded records through join and mapping: no network, nothing stored',
  () => import('./commands/dry-run.ts'),
  `
tributary dry-run acme                                    every case of every stream
tributary dry-run acme --case documented                  one case
tributary dry-run acme --stream users --record user.json  one record of your own`,
)
  .option('--stream <name>', 'a stream; all of them when absent (repeatable)', collect)
  .option('--as <mapping>', 'the mapping; the first of the stream when absent')
  .option('--case <name>', 'only this case')
  .option(
    '--record <file>',
    "inputs of the mapping from a file (JSON or NDJSON; - is standard input) instead of the connector's cases",
  )
  .option('--isolate', 'evaluate mappings in a process of their own, without files or variables')
  .option('--now <instant>', 'the fetch time');

command(
  'map <mapping>',
  'one mapping as a filter: NDJSON records in, NDJSON events out',
  () => import('./commands/map.ts'),
  `
tributary map mappings/acme/user.jsonata < records.ndjson > events.ndjson
tributary map user.jsonata --input records.ndjson --output events.ndjson --dead-letter dead.ndjson`,
)
  .option('--input <file>', 'records (default: standard input)')
  .option('--output <file>', 'events (default: standard output)')
  .option(
    '--dead-letter <file>',
    'records that cannot be mapped, with the reason (default: reasons on standard error)',
  )
  .option('--threads <n>', 'threads that map', '1')
  .option('--isolate', 'evaluate the mapping in a process of its own, without files or variables')
  .option('--now <instant>', 'the fetch time (default: now)');

command(
  'check [paths...]',
  'check connectors and mappings without touching the network',
  () => import('./commands/check.ts'),
  `
tributary check                          every connector of this directory
tributary check acme                     one connector, by name or path
tributary check mappings/acme/user.jsonata`,
)
  .option('--format <format>', 'pretty, short or json', 'pretty')
  .option('--json', 'the same as --format json')
  .option('--deny <warnings>', 'warnings make the exit code 1');

command(
  'test [paths...]',
  'run the cases of connectors and compare what comes out',
  () => import('./commands/test.ts'),
  `
tributary test                 every connector of this directory
tributary test acme --review   ask about each difference
tributary test acme --update   accept what comes out`,
)
  .option('--update', 'write what comes out as what is expected')
  .option('--review', 'show each difference and ask')
  .option('--json', 'the report as JSON');

withSettings(
  command(
    'doctor <connector>',
    'test the connection (reach the API, get a token, name each missing permission) and the state (checksums)',
    () => import('./commands/doctor.ts'),
    `
tributary doctor acme --set tenant_id=ID --secret client_secret=env:ACME_SECRET
tributary doctor acme --state .tributary --offline        only what runs have left behind`,
  ),
)
  .option('--stream <name>', 'a stream; all of them when absent (repeatable)', collect)
  .option('--state <dir>', 'where progress is kept (default: .tributary, if it is there)')
  .option('--offline', 'leave out the connection: no setting and no secret is needed')
  .option('--json', 'the report as JSON');

command(
  'table <connector> <stream>',
  "the field table of a stream's mapping, from its syntax tree",
  () => import('./commands/table.ts'),
  `
tributary table acme devices
tributary table acme devices --format json`,
)
  .option('--as <mapping>', 'the mapping; the first of the stream when absent')
  .option('--format <format>', 'markdown or json', 'markdown')
  .option('--json', 'the same as --format json');

command(
  'coverage <connector>',
  'what streams leave out, of OCSF and of the records, and whether each has a reason',
  () => import('./commands/coverage.ts'),
  `
tributary coverage acme
tributary coverage acme --stream devices --json`,
)
  .option('--stream <name>', 'a stream; all of them when absent (repeatable)', collect)
  .option('--as <mapping>', 'the mapping; the first that is held to OCSF when absent')
  .option('--json', 'the report as JSON');

command(
  'validate',
  'validate NDJSON events on standard input against OCSF',
  () => import('./commands/validate.ts'),
  `
tributary validate < events.ndjson
tributary validate --class inventory_info --json < events.ndjson`,
)
  .option('--class <name>', "the class, when the events' class_uid is not to be believed")
  .option('--input <file>', 'events (default: standard input)')
  .option('--json', 'the report as NDJSON, a line an event that is not valid');

command(
  'simulate <connector>',
  "serve the connector's vendor on loopback",
  () => import('./commands/simulate.ts'),
  `
tributary simulate acme --scale machines=5000
tributary simulate acme --port 8080 --seed 7 --faults faults.yaml`,
)
  .option('--port <n>', 'the port; any free one when absent', '0')
  .option('--seed <n>', 'what makes the data and the faults', '1')
  .option('--faults <file>', 'faults to play, in YAML')
  .option('--scale <name=n>', 'how many of what there are (repeatable)', collect)
  .option('--now <instant>', "the vendor's time when it starts");

program
  .command('demo <connector>', { hidden: true })
  .option('--stream <name>', 'a stream (repeatable)', collect)
  .allowUnknownOption()
  .allowExcessArguments()
  .exitOverride()
  .action(async (connector: string, options: { stream?: string[] }, of: Command) => {
    const { default: demo } = await import('./commands/demo.ts');
    process.exitCode = await demo(connector, options, of.args.slice(1));
  });

// A reader that went away (`| head`) ends the command, not with a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.destination);
  throw error;
});

// Not awaited here, because the bundle is CommonJS.
let isDone = false;
program
  .parseAsync()
  .catch((error: unknown) => {
    // commander has said what it had to say; help and version are no errors.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    else process.exitCode = sayError(error);
  })
  .finally(() => {
    isDone = true;
  });

// Node ends where nothing is left to wait for, with exit code 0, whether the command has done its work or not.
process.once('beforeExit', () => {
  if (isDone) return;
  process.exitCode = sayError(
    new EngineError({
      code: 'never-done',
      kind: 'internal',
      message: 'the command waits for something that never comes; what it has not written is not done',
      fix: 'report this as a bug, with the connector or mapping',
    }),
  );
});
