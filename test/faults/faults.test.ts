/** The short form of `npm run test:faults`: some hundred schedules, each wrong design, each seed told twice. */
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
  test('lose nothing, repeat nothing and break no invariant', async () => {
    const { text, isGood } = await simulate('--schedules', '200', '--seed', '100000');
    expect(isGood, text).toBe(true);
    expect(text).toMatch(/lost +0\n/);
  }, 300_000);

  test('are the same each time that their seed is played', async () => {
    const { text, isGood } = await simulate('--schedules', '20', '--twice');
    expect(isGood, text).toBe(true);
  }, 120_000);

  test('whose n-th call fails, or is the last of the process, come to a good end', async () => {
    const { text, isGood } = await simulate('--nth', '--step', '61');
    expect(isGood, text).toBe(true);
  }, 300_000);
});

describe('a wrong design is caught', () => {
  test.each(WRONG_DESIGNS)(
    '$name: $mistake',
    async ({ name }) => {
      const { text, isGood } = await simulate('--wrong', name, '--schedules', '2000');
      expect(isGood, text).toBe(true);
    },
    300_000,
  );
});
