/** One schedule: everything that one seed decides, played to its end, and what it left behind. */
import { createHash } from 'node:crypto';
import type { Connector } from '../../engine/compile/connector.ts';
import { configure } from '../../engine/compile/settings.ts';
import { EngineError } from '../../engine/errors.ts';
import { run } from '../../engine/pipeline.ts';
import type { LaneSummary } from '../../engine/run/summary.ts';
import { Secret } from '../../engine/secret.ts';
import { Audit } from './audit.ts';
import { Changing } from './changing.ts';
import { deliveriesIn, imagesOf, OUT } from './deliveries.ts';
import { Disk } from './disk.ts';
import { EDGES, type Edge, edgesOf } from './edges.ts';
import { expectedOf } from './expected.ts';
import { diskFate, type ProcessPlan, processPlan } from './fates.ts';
import type { Damage, History, Image, Lane, Ran } from './history.ts';
import { Injection } from './injection.ts';
import { type Plan, planOf } from './plan.ts';
import { type Fate, Process } from './process.ts';
import { Random } from './random.ts';
import { type Copy, copyOfState, tamper } from './tampering.ts';
import { Truth } from './truth.ts';
import { CANARY, type Tenant, Vendor } from './vendor.ts';
import { Stuck, World } from './world.ts';

export interface Played {
  seed: string;
  history: History;
  /** Of the story: the same seed has the same. */
  digest: string;
  story: string[];
  processes: number;
  kills: number;
  requests: number;
  records: number;
  /** Calls of the engine at its ports. */
  calls: number;
  faults: Map<number, number>;
  /** Edges that were taken, and those on which a process was killed. */
  taken: Map<Edge, number>;
  /** Of these, while faults were on. */
  takenInFaults: Map<Edge, number>;
  killedOn: Map<Edge, number>;
  /** Effects of states in the middle of which a process was killed. */
  killedIn: Map<string, number>;
}

export interface ScheduleOptions {
  isToldInFull?: boolean;
  areLocksOff?: boolean;
  /** In place of what the seed decides. */
  plan?: Partial<Plan>;
  fate?: (index: number) => ProcessPlan;
  /** Whatever the seed decides, the process dies that takes the edge for the n-th time in the schedule. */
  killOn?: KillOn;
}

export interface KillOn {
  edge: Edge;
  nth: number;
  isPowerLost: boolean;
}

/** Longer than any run may take, with all waits that a vendor may ask for. */
const RUN_MS_MAX = 12 * 3_600_000;
const SWEEP_MS = 6 * 3_600_000;
/** What is missing once from a list that is counted has to be missing twice; the last run finds nothing new. */
const quietRuns = (streams: readonly string[]) => (streams.includes('assets') ? 3 : 2);
const LIMITS = [
  { calls: 30, perMs: 60_000 },
  { calls: 300, perMs: 3_600_000 },
];

export async function playSchedule(
  connector: Connector,
  seed: string,
  options: ScheduleOptions = {},
): Promise<Played> {
  const schedule = new Schedule(connector, seed, options);
  return schedule.play();
}

