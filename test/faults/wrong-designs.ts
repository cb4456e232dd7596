/** The mistakes that lose or repeat records: each as a change of the compiled engine, which the suite must catch. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { workThrough } from './crew.ts';
import type { Job } from './worker.ts';

/** One piece of a compiled file that stands there exactly once, and what takes its place. */
export interface Change {
  file: string;
  from: string;
  to: string;
}

export interface WrongDesign {
  name: string;
  mistake: string;
  changes: Change[];
  /** No process holds what it works on: a port is replaced, not the engine. */
  areLocksOff?: boolean;
  /** What it has to break: anything else would be a mistake in the change. */
  breaks: readonly string[];
}

const PLAN = 'run/scan-plan.js';
const LANE = 'run/lane.js';
const MARKS = 'run/marks.js';
const LOWEST = 'const lowest = addMilliseconds(watermark, -cursor.overlapMs);';
const ACKNOWLEDGED = 'positions[destination.name] = await destination.acknowledge();';
const SEEN = 'return cursor.field ? this.#greatestCursor.instant : this.#bound;';

/** X1 to X11 are those of the design; the others are mistakes that the other invariants are for. */
export const WRONG_DESIGNS: readonly WrongDesign[] = [
  {
    name: 'X1',
    mistake: 'checkpoint before the destinations have acknowledged',
    changes: [
      { file: LANE, from: ACKNOWLEDGED, to: 'positions[destination.name] ??= {};' },
      {
        file: LANE,
        from: 'replay?.committed();',
        to: `for (const destination of [...destinations, deadLetters]) ${ACKNOWLEDGED} replay?.committed();`,
      },
    ],
    breaks: ['I1', 'I4'],
  },
  {
    name: 'X2',
    mistake: 'cursor after the greatest seen, no overlap',
    changes: [{ file: PLAN, from: LOWEST, to: 'const lowest = addMilliseconds(watermark, 1000);' }],
    breaks: ['I1'],
  },
  {
    name: 'X3',
    mistake: 'cursor from the greatest seen, no overlap',
    changes: [{ file: PLAN, from: LOWEST, to: 'const lowest = watermark;' }],
    breaks: ['I1'],
  },
  {
    name: 'X4',
    mistake: 'watermark is the clock after the scan',
    changes: [
      {
        file: LANE,
        from: '...this.#marks.remembered(this.#isFinished),',
        to: '...this.#marks.remembered(this.#isFinished), ...(this.#isFinished && store.committedAt() !== undefined && { watermark: new Date(store.committedAt()).toISOString() }),',
      },
    ],
    breaks: ['I1'],
  },
  {
    name: 'X5',
    mistake: 'watermark is the start of the scan, no overlap',
    changes: [
      { file: PLAN, from: LOWEST, to: 'const lowest = watermark;' },
      { file: MARKS, from: SEEN, to: 'return instantOfMs(this.#now);' },
    ],
    breaks: ['I1'],
  },
  {
    name: 'X6',
    mistake: 'cursor from the first page, before the scan has come to its end',
    changes: [
      { file: MARKS, from: 'if (!isFinished) {', to: 'if (false) {' },
      { file: 'run/scan-course.js', from: 'scan: this.#scanOf(this.#plan), sliceMs', to: 'sliceMs' },
    ],
    breaks: ['I1'],
  },
  {
    name: 'X7',
    mistake: 'counted pages are taken for complete although records move',
    changes: [{ file: 'run/tasks.js', from: 'return pages > 1 && (type', to: 'return false && (type' }],
    breaks: ['I1'],
  },
  {
    name: 'X8',
    mistake: 'two processes at one lane, nothing holds it',
    changes: [],
    areLocksOff: true,
    breaks: ['I1', 'I2', 'I4', 'I5', 'I6'],
  },
  {
    name: 'X9',
    mistake: 'two processes at one lane, neither touches what the other wrote',
    changes: [
      {
        file: 'write/ndjson-directory.js',
        from: 'await this.#files.remove(join(directory, name));',
        to: ';',
      },
    ],
    areLocksOff: true,
    breaks: ['I1', 'I2', 'I4', 'I5', 'I6'],
  },
  {
    name: 'X10',
    mistake: 'seen records saved before the destinations have acknowledged',
    changes: [
      {
        file: LANE,
        from: 'this.#items = [];\n        return {',
        to: 'this.#items = []; if (this.#checkpoint) this.#options.store.commit({ checkpoint: this.#checkpoint });\n        return {',
      },
    ],
    breaks: ['I1'],
  },
  {
    name: 'X11',
    mistake: 'lower bound rounded up to the granularity',
    changes: [
      {
        file: PLAN,
        from: 'const from = formatInstant(lowest);',
        to: 'const from = formatInstant(lowest + 999999999n);',
      },
    ],
    breaks: ['I1'],
  },
  {
    name: 'Y1',
    mistake: 'output acknowledged without a sync',
    changes: [{ file: 'write/ndjson-directory.js', from: 'await part.file.sync();', to: ';' }],
    breaks: ['I1', 'I4', 'I14'],
  },
  {
    name: 'Y2',
    mistake: 'names of sealed files not synced',
    changes: [
      {
        file: 'write/ndjson-directory.js',
        from: 'await this.#files.syncDirectory(this.#options.directory);',
        to: ';',
      },
    ],
    breaks: ['I1', 'I4', 'I14'],
  },
  {
    name: 'Y3',
    mistake: 'checkpoint in place without a sync',
    changes: [{ file: 'checkpoint/generations.js', from: 'file.sync();', to: ';' }],
    breaks: ['I2', 'I16', 'I14'],
  },
  {
    name: 'Y4',
    mistake: 'next links followed to any origin',
    changes: [
      {
        file: 'fetch/request.js',
        from: 'assertSameOrigin(url, base.origins, "the vendor\'s next link");',
        to: ';',
      },
    ],
    breaks: ['I11', 'I12'],
  },
  {
    name: 'Y5',
    mistake: 'a short page ends a counted list',
    changes: [
      {
        file: 'fetch/paginate/odata-skip.js',
        from: 'page.recordCount === 0 ?',
        to: 'page.recordCount < pageSize ?',
      },
    ],
    breaks: ['I1'],
  },
  {
    name: 'Y6',
    mistake: 'no call budget',
    changes: [
      { file: 'fetch/rate-limit.js', from: 'const wait = this.#wait(count);', to: 'const wait = 0;' },
    ],
    breaks: ['I9', 'I10'],
  },
  {
    name: 'Y7',
    mistake: 'Retry-After cut short',
    changes: [
      { file: 'http/backoff.js', from: 'Math.max(retry.afterMs,', to: 'Math.min(retry.afterMs,' },
      {
        file: 'fetch/rate-limit.js',
        from: 'hold(ms) {',
        to: 'hold(asked) { const ms = asked / 8;',
      },
    ],
    breaks: ['I10'],
  },
  {
    name: 'Y8',
    mistake: 'seen records forgotten as soon as the watermark has passed them',
    changes: [{ file: MARKS, from: 'rankBefore(instant, cursor.overlapMs)', to: 'rankBefore(instant, 0)' }],
    breaks: ['I2'],
  },
  {
    name: 'Y9',
    mistake: 'the unsynced end of a part is not cut off',
    changes: [
      {
        file: 'write/ndjson-directory.js',
        from: 'await this.#cut(path, length);',
        to: ';',
      },
    ],
    breaks: ['I1', 'I2', 'I4'],
  },
];

