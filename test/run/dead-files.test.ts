import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DeadLine, deadLines, rewriteDeadFile } from '../../engine/run/dead-files.ts';
import { CrashingFiles } from '../support/crashing-files.ts';
import { broken, play } from '../support/dead-lane.ts';
import { filesIn, type Json } from '../support/tenant.ts';

test('of any bytes, lines are letters or are told why not, and all that is not named stays as it is', async () => {
  const letter = { at: '2026-01-15T12:00:00Z', lane: 'acme/things', stage: 'map', code: 'c', message: 'm' };
  const good = ['a', 'b', 'c', 'd'].map((id) =>
    JSON.stringify({ ...letter, record: { id, tags: ['ü', {}] } }),
  );
  const random = seeded(7);
  for (let round = 0; round < 400; round++) {
    const bytes = Buffer.from(`${good.join('\n')}\n`);
    for (let times = 1 + Math.floor(random() * 4); times > 0; times--)
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    const cut = bytes.subarray(0, random() < 0.3 ? Math.floor(random() * bytes.length) : bytes.length);
    const files = new CrashingFiles();
    await files.makeDirectory('/dead');
    await files.replace('/dead/x.ndjson', cut);
    const read: DeadLine[] = [];
    for await (const line of deadLines(files, '/dead', false)) read.push(line);
    for (const line of read) expect('letter' in line || line.problem !== '').toBe(true);
    const played = read.filter((line) => 'letter' in line && random() < 0.5);
    await rewriteDeadFile(files, '/dead/x.ndjson', new Map(played.map(({ digest }) => [digest, undefined])));
    const left = (await files.size('/dead/x.ndjson')) === undefined ? '' : await text(files);
    const lines = cut
      .toString('latin1')
      .split('\n')
      .filter((line, index, all) => index < all.length - 1 || line !== '');
    const kept = lines.filter((_, index) => !played.some(({ number }) => number === index + 1));
    const expected = kept.map((line) => `${line}\n`).join('');
    expect([round, left]).toEqual([round, played.length === 0 ? cut.toString('latin1') : expected]);
  }
});

async function text(files: CrashingFiles): Promise<string> {
  return (await files.readBytes('/dead/x.ndjson')).toString('latin1');
}

/** A generator of numbers in [0, 1) that a seed repeats (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

describe('a file of dead letters is data that anyone may have written', () => {
  /** Lines that are no letters, and what is said of each. */
  const HOSTILE: [string, string][] = [
    ['not json', 'is not JSON that can be read'],
    ['{"at": "2026', 'is cut off'],
    [`${'['.repeat(200)}${']'.repeat(200)}`, 'is not JSON that can be read'],
    ['[]', 'is no dead letter: `lane`'],
    ['"text"', 'is no dead letter: `lane`'],
    [
      '{"__proto__": {"lane": "acme/things", "stage": "map", "code": "c", "message": "m"}}',
      'is no dead letter: `lane`',
    ],
    [
      '{"lane":"acme/things","stage":"map","code":"c","message":"m","at":"2026-01-15T12:00:00Z"}',
      'is no dead letter: `record`',
    ],
    [
      '{"lane":"acme/things","stage":"map","code":"c","message":"m","at":"yesterday","record":{"id":"z"}}',
      'is no dead letter: `at`',
    ],
    [
      '{"lane":"acme/things","stage":"map","code":"c","message":"m","at":"2026-01-15T12:00:00Z","version":-1,"record":{}}',
      'is no dead letter: `version`',
    ],
    ['{"class_uid": 5001, "unmapped": {}}', 'is no dead letter: `lane`'],
  ];

  test('what is no letter is named with its line and kept, the others are played', async () => {
    const { vendor, mended } = await broken();
    const [file = ''] = filesIn(join(vendor.out, 'dead'));
    const good = readFileSync(file, 'utf8').trimEnd().split('\n');
    const mixed = HOSTILE.flatMap(([line], index) => [line, ...good.slice(index, index + 1), '']);
    const invalid = Buffer.from([0x22, 0xff, 0x22]);
    writeFileSync(file, Buffer.concat([Buffer.from(`${mixed.join('\n')}\n`), invalid]));
    const { lanes, unreadable } = await play(vendor, mended);
    expect(lanes).toMatchObject([{ end: 'done', records: 4, events: 4 }]);
    expect(unreadable.slice(0, -1).map(({ problem }) => problem)).toEqual(
      HOSTILE.map(([, said]) => expect.stringContaining(said)),
    );
    const kept = readFileSync(file);
    expect(kept.subarray(-4)).toEqual(Buffer.concat([invalid, Buffer.from('\n')]));
    const lines = kept.subarray(0, -4).toString().split('\n');
    expect(lines.filter((line) => line !== '')).toEqual(HOSTILE.map(([line]) => line));
    const named = unreadable.slice(0, -1).map(({ file: path, line }) => [path, lines[line - 1]]);
    expect(named).toEqual(HOSTILE.map(([line]) => [file, line]));
    expect(({} as Json)['lane']).toBeUndefined();
  });

  test('a line of 100 MB is passed over', { timeout: 30_000 }, async () => {
    const { vendor, mended } = await broken();
    const file = join(vendor.out, 'dead', 'huge.ndjson');
    const head =
      '{"lane":"acme/things","stage":"map","code":"c","message":"m","at":"2026-01-15T12:00:00Z","record":{"id":"z","t":"';
    writeFileSync(file, `${head}${'x'.repeat(100_000_000)}"}}\n`);
    const { lanes, unreadable } = await play(vendor, mended);
    expect(lanes).toMatchObject([{ records: 4, events: 4 }]);
    expect(unreadable).toEqual([
      { file, line: 1, problem: expect.stringMatching(/^has 1000\d+ bytes, expected at most/) },
    ]);
    expect(existsSync(file)).toBe(true);
  });

  test('links and directories are not followed', async () => {
    const { vendor, mended } = await broken();
    mkdirSync(join(vendor.out, 'dead', 'folder.ndjson'));
    symlinkSync('/etc/hostname', join(vendor.out, 'dead', 'link.ndjson'));
    const { unreadable, lanes } = await play(vendor, mended);
    expect(lanes).toMatchObject([{ events: 4 }]);
    expect(unreadable.map(({ line, problem }) => [line, problem])).toEqual([
      [0, 'is no regular file'],
      [0, 'is no regular file'],
    ]);
  });

  test('members with special names are data of the record', async () => {
    const { vendor, mended } = await broken();
    const file = join(vendor.out, 'dead', 'own.ndjson');
    const record = '{"id":"z","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
    const letter = `{"lane":"acme/things","stage":"map","code":"c","message":"m","at":"2026-01-15T12:00:00Z","record":${record}}`;
    writeFileSync(file, `${letter}\n`);
    await play(vendor, mended);
    expect(({} as Json)['polluted']).toBeUndefined();
    const text = filesIn(vendor.out)
      .map((path) => readFileSync(path, 'utf8'))
      .join('');
    expect(text).toContain('"__proto__":{"polluted":true}');
    expect(existsSync(file)).toBe(false);
  });
});
