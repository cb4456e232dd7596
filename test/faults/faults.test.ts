/** What `npm run test:faults` is to be trusted for: seeds that repeat, failures of the n-th call, wrong designs that are caught. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { WRONG_DESIGNS } from './wrong-designs.ts';

const MAIN = 'node_modules/.faults/test/faults/main.js';

const command = promisify(execFile);

/** What the simulation says, whether or not something broke. */
async function simulate(...args: string[]): Promise<{ text: string; isGood: boolean }> {
  try {
    const { stdout } = await command(process.execPath, [MAIN, ...args], { maxBuffer: 64 * 1024 * 1024 });
    return { text: stdout, isGood: true };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { text: `${stdout}${stderr}`, isGood: false };
  }
}

beforeAll(async () => {
  await command(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.faults.json']);
}, 120_000);

describe('schedules of faults', () => {
  test('are the same each time that their seed is played', async () => {
    const { text, isGood } = await simulate('--schedules', '10', '--twice');
    expect(isGood, text).toBe(true);
  }, 120_000);

  test('whose n-th call fails, or is the last of the process, come to a good end', async () => {
    const { text, isGood } = await simulate('--nth', '--step', '301');
    expect(isGood, text).toBe(true);
  }, 300_000);
});

/** Where the first schedule is that catches it; each is looked for from there on. */
const CATCHING: Readonly<Record<string, number>> = {
  X2: 8,
  X3: 8,
  X4: 14,
  X5: 8,
  X6: 7,
  X7: 286,
  X8: 27,
  X11: 223,
};

describe('a wrong design is caught', () => {
  // The others take as long again: `npm run test:faults -- --wrong all`.
  test.each(WRONG_DESIGNS.filter(({ name }) => name.startsWith('X')))(
    '$name: $mistake',
    async ({ name }) => {
      const seed = String(CATCHING[name] ?? 1);
      // One worker: most are caught by its first schedules.
      const range = ['--schedules', '100', '--seed', seed, '--workers', '1'];
      const { text, isGood } = await simulate('--wrong', name, ...range);
      expect(isGood, text).toBe(true);
    },
    300_000,
  );
});
