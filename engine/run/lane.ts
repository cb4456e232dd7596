/** The effects of one lane: what each state of its machine does, on the data that the lane holds. */
import { isDeepStrictEqual } from 'node:util';
import { type Checkpoint, firstCheckpoint, type Gap } from '../checkpoint/checkpoint.ts';
import type { Endpoint } from '../compile/connector.ts';
import { EngineError, type ErrorKind } from '../errors.ts';
import { backoffMs, waitFor } from '../http/backoff.ts';
import { BuildSide } from '../join/build-side.ts';
import type { GroupTable } from '../join/group-table.ts';
import type { LookupRound } from '../lookup/lookup-round.ts';
import type { DeadLetters } from '../write/dead-letters.ts';
import type { Ahead, Destination } from '../write/destination.ts';
import { askedMembers } from './asked-members.ts';
import { Changes, type Finding } from './changes.ts';
import { checkJoinKeys } from './check-join-keys.ts';
import { Counters } from './counters.ts';
import { EventLines } from './event-lines.ts';
import { Gaps } from './gaps.ts';
import { ignoredPaths } from './ignored-paths.ts';
import type { Item } from './item.ts';
import type { LaneSteps, Outcome } from './lane-machine.ts';
import type { LaneOptions, OpenJoin } from './lane-options.ts';
import { type Batch, type ListPage, WalkedList } from './lists.ts';
import { refuseLongHold } from './long-hold.ts';
import { lookedUp } from './looked-up.ts';
import { Marks } from './marks.ts';
import { OwnList } from './own-list.ts';
import { refuseRollback } from './refuse-rollback.ts';
import { Rejections } from './rejections.ts';
import { ScanCourse } from './scan-course.ts';
import type { ScanPlan } from './scan-plan.ts';
import { groupTasks, joinTask, removalTask, type Task } from './tasks.ts';

/** What a vendor may say in place of an answer. A disk that fails here is none, and too many calls are over some time. */
const ANSWERS: readonly ErrorKind[] = ['credentials', 'permission', 'transient', 'contract', 'data'];

