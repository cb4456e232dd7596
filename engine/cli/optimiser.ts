/** When does V8 optimise? Not while a command starts: what runs once is not worth it. */
import { setFlagsFromString } from 'node:v8';
import { allowLinearEngine } from '../map/compiler/linear-engine.ts';

/** A command that has used more than this of the processor has something to do that runs often. */
const START_CPU_MS = 400;
const ASK_EVERY_MS = 50;

/**
 * Holds the optimising compiler back while a command reads its definitions: it would take a third of the time in which
 * `dry-run` of a case starts and ends, for code that is not run again.
 */
export function holdOptimiser(): void {
  // With the other flags that V8 must know before it is given compiled code.
  allowLinearEngine();
  setFlagsFromString('--no-opt');
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage();
    if (user + system < START_CPU_MS * 1000) return;
    clearInterval(timer);
    releaseOptimiser();
  }, ASK_EVERY_MS).unref();
}

/** From here on records are counted in thousands. What ran since the start is known to V8 already. */
export function releaseOptimiser(): void {
  setFlagsFromString('--opt');
}
