import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nodeFiles } from '../../engine/files.ts';
import { type DeadLetter, openDeadLetters } from '../../engine/write/dead-letters.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const env = {
  files: nodeFiles,
  clock: new SimulatedClock(),
  randomBytes: (size: number) => Buffer.alloc(size),
};
const letter: DeadLetter = {
  at: '2025-01-01T00:00:00Z',
  lane: 'vendor/devices',
  stage: 'map',
  code: 'map-no-event',
  message: 'the mapping gives nothing',
  where: 'device.jsonata:3:7',
  key: '7',
  record: { id: '7' },
};

it('dead letters are sealed NDJSON with reason, place and record', async () => {
  const directory = join(temporaryDirectory(), 'dead');
  const letters = openDeadLetters(directory, {
    stream: 'devices',
    lane: 'aaaa0000',
    generation: () => 1,
    env,
  });
  await letters.recover(undefined);
  const { key: _key, where: _where, ...bare } = letter;
  await letters.write([letter, { ...bare, record: { big: 2n ** 70n } }]);
  await letters.write([{ ...bare, record: undefined }]);
  expect(await letters.acknowledge()).toMatchObject({ file: expect.stringMatching(/^devices-/) });
  await letters.seal();
  await letters.close();
  const [name = ''] = readdirSync(directory);
  expect(name).toMatch(/\.ndjson$/);
  const lines = readFileSync(join(directory, name), 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    letter,
    { ...bare, record: { big: String(2n ** 70n) } },
    { ...bare, record: null },
  ]);
});

it('dead letters that were not committed are gone after recovery', async () => {
  const directory = join(temporaryDirectory(), 'dead');
  const about = { stream: 'devices', lane: 'aaaa0000', generation: () => 1, env };
  const killed = openDeadLetters(directory, about);
  await killed.write([letter]);
  const position = await killed.acknowledge();
  await killed.write([letter, letter]);
  await killed.close();
  await openDeadLetters(directory, about).recover(position);
  const [name = ''] = readdirSync(directory);
  const [line = '', ...rest] = readFileSync(join(directory, name), 'utf8').split('\n');
  expect(JSON.parse(line)).toEqual(letter);
  expect(rest).toEqual(['']);
});

it('a run without dead letters leaves no directory', async () => {
  const parent = temporaryDirectory();
  const letters = openDeadLetters(join(parent, 'dead'), {
    stream: 'devices',
    lane: 'aaaa0000',
    generation: () => 1,
    env,
  });
  await letters.recover(undefined);
  await letters.write([]);
  await letters.acknowledge();
  await letters.seal();
  expect(readdirSync(parent)).toEqual([]);
});