export interface Caught {
  design: WrongDesign;
  /** Schedules that it took; undefined when it was not caught. */
  schedules?: number;
  seed?: string;
  how?: string;
}

/** Plays schedules against a wrong design until one breaks. @throws Error when a change does not match the engine any more */
export async function catchDesign(
  design: WrongDesign,
  options: { built: string; first: number; schedules: number; workers?: number },
): Promise<Caught> {
  const { built, first, schedules, workers } = options;
  const home = `${built}-wrong-${design.name}`;
  rmSync(home, { recursive: true, force: true });
  cpSync(built, home, { recursive: true });
  try {
    for (const change of design.changes) apply(`${home}/engine/${change.file}`, change, design);
    const jobs: Job[] = Array.from({ length: Math.ceil(schedules / 5) }, (_, index) => ({
      seeds: Array.from({ length: 5 }, (_, at) => String(first + index * 5 + at)),
      areLocksOff: design.areLocksOff ?? false,
    }));
    let found: { seed: string; how: string } | undefined;
    // What the right design breaks as well is another's fault.
    const rightlyBroken = new Set<string>();
    const playRight = (seed: string) =>
      workThrough([{ seeds: [seed] }], {
        script: `${built}/test/faults/worker.js`,
        onResult: ({ totals }) => {
          if (totals.breaks > 0) rightlyBroken.add(seed);
          return undefined;
        },
      });
    await workThrough(jobs, {
      script: `${home}/test/faults/worker.js`,
      ...(workers !== undefined && { workers }),
      onResult: async ({ totals }) => {
        for (const { seed, breaks } of totals.broken) {
          await playRight(seed);
          if (rightlyBroken.has(seed)) continue;
          const [one] = breaks.filter(({ invariant }) => design.breaks.includes(invariant));
          if (one && (!found || Number(seed) < Number(found.seed)))
            found = { seed, how: `${one.invariant} ${one.what}` };
        }
        return found === undefined;
      },
    });
    return { design, ...(found && { ...found, schedules: Number(found.seed) - first + 1 }) };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** @param names `all`, or one name; true when each is caught */
export async function judgeDesigns(
  names: string,
  options: { built: string; first: number; schedules: number; workers?: number },
): Promise<boolean> {
  const chosen = WRONG_DESIGNS.filter(({ name }) => names === 'all' || name === names);
  if (chosen.length === 0) throw new Error(`there is no wrong design ${names}`);
  let isAllCaught = true;
  for (const design of chosen) {
    const { schedules, seed, how } = await catchDesign(design, options);
    isAllCaught &&= seed !== undefined;
    const result =
      seed === undefined ? `NOT CAUGHT in ${options.schedules}` : `caught after ${schedules} by seed ${seed}`;
    console.log(
      `${design.name.padEnd(4)} ${design.mistake.padEnd(72)} ${result}${how ? `: ${how.slice(0, 90)}` : ''}`,
    );
  }
  return isAllCaught;
}

function apply(path: string, { from, to, file }: Change, { name }: WrongDesign): void {
  const text = readFileSync(path, 'utf8');
  const count = text.split(from).length - 1;
  if (count !== 1)
    throw new Error(
      `${name}: \`${from}\` stands ${count} times in ${file}, expected once: write the change anew`,
    );
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}
