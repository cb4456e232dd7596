/** The n-th call of a run fails, or the process dies at it: for every n until there is no such call. */
import type { Connector } from '../../engine/compile/connector.ts';
import type { ProcessPlan } from './fates.ts';
import type { Plan } from './plan.ts';
import { type Played, playSchedule } from './schedule.ts';

/** Small runs that between them make every kind of call. */
const SCENARIOS: Readonly<Record<string, Partial<Plan>>> = {
  'nth-assets': { streams: ['assets'] },
  'nth-findings': { streams: ['findings'] },
  'nth-events': { streams: ['events'] },
  'nth-incidents': { streams: ['incidents'] },
  'nth-users': { streams: ['users'] },
  'nth-exports': { streams: ['exports'] },
};

export const NTH_SCENARIOS = Object.keys(SCENARIOS);

/** Each is done at every call. */
const HOWS = ['nothing', 'half', 'all', 'kill before', 'kill after', 'power'] as const;

/** Two processes, of which one meets its n-th call; then runs without faults. */
const PLAN: Partial<Plan> = {
  tenants: ['north'],
  processes: 2,
  things: 7,
  changes: 0,
  kills: 0,
  stops: 0,
  rates: new Map(),
};

/** @param step 1 for every call, 7 for every seventh */
export async function playNth(
  connector: Connector,
  scenario: string,
  step: number,
  onPlayed: (played: Played, cpuMs: number) => void,
): Promise<void> {
  const plan = { ...PLAN, ...SCENARIOS[scenario] };
  for (const [index, how] of HOWS.entries()) {
    // One process fails in its first run, the other in one that has something to go on from.
    for (const victim of [0, 1]) {
      for (let nth = 1 + ((index + victim) % step); ; nth += step) {
        const began = process.cpuUsage();
        const isHit = { value: false };
        const played = await playSchedule(connector, scenario, {
          plan,
          fate: (process) => (process === victim ? fateOf(how, nth, isHit) : {}),
        });
        const { user, system } = process.cpuUsage(began);
        onPlayed(
          { ...played, seed: `${scenario} ${how} ${nth} of process ${victim + 1}` },
          (user + system) / 1000,
        );
        if (!isHit.value) break;
      }
    }
  }
}

function fateOf(how: (typeof HOWS)[number], nth: number, isHit: { value: boolean }): ProcessPlan {
  const onHit = () => {
    isHit.value = true;
  };
  if (how === 'nothing' || how === 'half' || how === 'all') return { failure: { nth, done: how, onHit } };
  const moment = how === 'kill before' ? 'before' : 'after';
  return { kill: { at: { call: nth, moment }, isPowerLost: how === 'power', onHit } };
}