class Schedule {
  readonly #connector: Connector;
  readonly #seed: string;
  readonly #options: ScheduleOptions;
  readonly #random: Random;
  readonly #plan: Plan;
  readonly #world = new World();
  readonly #disk = new Disk();
  readonly #audit = new Audit();
  readonly #faults: Injection;
  readonly #vendor: Vendor;
  /** What comes, changes and goes at the vendor. */
  readonly #life: Changing;
  readonly #tenants: Tenant[];
  readonly #locks = new Map<string, Process>();
  readonly #copies: Copy[] = [];
  readonly #diskFate: Pick<Fate, 'onDisk' | 'diskMs'>;
  readonly #digest = createHash('sha256');
  readonly #story: string[] = [];
  readonly #runs: Ran[] = [];
  readonly #images: Image[] = [];
  /** By the identity of the configured connector. */
  readonly #lanes = new Map<string, string>();
  readonly #taken = new Map<Edge, number>();
  readonly #takenInFaults = new Map<Edge, number>();
  readonly #killedOn = new Map<Edge, number>();
  readonly #killedIn = new Map<string, number>();
  /** The state in which each lane is. */
  #state = '';
  #damage: Damage = 'none';
  #wasDamaged = false;
  /** Something was done to the state, and no process has come so far as to tell it: what is there then says nothing yet. */
  #isTampered = false;
  /** The operator has to remove the state. */
  #mustBeginAnew = false;
  #acceptsRollback = false;
  /** How often the operator had to do something. */
  #begunAnew = 0;
  #processes = 0;
  #kills = 0;
  #calls = 0;
  /** How often the edge was taken on which a process is to die. */
  #killOnCount = 0;

