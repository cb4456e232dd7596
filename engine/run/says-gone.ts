/** Does a record say of itself that it is gone? */
import type { Stream } from '../compile/connector.ts';

/** False for a stream whose records say nothing of the kind. */
export async function saysGone({ removed, recordName }: Stream, record: unknown): Promise<boolean> {
  return (await removed?.when?.evaluate({ input: { [recordName]: record } })) === true;
}
