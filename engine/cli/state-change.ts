/** A lane before and after it was changed by hand, as a person or a program wants to see it. */
import type { InspectedLane } from '../run/inspect-lanes.ts';
import { laneJson, laneText } from './lane-state.ts';
import { paintOut as paint, print } from './terminal.ts';

export interface Change {
  connector: string;
  before: InspectedLane;
  /** Absent where the lane is no more. */
  after?: InspectedLane;
  /** What follows from it. */
  says: string;
}

export async function printChange(
  { connector, before, after, says }: Change,
  isJson: boolean,
): Promise<void> {
  if (isJson) {
    const [one, other] = [before, after].map((lane) => (lane ? laneJson(connector, lane) : null));
    await print(JSON.stringify({ version: 1, connector, before: one, after: other, says }, null, 2));
    return;
  }
  await print(`${paint.dim('before')}\n${laneText(connector, before, paint)}\n`);
  const now = after
    ? laneText(connector, after, paint)
    : `${paint.bold(`${connector}/${before.name}`)}  no state`;
  await print(`${paint.dim('after')}\n${now}\n\n${says}`);
}