  constructor(connector: Connector, seed: string, options: ScheduleOptions) {
    this.#connector = connector;
    this.#seed = seed;
    this.#options = options;
    this.#random = new Random(seed);
    this.#plan = { ...planOf(this.#random.fork('plan')), ...options.plan };
    const { rates, tenants, tastes, streams, things } = this.#plan;
    this.#faults = new Injection(rates, this.#random.fork('faults'));
    for (const number of [1, 2, 3, 37, 38, 39, 43]) if (rates.has(number)) this.#faults.count(number);
    this.#life = new Changing(streams, this.#faults);
    const changing = this.#random.fork('changes');
    this.#vendor = new Vendor({
      world: this.#world,
      random: this.#random.fork('vendor'),
      faults: this.#faults,
      audit: this.#audit,
      onRequest: (tenant) => {
        if (this.#faults.isOff) return;
        if (changing.chance(this.#plan.changes)) this.#life.change(tenant.truth, changing);
        if (this.#plan.isTight && changing.chance(0.3)) this.#life.after(tenant.truth, changing);
      },
    });
    this.#tenants = tenants.map((name) =>
      this.#vendor.add(new Truth(name, this.#world, this.#random.fork(`truth ${name}`), tastes)),
    );
    for (const { truth } of this.#tenants) this.#life.begin(truth, things, changing);
    this.#diskFate = diskFate(this.#random.fork('disk'), this.#faults, () => this.#world.elapsed);
  }

  async play(): Promise<Played> {
    const { processes } = this.#plan;
    let stuck: string | undefined;
    let lastRunEvents = 0;
    for (const tenant of this.#tenants) {
      const { identity } = await configure(this.#connector, this.#given(tenant));
      this.#lanes.set(identity, tenant.name);
    }
    this.#tell(`plan ${JSON.stringify({ ...this.#plan, rates: [...this.#plan.rates] })}`);
    try {
      for (let index = 0; index < processes; index++) await this.#faultyProcess(index);
      this.#faults.isOff = true;
      // Whatever was asked to wait has waited, and no call of before is in the same hour.
      await this.#world.pass(25 * 3_600_000);
      let runs = quietRuns(this.#plan.streams);
      for (let index = 0; index < runs; index++) {
        const [before, mended] = [this.#eventCount(), this.#begunAnew];
        await this.#quietProcess();
        // What the operator had to mend begins with the next run.
        if (this.#begunAnew > mended) runs++;
        lastRunEvents = this.#eventCount() - before;
        await this.#world.pass(SWEEP_MS + 60_000);
      }
    } catch (error) {
      if (!(error instanceof Stuck)) throw error;
      stuck = error.message;
    }
    const history = this.#history(stuck, lastRunEvents);
    for (const [path, { bytes }] of this.#disk.below('/data'))
      this.#tell(`file ${path} ${bytes.length} ${createHash('sha1').update(bytes).digest('hex')}`);
    return {
      seed: this.#seed,
      history,
      digest: this.#digest.digest('hex').slice(0, 16),
      story: this.#story,
      processes: this.#processes,
      kills: this.#kills,
      requests: this.#audit.requests,
      records: history.expected.length,
      calls: this.#calls,
      faults: this.#faults.counts,
      taken: this.#taken,
      takenInFaults: this.#takenInFaults,
      killedOn: this.#killedOn,
      killedIn: this.#killedIn,
    };
  }

  async #faultyProcess(index: number): Promise<void> {
    const random = this.#random.fork(`process ${index}`);
    if (index > 0 && this.#faults.strikes(61)) this.#tamper(random);
    const plan = this.#options.fate?.(index) ?? processPlan(random, this.#faults, this.#plan, EDGES);
    if (this.#plan.isTight) for (const { truth } of this.#tenants) this.#life.before(truth);
    await this.#process(plan, random, false);
    for (const { truth } of this.#tenants) {
      for (let count = random.int(0, 4); count > 0; count--) this.#life.change(truth, random);
    }
    await this.#world.pass(random.pick([0, 1_000, 30_000, 600_000, 3_600_000, SWEEP_MS]));
  }

  #quietProcess(): Promise<void> {
    return this.#process({}, this.#random.fork(`quiet ${this.#processes}`), true);
  }

  async #process(plan: ProcessPlan, random: Random, isQuiet: boolean): Promise<void> {
    const stop = new AbortController();
    const process = this.#start(plan, random, stop, isQuiet);
    this.#tell(`process ${process.number} ${JSON.stringify(plan)}`);
    const second = plan.secondAfterMs === undefined ? undefined : this.#second(plan.secondAfterMs, random);
    const runs = Promise.all(
      this.#tenants.map((tenant) => this.#run(process, tenant, stop.signal, plan, isQuiet)),
    );
    await this.#world.play(Promise.race([runs, process.death]), RUN_MS_MAX + (plan.suspend?.ms ?? 0));
    if (second) await this.#world.play(Promise.race([second.work, second.process.death]), RUN_MS_MAX);
    if (process.isDead) this.#kills++;
    const isPowerLost = process.isDead && plan.kill?.isPowerLost === true;
    if (isPowerLost) {
      second?.process.kill();
      this.#faults.count(51);
      this.#disk.crash(random);
      this.#tell('the power fails');
    }
    this.#end(process);
    if (second) this.#end(second.process);
    if (this.#mustBeginAnew) this.#beginAnew();
    if (!process.isDead) this.#isTampered = false;
    if (!this.#isTampered)
      this.#images.push(
        ...imagesOf(this.#disk, {
          process: process.number,
          tenantOf: (lane) => this.#lanes.get(lane.split('.').at(-1) ?? '') ?? '',
          isAfterDamage: this.#wasDamaged,
        }),
      );
    this.#copies.push(copyOfState(this.#disk));
  }

  /** Nothing of a process goes on after it has ended. */
  #end(process: Process): void {
    this.#calls += process.calls;
    process.kill();
  }

  #start(plan: ProcessPlan, random: Random, stop: AbortController, isQuiet: boolean): Process {
    this.#processes++;
    const process: Process = new Process({
      number: this.#processes,
      world: this.#world,
      disk: this.#disk,
      random: random.fork('engine'),
      locks: this.#locks,
      canary: CANARY,
      onLeak: (where) => this.#audit.wrong('I11', `a secret is written: ${where}`),
      fate: {
        ...(!isQuiet && this.#diskFate),
        ...(plan.failure && nthFailure(plan.failure)),
        onCall: (call, name, moment) => {
          if (moment === 'before') this.#tell(`${process.number}.${call} ${name}`);
          if (call === plan.stopAt && moment === 'before') {
            this.#faults.count(55);
            stop.abort();
          }
          if (call === plan.suspend?.call && moment === 'before') process.suspend(plan.suspend.ms);
          if (call === plan.jump?.call) process.clockAheadMs = plan.jump.ms;
          const at = plan.kill?.at;
          if (at && 'call' in at && at.call === call && at.moment === moment) {
            plan.kill?.onHit?.();
            this.#note(this.#killedIn, this.#state);
            this.#kill(process);
          }
        },
      },
    });
    if (plan.jump?.call === 0) process.clockAheadMs = plan.jump.ms;
    process.areLocksOff = this.#options.areLocksOff ?? false;
    return process;
  }

  #killOn(edge: Edge, process: Process, plan: ProcessPlan, isQuiet: boolean): void {
    const { killOn } = this.#options;
    if (killOn?.edge !== edge || isQuiet || process.isDead || ++this.#killOnCount !== killOn.nth) return;
    this.#note(this.#killedOn, edge);
    plan.kill = { at: { edge, nth: killOn.nth }, isPowerLost: killOn.isPowerLost };
    this.#kill(process);
  }

  #kill(process: Process): void {
    this.#faults.count(54);
    this.#tell(`process ${process.number} is killed`);
    process.kill();
    // An answer that came at that moment nobody has read.
    for (const hold of this.#audit.holds)
      if (hold.process === process.number && hold.from === this.#world.elapsed) hold.until = hold.from;
  }

  /** Another process with the same work. */
  #second(afterMs: number, random: Random): { work: Promise<unknown>; process: Process } {
    const process = this.#start({}, random.fork('second'), new AbortController(), false);
    const work = (async () => {
      await process.delay(afterMs);
      this.#tell(`process ${process.number} is the second`);
      const [tenant] = this.#tenants;
      if (tenant) await this.#run(process, tenant, new AbortController().signal, {}, false);
    })();
    return { work, process };
  }

  async #run(
    process: Process,
    tenant: Tenant,
    stop: AbortSignal,
    plan: ProcessPlan,
    isQuiet: boolean,
  ): Promise<void> {
    const env = process.env(this.#vendor.network);
    const ran: Ran = { process: process.number, tenant: tenant.name, isQuiet, lanes: [] };
    const occurrences = new Map<Edge, number>();
    try {
      const summaries = await run(this.#connector, {
        env,
        ...this.#given(tenant),
        streams: this.#plan.streams,
        to: [`ndjson:${OUT}`],
        state: '/data/state',
        acceptRollback: this.#acceptsRollback,
        stop,
        onTransition: (transition) => {
          // What was under way when it died comes to nothing.
          if (process.isDead) return;
          const { from, to } = transition;
          const text = JSON.stringify(transition);
          this.#tell(text);
          this.#look(text, 'a transition');
          this.#state = to;
          for (const edge of edgesOf(transition)) {
            this.#note(this.#taken, edge);
            if (!isQuiet) this.#note(this.#takenInFaults, edge);
            this.#killOn(edge, process, plan, isQuiet);
            const nth = (occurrences.get(edge) ?? 0) + 1;
            occurrences.set(edge, nth);
            const at = plan.kill?.at;
            if (!at || !('edge' in at) || at.edge !== edge || at.nth !== nth || process.isDead) continue;
            this.#note(this.#killedOn, edge);
            this.#tell(`killed on ${from} -> ${to}`);
            this.#kill(process);
          }
        },
      });
      if (process.isDead) return;
      ran.lanes = summaries.map(laneOf);
      this.#look(JSON.stringify(summaries), 'a summary');
      this.#tell(`${tenant.name} ${JSON.stringify(ran.lanes)}`);
      this.#noteDamage(ran.lanes);
      // A host's clock that was set back: what lies between is asked for once the watermark is gone.
      const has = (code: string) => ran.lanes.some(({ problem }) => problem?.startsWith(code));
      if (has('state-watermark-ahead')) this.#mustBeginAnew = true;
      if (has('state-rolled-back')) this.#acceptRollback();
    } catch (error) {
      if (process.isDead) return;
      if (!(error instanceof EngineError)) throw error;
      this.#look(`${error.message} ${error.fix} ${error.stack}`, 'an error');
      ran.error = error.code;
      this.#tell(`${tenant.name} is refused: ${error.code} ${error.message}`);
      if (error.code === 'state-corrupt') this.#mustBeginAnew = true;
    }
    this.#runs.push(ran);
  }

  #given(tenant: Tenant) {
    return {
      settings: { tenant: tenant.name, paging: this.#plan.paging },
      secrets: { secret: new Secret(tenant.secret) },
    };
  }

  /** What an operator does whose state cannot be read any more. */
  #beginAnew(): void {
    for (const [path] of this.#disk.below('/data/state'))
      if (!path.endsWith('.lock')) this.#disk.remove(path);
    this.#damaged('anything');
    this.#vendor.eras++;
    this.#mustBeginAnew = false;
    this.#begunAnew++;
    this.#tell('the state is removed');
  }

  /** What an operator does who has no newer state. */
  #acceptRollback(): void {
    this.#damaged('anything');
    this.#acceptsRollback = true;
    this.#begunAnew++;
    this.#tell('the older state is accepted');
  }

  #noteDamage(lanes: readonly Lane[]): void {
    for (const { damage } of lanes) {
      if (damage.includes('state-records-lost')) this.#damaged('anything');
      else if (damage.length > 0 && this.#damage === 'none') this.#damaged('repeats');
    }
  }

  #damaged(damage: Damage): void {
    this.#damage = damage;
    this.#wasDamaged = true;
  }

  #tamper(random: Random): void {
    const done = tamper(this.#disk, this.#copies, random);
    this.#tell(`tampering: ${done?.what ?? 'nothing'}`);
    if (done) this.#isTampered = true;
    if (done?.isUnnoticeable) this.#damaged('anything');
    if (done?.isOfCalls) this.#vendor.eras++;
  }

  #look(text: string, where: string): void {
    if (text.includes(CANARY)) this.#audit.wrong('I11', `a secret in ${where}`);
  }

  #eventCount(): number {
    return this.#runs.reduce((sum, { lanes }) => sum + lanes.reduce((all, { events }) => all + events, 0), 0);
  }

