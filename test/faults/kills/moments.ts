/** When is a run killed, and how? Drawn from a seed. */

/** What is seen of a run from outside, over its life. */
export interface Seen {
  /** Times that a part grew. */
  growths: number;
  /** Times that anything in the state changed since a part grew last; from 1 on, the page of that growth is being committed. */
  commits: number;
  /** Parts that got their final name after this run wrote something. */
  seals: number;
  /** Times that anything in the state or the output changed since the start. */
  changes: number;
  /** Milliseconds since the start. */
  age: number;
}

export type How = 'kill' | 'stop' | 'pause';

export interface Moment {
  name: 'growth' | 'commit' | 'seal' | 'recovery' | 'any time';
  isThere(seen: Seen): boolean;
  /** Milliseconds to wait still. */
  delayMs: number;
  /** `pause` only of a run that has written: one that has not may not hold its state yet. */
  how: How;
}

/** Milliseconds after which a run that met no such moment is killed all the same. */
const LONGEST_MS = 60_000;

/**
 * Most moments are while output grows; with something left over by the run before, some are in the recovery.
 * @param random uniform in [0, 1)
 */
export function drawMoment(random: () => number, hasLeftovers: boolean): Moment {
  const dice = random();
  const nth = 1 + Math.floor(random() ** 2 * 5);
  // Half of them at once: what is written then is as young as it can be seen.
  const delayMs = random() < 0.5 ? 0 : random() * 4;
  const how = howOf(random());
  const at = (name: Moment['name'], isThere: (seen: Seen) => boolean, delay = delayMs): Moment => ({
    name,
    isThere: (seen) => seen.age > LONGEST_MS || isThere(seen),
    delayMs: delay,
    how,
  });
  if (hasLeftovers && dice < 0.16) return { ...at('recovery', ({ changes }) => changes >= nth), how: 'kill' };
  if (dice < 0.6) return at('growth', ({ growths }) => growths >= nth);
  if (dice < 0.84) return at('commit', ({ growths, commits }) => growths >= nth && commits > 0);
  if (dice < 0.95) return at('seal', ({ seals }) => seals > 0);
  const age = 50 + random() * 900;
  return at('any time', (seen) => seen.age > age, 0);
}

function howOf(dice: number): How {
  if (dice < 0.05) return 'stop';
  return dice < 0.1 ? 'pause' : 'kill';
}
