import { expect, test } from 'vitest';
import { EngineError } from '../../engine/errors.ts';
import { readJsonPage } from '../../engine/fetch/json-page.ts';
import type { Walk, WalkStep } from '../../engine/fetch/walk.ts';
import { WalkedList } from '../../engine/run/lists.ts';
import { endpointOf } from '../support/endpoint-of.ts';

/** A walk whose answers come when the test lets them come. */
async function heldWalk() {
  const { endpoint } = await endpointOf({ records: 'value' });
  const answers: ((ids: readonly number[]) => void)[] = [];
  const walk = {
    endpoint,
    isAbandoned: false,
    abandon: () => {
      walk.isAbandoned = true;
    },
    step: () =>
      new Promise<WalkStep>((resolve) => {
        const number = answers.length + 1;
        answers.push((ids) => {
          const bytes = Buffer.from(JSON.stringify({ value: ids.map((id) => ({ id })) }));
          const records = readJsonPage(bytes, ['value']);
          resolve({ type: 'page', page: { number, records, fetchedAt: 0, bytes: bytes.length } });
        });
      }),
  };
  return { walk, answers };
}

const looped = new EngineError({ code: 'page-loop', kind: 'contract', message: 'it goes in circles' });
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a page of a walk that was given up has no part in the one that takes its place', async () => {
  const [first, second] = [await heldWalk(), await heldWalk()];
  const walks = [first.walk, second.walk];
  const list = await WalkedList.begin(async () => walks.shift() as unknown as Walk);
  const step = list.step();
  first.answers[0]?.([1]);
  expect(await step).toMatchObject({ type: 'page', page: { number: 1 } });
  await settled();
  expect(first.answers).toHaveLength(2);

  expect(await list.beginAnew(looped)).toMatchObject({ code: 'page-loop', retry: 'backoff' });
  expect(first.walk.isAbandoned).toBe(true);
  first.answers[1]?.([2]);
  await settled();
  expect([first.answers.length, second.answers.length]).toEqual([2, 0]);

  const anew = list.step();
  second.answers[0]?.([3]);
  const came = await anew;
  expect(came.type === 'page' && came.page.record(0)).toEqual({ id: 3 });
  await settled();
  expect([first.answers.length, second.answers.length]).toEqual([2, 2]);
});