  #history(stuck: string | undefined, lastRunEvents: number): History {
    return {
      ...deliveriesIn(this.#disk),
      expected: this.#tenants.flatMap((tenant) => expectedOf(tenant, this.#plan.streams)),
      runs: this.#runs,
      images: this.#images,
      damage: this.#damage,
      calls: this.#audit.calls,
      holds: this.#audit.holds,
      limits: LIMITS,
      wrongs: this.#audit.wrongs,
      ...(stuck !== undefined && { stuck }),
      lastRunEvents,
    };
  }

  #note<K>(counts: Map<K, number>, key: K): void {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }

  #tell(line: string): void {
    const told = `${this.#world.elapsed} ${line}`;
    this.#digest.update(`${told}\n`);
    if (this.#options.isToldInFull) this.#story.push(told);
  }
}

function laneOf(summary: LaneSummary): Lane {
  const { stream, end, problem, records, events, unchanged, filtered, dead, removed, missing } = summary;
  return {
    stream,
    end,
    ...(problem && { problem: `${problem.code}: ${problem.message}` }),
    records,
    events,
    unchanged,
    filtered,
    dead,
    removed,
    damage: missing.map(({ code }) => code).filter((code) => code.startsWith('state-')),
  };
}

/** Of all calls on the disk and the network one fails. */
function nthFailure({
  nth,
  done,
  onHit,
}: NonNullable<ProcessPlan['failure']>): Pick<Fate, 'onDisk' | 'onSend'> {
  let count = 0;
  const isHit = () => {
    if (++count !== nth) return false;
    onHit();
    return true;
  };
  return {
    onDisk: () => (isHit() ? { code: 'EIO', done } : undefined),
    onSend: isHit,
  };
}
