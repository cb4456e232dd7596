/** Kills as many runs as asked for, of several tenants side by side, each followed by the next. */
import { type Figures, noFigures } from './figures.ts';
import { tenantRounds } from './tenant-rounds.ts';

export interface KillOptions {
  main: string;
  kills: number;
  seed: number;
  /** Tenants at once; 4 unless given: a run waits as long for its disk, its vendor and its backoff as it computes. */
  sideBySide?: number;
  signal?: AbortSignal;
  onProgress?(text: string): void;
}

/** Seconds for a kill and its share of starts, ends and checks, beyond which something hangs. */
const SECONDS_A_KILL_MAX = 10;

/** What is broken for good need not be killed on. */
const BREAKS_MAX = 10;

export async function killTenants(options: KillOptions): Promise<{ figures: Figures; seconds: number }> {
  const { main, kills, seed, sideBySide = 4, onProgress } = options;
  const figures = noFigures();
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1_000;
  const late = AbortSignal.timeout((60 + kills * SECONDS_A_KILL_MAX) * 1_000);
  const signal = AbortSignal.any([late, ...(options.signal ? [options.signal] : [])]);
  let wanted = kills;
  let nextSeed = seed * 1_000;
  const rounds = {
    main,
    figures,
    signal,
    // A run that ends by itself, or is stopped, is followed by another until there are enough kills.
    wantsKill: () => wanted > figures.kills && figures.breaks.length < BREAKS_MAX,
  };
  const work = async () => {
    while (rounds.wantsKill() && !signal.aborted) {
      await tenantRounds(nextSeed++, rounds);
      onProgress?.(
        `${figures.kills} of ${kills} kills, ${figures.breaks.length} breaks, ${Math.round(seconds())} s`,
      );
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, work));
  wanted = 0;
  if (late.aborted) figures.breaks.push(`it takes longer than ${SECONDS_A_KILL_MAX} s a kill`);
  return { figures, seconds: seconds() };
}
