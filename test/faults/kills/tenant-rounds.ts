/** One tenant after another: runs that are killed while the tenant moves on, then runs to the end, then the check. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sequence } from '../../../engine/simulate/generate/random.ts';
import { checkOutput } from './check-output.ts';
import { ALWAYS, FAULTY } from './faults.ts';
import { type Figures, judge } from './figures.ts';
import { emptyHistory, note, STREAMS } from './history.ts';
import { drawMoment, type Moment } from './moments.ts';
import { type Ended, partsIn, RunProcess, tornParts, Watch } from './run-process.ts';
import { CONNECTOR } from './tenant-home.ts';
import { VendorProcess } from './vendor-process.ts';

export interface RoundsOptions {
  /** The built command line. */
  main: string;
  /** Whether another kill is wanted; asked before each. */
  wantsKill(): boolean;
  figures: Figures;
  signal: AbortSignal;
}

const STEPS_MAX = 100;
const RUNS_TO_FINISH_MAX = 8;
/** Ends in which a run may find itself because of the vendor, among them tokens that expire again and again. */
const FINE_CODES: readonly (number | null)[] = [0, 4, 5, 6];
const EXIT_STATE = 3;
const EXIT_INTERRUPTED = 130;

/** Kills runs of one tenant until it has moved as far as it can, or no kill is wanted any more; then finishes and checks. */
export async function tenantRounds(seed: number, options: RoundsOptions): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'tributary-kills-'));
  const now = Math.floor(Date.now() / 60_000) * 60_000;
  const vendor = await VendorProcess.start(
    { main: options.main, home, seed, now: new Date(now).toISOString() },
    FAULTY,
  );
  const tenant = new KilledTenant(seed, home, now, vendor, options);
  const before = options.figures.breaks.length;
  try {
    await tenant.kill();
    await tenant.finish();
  } finally {
    await vendor.close();
    // What broke is kept for whoever looks into it.
    if (options.figures.breaks.length === before) rmSync(home, { recursive: true, force: true });
    else options.figures.breaks.push(`seed ${seed}: what it left behind is in ${home}`);
  }
}

class KilledTenant {
  readonly #seed: number;
  readonly #home: string;
  readonly #now: number;
  readonly #vendor: VendorProcess;
  readonly #options: RoundsOptions;
  readonly #figures: Figures;
  readonly #random: () => number;
  readonly #history = emptyHistory();
  readonly #out: string;
  readonly #state: string;
  /** Sizes of parts that were open after the last kill. */
  #left = new Map<string, number>();

  constructor(seed: number, home: string, now: number, vendor: VendorProcess, options: RoundsOptions) {
    this.#seed = seed;
    this.#home = home;
    this.#now = now;
    this.#vendor = vendor;
    this.#options = options;
    this.#figures = options.figures;
    this.#random = sequence(seed);
    this.#out = join(home, 'out');
    this.#state = join(home, 'state');
    this.#note();
  }

