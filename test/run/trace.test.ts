import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeFiles } from '../../engine/files.ts';
import type { Transition } from '../../engine/run/run-lane.ts';
import { openTrace } from '../../engine/run/trace.ts';
import { CrashingFiles, failure } from '../support/crashing-files.ts';
import { failureOf } from '../support/failure-of.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { readNdjson } from '../support/tenant.ts';

const transition = (to: string): Transition => ({
  at: '2026-01-01T00:00:00.000Z',
  lane: 'a/b',
  from: '',
  to,
  event: 'x',
});

test('holds a line a transition, in order, in a directory that is made for it', async () => {
  const path = join(temporaryDirectory(), 'deep/er/trace.ndjson');
  const trace = await openTrace(path, nodeFiles);
  const all = Array.from({ length: 50 }, (_, index) => transition(String(index)));
  for (const one of all) trace.write(one);
  await trace.close();
  expect(readNdjson(path)).toEqual(all);
});

test('begins anew in a file that exists', async () => {
  const path = join(temporaryDirectory(), 'trace.ndjson');
  for (const to of ['first', 'second']) {
    const trace = await openTrace(path, nodeFiles);
    trace.write(transition(to));
    await trace.close();
  }
  expect(readNdjson(path)).toEqual([transition('second')]);
});

test('a full disk ends no run: it is told when the trace is closed', async () => {
  const files = new CrashingFiles();
  const trace = await openTrace('/out/trace.ndjson', files);
  let writes = 0;
  files.before = (operation) => {
    if (operation === 'write' && ++writes === 2) throw failure('ENOSPC');
  };
  for (const to of ['a', 'b', 'c']) trace.write(transition(to));
  const error = await failureOf(() => trace.close());
  expect(error).toMatchObject({ code: 'destination-full', kind: 'destination' });
  expect(writes).toBe(2);
});
