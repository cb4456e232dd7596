/** What happens to one process: when it is killed, stopped, suspended, and which of its calls on the disk fail. */
import { OUT } from './deliveries.ts';
import type { Edge } from './edges.ts';
import type { Injection } from './injection.ts';
import type { DiskFault, Fate } from './process.ts';
import type { Random } from './random.ts';

export interface Ending {
  /** At a call, before or after its effect; or when the machine takes an edge for the n-th time. */
  at: { call: number; moment: 'before' | 'after' } | { edge: Edge; nth: number };
  isPowerLost: boolean;
  onHit?(): void;
}

export interface ProcessPlan {
  kill?: Ending;
  /** The n-th call that can fail does. */
  failure?: { nth: number; done: DiskFault['done']; onHit(): void };
  /** The call at which it is told to stop. */
  stopAt?: number;
  /** The call at which it is suspended, and for how long (milliseconds). */
  suspend?: { call: number; ms: number };
  /** The call at which the clock of the host jumps, and how far (milliseconds). */
  jump?: { call: number; ms: number };
  /** A second process is started after so many milliseconds. */
  secondAfterMs?: number;
}

const HOUR = 3_600_000;

export function processPlan(
  random: Random,
  faults: Injection,
  plan: { kills: number; stops: number },
  edges: readonly Edge[],
): ProcessPlan {
  const fate: ProcessPlan = {};
  if (random.chance(plan.kills)) {
    const isPowerLost = faults.has(51) && random.chance(0.7);
    fate.kill = {
      at: random.chance(0.4)
        ? { edge: random.pick(edges), nth: random.pick([1, 1, 2, 3, 5]) }
        : {
            call: random.int(1, random.pick([30, 100, 250])),
            moment: random.pick(['before', 'after'] as const),
          },
      isPowerLost,
    };
  }
  if (random.chance(plan.stops)) fate.stopAt = random.int(1, 80);
  if (faults.strikes(56)) fate.suspend = { call: random.int(1, 100), ms: random.int(1, 8) * HOUR };
  else if (faults.strikes(58)) fate.suspend = { call: random.int(1, 100), ms: random.int(1, 90) * 1000 };
  if (faults.strikes(60)) {
    const ms = random.pick([-HOUR, HOUR, -24 * HOUR, 24 * HOUR, -60_000, 60_000, 5 * 24 * HOUR]);
    fate.jump = { call: random.int(0, 60), ms };
  }
  if (faults.strikes(57)) fate.secondAfterMs = random.int(0, 5_000);
  return fate;
}

/** Which calls on the disk fail, for all processes of a schedule. */
export function diskFate(
  random: Random,
  faults: Injection,
  now: () => number,
): Pick<Fate, 'onDisk' | 'diskMs'> {
  // Of a destination that is down, or refuses a record: for the time of the faults.
  const downFrom = random.int(0, 2 * HOUR);
  const downUntil = downFrom + random.int(1, 6) * HOUR;
  const refused = Buffer.from(`-${random.int(1, 12)}"`);
  const isOutput = (path: string) => path.startsWith(OUT);
  return {
    onDisk: (name, path, bytes) => {
      if (faults.isOff) return undefined;
      if (faults.has(50) && isOutput(path) && now() >= downFrom && now() < downUntil) {
        faults.count(50);
        return { code: 'EIO', done: 'nothing' };
      }
      if (
        faults.has(52) &&
        name === 'write' &&
        isOutput(path) &&
        Buffer.from(bytes ?? []).includes(refused)
      ) {
        faults.count(52);
        return { code: 'EIO', done: 'half' };
      }
      return fleeting(name, random, faults);
    },
    diskMs: (path) => (isOutput(path) && faults.strikes(49) ? random.int(1, 20_000) : 0),
  };
}

function fleeting(name: string, random: Random, faults: Injection): DiskFault | undefined {
  if (faults.strikes(46)) return { code: 'EIO', done: 'all' };
  if (name === 'write' && faults.strikes(47)) return { code: 'EIO', done: 'half' };
  if (faults.strikes(48)) return { code: 'EAGAIN', done: 'nothing' };
  if (faults.strikes(53)) {
    return {
      code: random.pick(['ENOSPC', 'EIO', 'EMFILE', 'EROFS', 'EACCES']),
      done: name === 'write' ? 'half' : 'nothing',
    };
  }
  return undefined;
}