  async kill(): Promise<void> {
    let idle = 0;
    while (this.#options.wantsKill() && !this.#options.signal.aborted) {
      const isWhole = await this.#killOne();
      idle = isWhole ? idle + 1 : 0;
      if (!isWhole && this.#random() > 0.12) continue;
      const steps = 3 + Math.floor(this.#random() * 8);
      if (this.#vendor.epoch + steps > STEPS_MAX) return;
      await this.#vendor.advance(steps, () => this.#note());
      this.#figures.steps += steps;
    }
  }

  /** Runs without kills, at a vendor that only does what it always does, until every lane is done; then the check. */
  async finish(): Promise<void> {
    await this.#vendor.restart(ALWAYS);
    for (let run = 0; run < RUNS_TO_FINISH_MAX; run++) {
      const ended = await this.#run(STREAMS, true).ended();
      this.#noteTails();
      this.#judgeEnd(ended, 'the run after all kills');
      if (ended.lanes.length === 0) break;
      // Removals from lists that are paged by counting need two scans.
      if (
        run > 0 &&
        ended.lanes.length === STREAMS.length &&
        ended.lanes.every(({ end }) => end === 'done')
      ) {
        judge(this.#figures, checkOutput(this.#out, this.#history), `seed ${this.#seed}`);
        return;
      }
    }
    this.#break('the lanes are not done after all kills');
  }

  /** @returns whether the run ended by itself */
  async #killOne(): Promise<boolean> {
    const moment = drawMoment(this.#random, this.#left.size > 0);
    const streams = this.#drawStreams();
    const isFull = this.#random() < 0.25;
    const watch = new Watch(this.#out, this.#state);
    const run = this.#run(streams, isFull);
    while (!run.isOver && !moment.isThere(watch.look()) && !this.#options.signal.aborted) await delay(1);
    if (moment.delayMs > 0 && !run.isOver) await delay(moment.delayMs);
    const wasOver = run.isOver;
    if (!wasOver && moment.how === 'pause' && watch.seen.growths > 0) await this.#pause(run, streams);
    if (moment.how === 'stop') return this.#stop(run, watch);
    run.signal('SIGKILL');
    const ended = await run.ended();
    if (ended.signal !== 'SIGKILL') {
      this.#figures.whole++;
      this.#judgeEnd(ended, 'a run that was not killed');
      this.#noteTails();
      return true;
    }
    this.#noteKill(moment, watch);
    return false;
  }

  #noteKill(moment: Moment, watch: Watch): void {
    const figures = this.#figures;
    const { growths } = watch.look();
    figures.kills++;
    figures.moments[moment.name] = (figures.moments[moment.name] ?? 0) + 1;
    this.#noteTails();
    this.#left = new Map([...partsIn(this.#out)].filter(([path]) => path.endsWith('.open')));
    if (growths > 0 && this.#left.size > 0) figures.whileGrowing++;
    figures.openParts += this.#left.size;
    figures.tornTails += tornParts(this.#out).length;
  }

  /** What became of the parts that were open after the kill before. */
  #noteTails(): void {
    const parts = partsIn(this.#out);
    for (const [path, size] of this.#left) {
      const settled = parts.get(path.slice(0, -'.open'.length));
      const isStillOpen = parts.get(path) === size;
      if (isStillOpen) continue;
      if ((settled ?? 0) < size) this.#figures.cutTails++;
      this.#left.delete(path);
    }
  }

  /** SIGTERM: the page in hand is finished first; sometimes once more, which ends it at once. */
  async #stop(run: RunProcess, watch: Watch): Promise<boolean> {
    this.#figures.stops++;
    run.signal('SIGTERM');
    if (this.#random() < 0.3) {
      await delay(this.#random() * 5);
      run.signal('SIGTERM');
    }
    const ended = await run.ended(30_000);
    watch.look();
    this.#noteTails();
    this.#left = new Map([...partsIn(this.#out)].filter(([path]) => path.endsWith('.open')));
    const isFine =
      ended.code === EXIT_INTERRUPTED || ended.signal === 'SIGTERM' || FINE_CODES.includes(ended.code);
    if (!isFine || ended.hangs) this.#break(`a stopped run: ${said(ended)}`);
    return false;
  }

  /** While the run stands still another one is started on the same state: it has to be refused. */
  async #pause(run: RunProcess, streams: readonly string[]): Promise<void> {
    run.signal('SIGSTOP');
    const second = await this.#run(streams, false).ended(30_000);
    const watch = new Watch(this.#out, this.#state);
    run.signal('SIGCONT');
    if (second.code === EXIT_STATE && second.stderr.includes('state-locked')) {
      this.#figures.pauses++;
      await delay(this.#random() * 40);
      return;
    }
    this.#judgeEnd(second, 'a second runner');
    // Only one that was done with all of its lanes may have let the second one in: it writes nothing any more.
    await run.ended();
    if (watch.look().changes > 0) this.#break(`a second runner was not refused: ${said(second)}`);
  }

  #run(streams: readonly string[], isFull: boolean): RunProcess {
    const { args, env } = this.#vendor.reach;
    return new RunProcess({
      main: this.#options.main,
      home: this.#home,
      args: [
        CONNECTOR,
        ...args,
        ...streams.flatMap((name) => ['--stream', name]),
        ...['--to', `ndjson:${this.#out}`, '--state', this.#state, '--rate-limit', 'off'],
        ...['--now', new Date(this.#now).toISOString()],
        ...(isFull ? ['--full'] : []),
      ],
      env,
    });
  }

  /** Most often one lane, or two or all of them, in any order: two are at work at once. */
  #drawStreams(): string[] {
    const shuffled = STREAMS.map((name) => ({ name, at: this.#random() })).sort((a, b) => a.at - b.at);
    return shuffled.slice(0, 1 + Math.floor(this.#random() ** 2 * STREAMS.length)).map(({ name }) => name);
  }

  #judgeEnd(ended: Ended & { hangs: boolean }, what: string): void {
    const isFailed = ended.lanes.some(({ end }) => end === 'failed');
    if (ended.hangs || isFailed || !FINE_CODES.includes(ended.code)) this.#break(`${what}: ${said(ended)}`);
  }

  #note(): void {
    note(this.#history, (collection) => this.#vendor.records(collection), this.#now);
  }

  #break(what: string): void {
    this.#figures.breaks.push(`seed ${this.#seed}, step ${this.#vendor.epoch}: ${what}`);
  }
}

function said({ code, signal, lanes, stderr, hangs }: Ended & { hangs: boolean }): string {
  const problems = lanes.map(({ problem }) => problem).filter(Boolean);
  const text = problems.length > 0 ? JSON.stringify(problems) : stderr.trim();
  return `${hangs ? 'hangs, ' : ''}exit ${code ?? signal}: ${text.slice(0, 300)}`;
}