export class Lane implements LaneSteps {
  readonly #options: LaneOptions;
  readonly counters = new Counters();
  #checkpoint: Checkpoint | undefined;
  readonly #course: ScanCourse;
  #marks: Marks;
  #builds: BuildSide[] = [];
  #own: OwnList | undefined;
  #groups: GroupTable | undefined;
  /** Lists still to be read: those to be joined first, the stream's own, then what is gone. */
  #tasks: Task[] = [];
  #changes: Changes | undefined;
  #page: ListPage | undefined;
  #nextRecord = 0;
  #items: Item[] = [];
  #round: LookupRound | undefined;
  readonly #gaps = new Gaps();
  readonly #rejections: Rejections;
  readonly #lines: EventLines;
  #isFinished = false;
  /** False between the acknowledgement of a page and the commit that remembers it. */
  #isCommitted = true;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#course = new ScanCourse(options);
    this.#marks = new Marks(options.stream, undefined, this.#course.plan, options.now);
    this.#rejections = new Rejections(options, this.counters);
    this.#lines = new EventLines({ ...options, hasLookups: options.lookups.length > 0 }, this.#rejections);
  }

  /** What the run asks for, and why, in words. */
  get scan(): string {
    return this.#course.why;
  }

  /** Pages that the run passed over. */
  get gaps(): readonly Gap[] {
    return this.#gaps.kept;
  }

  /** Where the records of the page in hand come from. */
  get listName(): string {
    return this.#tasks[0]?.list.endpoint.name ?? '';
  }

  /** The stream's own list is in hand and has given nothing yet. */
  get isUnanswered(): boolean {
    return this.#course.finished === 0 && this.#own?.pages === 0 && this.#tasks[0]?.list === this.#own;
  }

  /** What the run asks for; after a slice, the next one. */
  async plan(): Promise<Outcome> {
    const { stream, store, now, isFullAsked, replay } = this.#options;
    const isFirst = !this.#own;
    if (isFirst) await this.#recoverAll();
    const scan = replay ? this.#course.replay() : this.#course.begin(this.#checkpoint);
    this.#keepQuestion();
    this.#isFinished = false;
    this.#tasks = [];
    this.#marks = new Marks(stream, this.#checkpoint, scan, now);
    if (isFirst) for (const open of this.#options.joins(isFullAsked)) await this.#addJoin(open);
    const changes = this.#changesOf(scan);
    this.#changes = changes;
    if (replay) {
      const instantOf = (record: unknown) => changes.instantOf(record);
      await replay.begin({ stream, store, counters: this.counters, instantOf });
      this.#tasks.push({ list: replay.list(stream.endpoint) });
    } else await this.#addOwn(scan, changes);
    return { type: 'planned' };
  }

  async #recoverAll(): Promise<void> {
    const { store, destinations, deadLetters } = this.#options;
    this.#checkpoint = store.checkpoint();
    for (const damage of store.damage) this.counters.wentWithout(damage);
    for (const output of [...destinations, deadLetters])
      refuseRollback(this.#options, await this.#recover(output), output.name);
  }

  /** A question with a bound from the clock is committed before it is asked: each attempt at it asks the same. */
  #keepQuestion(): void {
    const { scan } = this.#course.underWay();
    if (!scan || isDeepStrictEqual(scan, this.#checkpoint?.scan)) return;
    const checkpoint = { ...(this.#checkpoint ?? firstCheckpoint()), scan };
    this.#options.store.commit({ checkpoint });
    this.#checkpoint = checkpoint;
  }

  #changesOf(scan: ScanPlan): Changes {
    const { stream, store, replay } = this.#options;
    return new Changes({
      stream,
      store,
      marks: this.#marks,
      builds: this.#builds,
      settings: this.#options.settings,
      connection: this.#options.connection,
      isChangeRead: this.#options.needed?.members.has('change') ?? true,
      isOnlyNew: this.#options.isOnlyNew,
      isReplay: replay !== undefined,
      isFull: scan.kind === 'full' && scan.from === undefined,
    });
  }

  /** The stream's own list, and what follows from it. */
  async #addOwn(scan: ScanPlan, changes: Changes): Promise<void> {
    const { stream, now, pages } = this.#options;
    const walked = await WalkedList.begin(() => this.#options.walk(stream.endpoint, scan), {
      ignored: ignoredPaths(stream, stream.recordName),
      asked: askedMembers(stream, this.#builds),
      ...(!stream.group && { pages }),
    });
    const own = new OwnList(walked, {
      lane: this.#options,
      course: this.#course,
      changes,
      gaps: this.#gaps,
      rejections: this.#rejections,
    });
    this.#own = own;
    if (stream.group) {
      this.#groups = this.#options.groupTable();
      const about = { stream, counters: this.counters, now };
      this.#tasks.push(...groupTasks(own, stream.group, this.#groups, about));
    } else this.#tasks.push({ list: own });
    if (stream.removed && !scan.goesOn) this.#tasks.push(removalTask(own, changes, now));
  }

  /** Asked for again before each list and after each wait: a token that is still good costs nothing. */
  async authenticate(): Promise<Outcome> {
    await (this.#round ?? this.#tasks[0]?.list)?.prepare();
    return { type: 'authenticated', isAsking: this.#round !== undefined };
  }

  async fetch(): Promise<Outcome> {
    const task = this.#tasks[0];
    if (!task) return { type: 'scan_finished' };
    const { list } = task;
    const step = await list.step();
    if (step.type === 'cut') {
      this.#checkpoint = this.#checkpoint && this.#course.cut(this.#checkpoint);
      return { type: 'slice_cut' };
    }
    if (step.type === 'wait') return this.#wait(step.ms, list.endpoint);
    if (step.type === 'page') {
      this.#page = step.page;
      this.#nextRecord = 0;
      this.#rejections.beginPage(step.page.count);
      if (step.page.bytes > 0) this.counters.pageRead(step.page.bytes);
      return { type: 'page' };
    }
    task.finish?.();
    return this.#nextList();
  }

  async join(): Promise<Outcome> {
    const page = this.#page;
    const [task] = this.#tasks;
    if (!page || !task) throw new Error('there is no page to join');
    if (task.store) {
      await task.store(page);
      this.#page = undefined;
      return { type: 'stored' };
    }
    const end = Math.min(this.#nextRecord + this.#lines.batchRecords, page.count);
    const from = this.#nextRecord;
    const batch = page.batch(from, end);
    const isFirst = !task.isRemovals && page.number === 1 && from === 0;
    if (isFirst && !this.#options.isRecordKnown) checkJoinKeys(this.#builds, batch.records, this.listName);
    this.#nextRecord = end;
    this.#items = task.isRemovals ? this.#removed(batch.records) : await this.#listed(batch);
    if (task.isRemovals) this.counters.removals += this.#items.length;
    const asking = this.#options.lookups.length > 0 && !task.isRemovals ? this.#items : [];
    if (asking.length > 0) this.#round = this.#options.round(asking.map(({ input }) => input));
    return { type: 'batch', asks: this.#round !== undefined };
  }

  async lookUp(): Promise<Outcome> {
    const round = this.#round;
    if (!round) return { type: 'looked_up' };
    const { endpoint } = round;
    const step = await round.step();
    if (step.type === 'wait' && endpoint) return this.#wait(step.ms, endpoint);
    if (step.type !== 'done') return { type: 'asked' };
    this.#round = undefined;
    const about = { counters: this.counters, rejections: this.#rejections };
    this.#items = lookedUp(this.#items, round, about);
    return { type: 'looked_up' };
  }

  async map(): Promise<Outcome> {
    const now = this.#options.mappingNow ?? this.#page?.fetchedAt ?? this.#options.now;
    const left = (this.#page?.count ?? 0) - this.#nextRecord;
    this.#items = await this.#lines.map(this.#items, now, left);
    return { type: 'mapped' };
  }

  async validate(): Promise<Outcome> {
    this.#items = this.#lines.validated(this.#items);
    return { type: 'validated' };
  }

  async write(): Promise<Outcome> {
    const { destinations, deadLetters, replay } = this.#options;
    if (!replay) this.#rejections.refuseBrokenMapping();
    const { pieces, eventCount } = this.#lines.of(this.#items);
    for (const piece of pieces) {
      if (piece.length > 0) for (const destination of destinations) await destination.write(piece);
    }
    const letters = this.#rejections.take();
    if (letters.length > 0) await (replay ?? deadLetters).write(letters);
    for (const item of this.#items) {
      this.#changes?.delivered(item);
      this.#marks.noteEmitted(item.record);
      this.counters.delivered++;
      if (item.type === 'remove') this.counters.removed++;
    }
    this.counters.events += eventCount;
    this.#lines.written();
    this.#changes?.forget(this.#lines.underWay);
    this.#items = [];
    return { type: 'written', more: this.#nextRecord < (this.#page?.count ?? 0) };
  }

  /** Durable first, then remembered: the checkpoint moves only after every destination has acknowledged. */
  async checkpoint(): Promise<Outcome> {
    const { destinations, deadLetters, store, replay } = this.#options;
    this.counters.assertConserved();
    // Those of other runs' destinations stay: a part there may still wait to be settled.
    const positions: Checkpoint['destinations'] = { ...this.#checkpoint?.destinations };
    this.#isCommitted = false;
    for (const destination of [...destinations, deadLetters])
      positions[destination.name] = await destination.acknowledge();
    const checkpoint: Checkpoint = {
      version: 1,
      ...(replay ? this.#checkpoint : { ...this.#marks.remembered(this.#isFinished), ...this.#scanKept() }),
      ...this.#gaps.addedTo(this.#checkpoint),
      destinations: positions,
      counters: this.counters.addedTo(this.#checkpoint?.counters, replay !== undefined),
    };
    const prune = this.#isFinished && !replay ? this.#marks.prune(checkpoint.watermark) : {};
    store.commit({ checkpoint, ...prune });
    replay?.committed();
    this.#isCommitted = true;
    this.counters.committed();
    this.#checkpoint = checkpoint;
    this.#gaps.committed();
    this.#page?.giveBack?.();
    this.#page = undefined;
    const goesOn = this.#isFinished && this.#course.plan.goesOn === true;
    return { type: 'committed', finished: this.#isFinished && !goesOn, goesOn };
  }

  #scanKept(): Pick<Checkpoint, 'scan' | 'sliceMs'> {
    return this.#isFinished ? this.#course.ended(this.#checkpoint) : this.#course.underWay();
  }

  /** Seals the destinations and gives everything back. What the checkpoint does not know is cut off: it will come again. */
  async close(): Promise<void> {
    const { store } = this.#options;
    for (const { list } of this.#tasks) list.close?.();
    const outputs = [...this.#options.destinations, this.#options.deadLetters];
    // One that cannot be closed keeps none of the others open.
    const results = await Promise.allSettled([
      ...outputs.map(async (output) => {
        try {
          if (store.isUncertain) return;
          if (this.#isCommitted) await output.seal();
          else await this.#recover(output);
        } finally {
          await output.close();
        }
      }),
      this.#lines.close(),
      ...this.#builds.map(async (build) => build.close()),
      (async () => this.#groups?.close())(),
      (async () => this.#options.replay?.settle())(),
    ]);
    store.close();
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  waitAfter(error: EngineError, attempt: number): number {
    const { random } = this.#options;
    const ms = error.retry === 'never' ? backoffMs(attempt, random) : waitFor(error.retry, attempt, random);
    const endpoint = this.#round ? this.#round.endpoint : this.#tasks[0]?.list.endpoint;
    if (error.kind === 'rate_limit' && endpoint) this.#options.rateLimiter(endpoint).hold(ms);
    this.counters.retried(ms);
    return ms;
  }

  /** A question that has no answer is told of its record; a list is done without where the definition says so. */
  canGoWithout({ kind }: EngineError): boolean {
    if (!ANSWERS.includes(kind)) return false;
    if (!this.#round) return this.#tasks[0]?.goWithout !== undefined;
    const { endpoint } = this.#round;
    const isOptional = this.#options.lookups.some(
      (lookup) => lookup.endpoint === endpoint && lookup.definition.optional,
    );
    return isOptional || kind === 'contract';
  }

  goWithout(error: EngineError): void {
    if (this.#round) {
      this.#round.giveUp(error);
      return;
    }
    this.counters.wentWithout(error);
    this.#tasks[0]?.goWithout?.();
    this.#nextList();
  }

  async #addJoin({ join, table, isFilled, isKeyKnown, needed }: OpenJoin): Promise<void> {
    const ignored = ignoredPaths(this.#options.stream, join.name);
    const build = new BuildSide(join, table, isKeyKnown, ignored);
    this.#builds.push(build);
    if (isFilled) return;
    const list = await WalkedList.begin((members) => this.#options.walk(join.endpoint, undefined, members), {
      ignored,
      asked: join.on.flatMap(({ joined }) => joined.slice(0, 1)),
      needed,
      pages: this.#options.pages,
    });
    this.#tasks.push(joinTask(list, build, this.counters));
  }

  #nextList(): Outcome {
    this.#tasks.shift();
    if (this.#tasks.length > 0) return { type: 'list_read' };
    this.#isFinished = true;
    return { type: 'scan_finished' };
  }

  #wait(ms: number, endpoint: Endpoint): Outcome {
    refuseLongHold(this.#options.rateLimiter(endpoint).blockedMs, endpoint);
    this.counters.waited(ms);
    return { type: 'wait', ms, why: `call budget of api \`${endpoint.api.name}\`` };
  }

  #recover(output: Destination | DeadLetters): Promise<Ahead> {
    const positions = this.#checkpoint?.destinations ?? {};
    return output.recover(positions[output.name], Object.values(positions));
  }

  /** Records of the stream's own list: those that are new or changed. */
  async #listed(batch: Batch): Promise<Item[]> {
    const findings: Finding[] = (await this.#changes?.of(batch)) ?? [];
    const items: Item[] = [];
    this.counters.records += batch.records.length;
    for (let index = 0; index < findings.length; index++) {
      const finding = findings[index] as Finding;
      if (finding === 'unchanged') this.counters.unchanged++;
      else if (finding === 'filtered') this.counters.filtered++;
      else if (finding instanceof EngineError) this.#rejections.add(batch.records[index], 'join', finding);
      else items.push(finding);
    }
    return items;
  }

  #removed(kept: readonly unknown[]): Item[] {
    return kept.flatMap((one) => this.#changes?.removal(one as never) ?? []);
  }
}
