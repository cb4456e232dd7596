/** How is a mapping of others evaluated? In a process of its own, which can be ended whatever it does. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../definition/package-root.ts';
import type { Clock } from '../env.ts';
import { EngineError } from '../errors.ts';
import { EVALUATION_TIMEOUT_MS, ISOLATED_GRACE_MS, ISOLATED_HEAP_MB } from '../limits.ts';
import type { LineProcess, StartProcess } from '../line-process.ts';
import { type Place, placeOf } from '../report/diagnostic.ts';
import type { Mapping } from './evaluate.ts';

/** What the process is told: the mapping, then one input after the other. */
export type IsolatedQuestion =
  | { file: string; text: string }
  | { input: Record<string, unknown>; now: number };

export interface IsolatedAnswer {
  event?: unknown;
  error?: { code: string; message: string; at?: Place };
}

export interface Isolation {
  clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  start: StartProcess;
  /** What the process runs; the one that is built with this program when absent. */
  script?: URL;
}

/** One file: the process may read nothing besides. */
const BUILT = pathToFileURL(join(packageRoot(), 'dist/cli/mapping-process.js'));

/**
 * The mapping, evaluated elsewhere: it is bounded in itself, and what bounds do not hold ends with its process. A record in which
 * that happens fails as `map-killed` (data), those after it go on in another process. It holds a process until `close`.
 */
export function isolatedMapping(
  { source, ast }: Mapping,
  { clock, start, script = BUILT }: Isolation,
): Mapping & { close(): void } {
  let running: LineProcess | undefined;
  const at = placeOf(source, { start: 0, end: 0 });
  const begin = async (): Promise<LineProcess> => {
    const begun = start(script, ISOLATED_HEAP_MB);
    await begun.ask(JSON.stringify({ file: source.file, text: source.text } satisfies IsolatedQuestion));
    return begun;
  };
  const answerOf = async (question: IsolatedQuestion): Promise<IsolatedAnswer> => {
    let timer: unknown;
    try {
      running ??= await begin();
      const asked = running;
      timer = clock.setTimeout(() => asked.kill(), EVALUATION_TIMEOUT_MS + ISOLATED_GRACE_MS);
      return JSON.parse(await asked.ask(JSON.stringify(question))) as IsolatedAnswer;
    } catch (error) {
      running = undefined;
      throw killed(error instanceof Error ? error.message : String(error), at);
    } finally {
      clock.clearTimeout(timer);
    }
  };
  return {
    source,
    ast,
    evaluate: async (input, now) => {
      const { event, error } = await answerOf({ input, now });
      if (error) throw new EngineError({ ...error, kind: 'data' });
      return event;
    },
    close: () => running?.kill(),
  };
}

function killed(reason: string, at: Place): EngineError {
  return new EngineError({
    code: 'map-killed',
    kind: 'data',
    message: `the mapping took more time or memory than a process of its own may have: ${reason}`,
    fix: 'look at what the mapping does with this record',
    at,
  });
}
