/** Several processes that share the schedules, each taking the next ones when it is done. */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { noTotals } from './totals.ts';
import type { Job, Result } from './worker.ts';

/**
 * So much code of a schedule runs only some times that V8 spends more on optimising it than that gives back: only what is
 * called most is worth it. All cores are at work, so that a collector on threads of its own takes time from the others. A
 * third less time in all.
 */
const QUICK = ['--always-sparkplug', '--interrupt-budget=4000000', '--single-threaded-gc'];
/** A job that takes longer hangs (milliseconds). */
const JOB_MS_MAX = 240_000;

export interface CrewOptions {
  /** Compiled worker. */
  script: string;
  workers?: number;
  /** Told of each job that is done; false ends the work. */
  onResult(result: Result, job: Job): Promise<boolean | undefined> | boolean | undefined;
}

/** Works on all jobs. Jobs of a worker that ends or hangs count as broken. */
export async function workThrough(jobs: readonly Job[], options: CrewOptions): Promise<void> {
  const waiting = [...jobs];
  const { script, workers = availableParallelism(), onResult } = options;
  const one = async () => {
    let worker: ChildProcess | undefined;
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      // With one thread decoders end in the order in which they began.
      worker ??= fork(script, { execArgv: QUICK, env: { ...process.env, UV_THREADPOOL_SIZE: '1' } });
      const result = await resultOf(worker, job);
      if (typeof result === 'string') {
        worker.kill('SIGKILL');
        worker = undefined;
      }
      const goesOn = await onResult(typeof result === 'string' ? broken(job, result) : result, job);
      if (goesOn === false) waiting.length = 0;
    }
    worker?.kill('SIGKILL');
  };
  await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, one));
}

function resultOf(worker: ChildProcess, job: Job): Promise<Result | string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish('it hangs'), JOB_MS_MAX);
    const onExit = (code: number | null) => finish(`the worker ended with ${code}`);
    const onMessage = (result: unknown) => finish(result as Result);
    const finish = (result: Result | string) => {
      clearTimeout(timer);
      worker.off('exit', onExit);
      worker.off('message', onMessage);
      resolve(result);
    };
    worker.on('exit', onExit);
    worker.on('message', onMessage);
    worker.send(job);
  });
}

function broken({ seeds }: Job, what: string): Result {
  const breaks = [{ invariant: 'crash', what: `one of the seeds ${seeds.join(' ')}: ${what}` }];
  return {
    totals: { ...noTotals(), breaks: 1, broken: [{ seed: seeds[0] ?? '', breaks }] },
    story: [],
    digests: {},
    taken: {},
  };
}
