/** Which scan is a lane in, which slice of it, and what of that does its checkpoint keep? */
import type { Checkpoint, Scan } from '../checkpoint/checkpoint.ts';
import type { Stream } from '../compile/connector.ts';
import { contentHash } from '../fetch/content-hash.ts';
import { halved, planScan, type ScanPlan, sliceAfter, sliceAfterSuccess } from './scan-plan.ts';

/** What of a scan a checkpoint keeps. */
type Kept = Pick<Checkpoint, 'scan' | 'sliceMs'>;

export class ScanCourse {
  readonly #stream: Stream;
  readonly #now: number;
  readonly #question: string;
  #isFullAsked: boolean;
  #plan: ScanPlan = { kind: 'full', why: '' };
  #why: string | undefined;
  /** The slice of the same scan that comes next. */
  #next: ScanPlan | undefined;
  #sliceMs: number | undefined;
  /** Scans and slices that came to their end. */
  finished = 0;

  /** @param now what no slice of the run goes beyond, in milliseconds since the epoch */
  constructor({ stream, now, isFullAsked }: { stream: Stream; now: number; isFullAsked: boolean }) {
    this.#stream = stream;
    this.#now = now;
    this.#isFullAsked = isFullAsked;
    this.#question = questionOf(stream);
  }

  /** What is asked for now. */
  get plan(): ScanPlan {
    return this.#plan;
  }

  /** Why the run asks for what it asks, in words. */
  get why(): string {
    const why = this.#why ?? this.#plan.why;
    return this.finished > 1 ? `${why}, in ${this.finished} slices` : why;
  }

  /** Dead letters take the place of what the vendor lists. */
  replay(): ScanPlan {
    this.#plan = { kind: 'replay', why: 'dead letters' };
    return this.#plan;
  }

  /** The first scan of the run, or the next slice. @throws EngineError as `planScan` */
  begin(checkpoint: Checkpoint | undefined): ScanPlan {
    const { scan, ...rest } = checkpoint ?? {};
    const isSame = scan?.question === this.#question;
    const known = checkpoint && ({ ...rest, ...(isSame && { scan }) } as Checkpoint);
    this.#sliceMs = checkpoint?.sliceMs;
    this.#plan = this.#next ?? planScan(this.#stream.cursor, known, this.#now, this.#isFullAsked);
    this.#next = undefined;
    this.#isFullAsked = false;
    this.#why ??= this.#plan.why;
    return this.#plan;
  }

  /** Whether the clock had a part in the question: then it has to be kept before it is asked, so that it stays the same. */
  get isToBeKept(): boolean {
    return this.#scanOf(this.#plan) !== undefined;
  }

  /** For the checkpoint of a page within the scan. */
  underWay(): Kept {
    return present({ scan: this.#scanOf(this.#plan), sliceMs: this.#sliceMs });
  }

  /** For the checkpoint that ends the scan or the slice. */
  ended(checkpoint: Checkpoint | undefined): Kept {
    const { cursor } = this.#stream;
    this.finished++;
    this.#sliceMs = sliceAfterSuccess(this.#sliceMs, cursor);
    const known = checkpoint && { ...checkpoint, ...present({ sliceMs: this.#sliceMs }) };
    this.#next = sliceAfter(this.#plan, cursor, known, this.#now);
    return present({ scan: this.#next && this.#scanOf(this.#next), sliceMs: this.#sliceMs });
  }

  /** The slice is too long for the vendor: half of it comes first. False where it cannot be cut. */
  halve(): boolean {
    const half = halved(this.#plan);
    if (!half) return false;
    this.#next = half.plan;
    this.#sliceMs = half.sliceMs;
    return true;
  }

  /** What a slice that was cut leaves in the checkpoint. */
  cut(checkpoint: Checkpoint): Checkpoint {
    const { scan: _, sliceMs: __, ...rest } = checkpoint;
    return { ...rest, ...present({ scan: this.#next && this.#scanOf(this.#next), sliceMs: this.#sliceMs }) };
  }

  /** Undefined where the checkpoint tells the question without it. */
  #scanOf({ kind, from, mark, to }: ScanPlan): Scan | undefined {
    if (from === undefined || kind === 'replay' || (kind === 'incremental' && to === undefined))
      return undefined;
    return {
      kind,
      from,
      ...(mark !== undefined && { mark }),
      ...(to !== undefined && { to }),
      question: this.#question,
    };
  }
}

function questionOf({ cursor, endpoint }: Stream): string {
  return contentHash([cursor?.definition, endpoint.definition]).slice(0, 16);
}

function present(kept: { [K in keyof Kept]: Kept[K] | undefined }): Kept {
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
}
