import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { type Checkpoint, firstCheckpoint } from '../../engine/checkpoint/checkpoint.ts';
import { type LaneStore, openLane } from '../../engine/checkpoint/lane-store.ts';
import { failureOf } from '../support/failure-of.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const clock = { now: () => 1_700_000_000_000 };
const hashOf = (byte: number) => Buffer.alloc(16, byte).toString('hex');

function at(watermark: string): Checkpoint {
  return { ...firstCheckpoint(), watermark, destinations: { 'ndjson:out': { file: 'part', length: 7 } } };
}

/** Opens, works and closes, as one run does. */
function inLane<T>(path: string, work: (lane: LaneStore) => T): T {
  const lane = openLane(path, clock);
  try {
    return work(lane);
  } finally {
    lane.close();
  }
}

/** Changes the file behind the lane's back. */
function tamper(path: string, sql: string): void {
  const file = new Database(path);
  file.exec(sql);
  file.close();
}

describe('a lane', () => {
  it('has no checkpoint before the first commit', () => {
    inLane(join(temporaryDirectory(), 'lane.db'), (lane) => {
      expect(lane.checkpoint()).toBeUndefined();
      expect(lane.committedAt()).toBeUndefined();
      expect(lane.find('a')).toBeUndefined();
    });
  });

  it('remembers checkpoint, seen records and its id over runs', () => {
    const path = join(temporaryDirectory(), 'lane.db');
    const id = inLane(path, (lane) => {
      lane.commit({ checkpoint: at('1'), seen: [{ key: 'a', hash: hashOf(1) }] });
      lane.commit({ checkpoint: at('2'), seen: [{ key: 'b', hash: hashOf(2) }] });
      return lane.id;
    });
    expect(id).toMatch(/^[0-9a-f]{8}$/);
    inLane(path, (lane) => {
      expect(lane.checkpoint()).toEqual(at('2'));
      expect(lane.committedAt()).toBe(clock.now());
      expect(lane.fellBack).toBe(false);
      expect(lane.id).toBe(id);
      expect(lane.find('a')?.hash).toEqual(hashOf(1));
      expect(lane.find('b')?.hash).toEqual(hashOf(2));
      expect(lane.find('c')).toBeUndefined();
    });
  });

  it('gives out checkpoints that nobody can change from outside', () => {
    inLane(join(temporaryDirectory(), 'lane.db'), (lane) => {
      const given = at('1');
      lane.commit({ checkpoint: given });
      given.counters.pages = 9;
      const read = lane.checkpoint();
      if (read) read.counters.pages = 8;
      expect(lane.checkpoint()?.counters.pages).toBe(0);
    });
  });

  it('replaces the hash of a record, the last of several entries counting', () => {
    inLane(join(temporaryDirectory(), 'lane.db'), (lane) => {
      const twice = [1, 2].map((byte) => ({ key: 'a', hash: hashOf(byte) }));
      lane.commit({ checkpoint: at('1'), seen: twice });
      expect(lane.find('a')?.hash).toEqual(hashOf(2));
      lane.commit({ checkpoint: at('2'), seen: [{ key: 'a', hash: hashOf(3) }] });
      expect(lane.find('a')?.hash).toEqual(hashOf(3));
    });
  });

  it('tells any two keys apart, whatever they are made of', () => {
    const lane = openLane(join(temporaryDirectory(), 'lane.db'), clock);
    const model = new Map<string, string>();
    const key = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', 'a\0b', 'a\0', '\ud800', '\udc00', '\ufffd', '\ud800a', 'é', 'Ã©', 'Ā', '\0\x01'),
    );
    const entries = fc.array(
      fc.record({
        key,
        hash: fc
          .uint8Array({ minLength: 16, maxLength: 16 })
          .map((bytes) => Buffer.from(bytes).toString('hex')),
      }),
    );
    fc.assert(
      fc.property(entries, (seen) => {
        lane.commit({ checkpoint: at('1'), seen });
        for (const entry of seen) model.set(entry.key, entry.hash);
        for (const [known, hash] of model) expect(lane.find(known)?.hash).toBe(hash);
        expect(lane.find('never seen')).toBeUndefined();
      }),
      { numRuns: 20 },
    );
    lane.close();
  });

  it('forgets records below the cursor it is told, and keeps those without one', () => {
    inLane(join(temporaryDirectory(), 'lane.db'), (lane) => {
      const seen = ['1', '2', '3'].map((instant) => ({ key: instant, hash: hashOf(1), instant }));
      lane.commit({ checkpoint: at('1'), seen: [...seen, { key: 'none', hash: hashOf(1) }] });
      lane.commit({ checkpoint: at('2'), pruneBefore: '2' });
      expect(['1', '2', '3', 'none'].filter((key) => lane.find(key)?.hash)).toEqual(['2', '3', 'none']);
    });
  });

  it('commits nothing of a commit that fails half way', () => {
    const path = join(temporaryDirectory(), 'lane.db');
    inLane(path, (lane) => lane.commit({ checkpoint: at('1') }));
    tamper(path, "create trigger no before insert on checkpoint begin select raise(abort, 'no'); end");
    inLane(path, (lane) => {
      expect(() => lane.commit({ checkpoint: at('2'), seen: [{ key: 'a', hash: hashOf(1) }] })).toThrow();
      expect(lane.checkpoint()).toEqual(at('1'));
      expect(lane.find('a')).toBeUndefined();
    });
    inLane(path, (lane) => expect(lane.checkpoint()).toEqual(at('1')));
  });

  it.each([undefined, null, {}, [], { version: 2, destinations: {}, counters: {} }, { version: 1 }])(
    'refuses to write %j as a checkpoint',
    async (checkpoint) => {
      const lane = openLane(join(temporaryDirectory(), 'lane.db'), clock);
      lane.commit({ checkpoint: at('1') });
      const error = await failureOf(() => lane.commit({ checkpoint: checkpoint as Checkpoint }));
      expect(error).toMatchObject({ code: 'state-empty', kind: 'state' });
      expect(lane.checkpoint()).toEqual(at('1'));
      lane.close();
    },
  );

  it('is found as it was committed when the process ends without closing it', async () => {
    const path = join(temporaryDirectory(), 'lane.db');
    inLane(path, (lane) => lane.commit({ checkpoint: at('1') }));
    // A commit that only the write-ahead log has, copied away as a killed process would leave it.
    const lane = openLane(path, clock);
    lane.commit({ checkpoint: at('2'), seen: [{ key: 'a', hash: hashOf(1) }] });
    const copy = join(temporaryDirectory(), 'lane.db');
    writeFileSync(copy, readFileSync(path), { mode: 0o600 });
    for (const end of ['-wal', '.seen-1'])
      writeFileSync(`${copy}${end}`, readFileSync(`${path}${end}`), { mode: 0o600 });
    lane.close();
    inLane(copy, (killed) => {
      expect(killed.checkpoint()).toEqual(at('2'));
      expect(killed.find('a')?.hash).toEqual(hashOf(1));
    });
  });
});

describe('one runner a lane', () => {
  it('refuses a second run while the first holds the lane, and lets it in after', async () => {
    const path = join(temporaryDirectory(), 'lane.db');
    const first = openLane(path, clock);
    first.commit({ checkpoint: at('1'), seen: [{ key: 'a', hash: hashOf(1) }] });
    first.find('a');
    const error = await failureOf(() => openLane(path, clock));
    expect(error).toMatchObject({ code: 'state-locked', kind: 'state', retry: 'never' });
    expect(error.message).toContain('another run holds this lane');
    expect(error.fix).toContain('--state');
    first.commit({ checkpoint: at('2') });
    first.close();
    inLane(path, (second) => expect(second.checkpoint()).toEqual(at('2')));
  });

  it('refuses another process as well, after the refused try of this one', async () => {
    const path = join(temporaryDirectory(), 'lane.db');
    const first = openLane(path, clock);
    await failureOf(() => openLane(path, clock));
    const tries = "new (require('libsql'))(process.argv[1]).exec('begin immediate')";
    const { spawnSync } = await import('node:child_process');
    const child = () => spawnSync(process.execPath, ['-e', tries, path], { encoding: 'utf8' });
    expect(child().stderr).toContain('database is locked');
    first.close();
    expect(child().status).toBe(0);
  });

  it('gets the lane back from a process that was killed', async () => {
    const path = join(temporaryDirectory(), 'lane.db');
    inLane(path, (lane) => lane.commit({ checkpoint: at('1') }));
    const { spawn } = await import('node:child_process');
    const holds =
      "const d = new (require('libsql'))(process.argv[1]); d.exec('pragma locking_mode = exclusive; begin exclusive; commit');" +
      "console.log('held'); setInterval(() => d.exec('select 1'), 1000)";
    const child = spawn(process.execPath, ['-e', holds, path]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect((await failureOf(() => openLane(path, clock))).code).toBe('state-locked');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    inLane(path, (lane) => expect(lane.checkpoint()).toEqual(at('1')));
  });
});

describe('damage', () => {
  function laneWithTwoGenerations(): string {
    const path = join(temporaryDirectory(), 'lane.db');
    inLane(path, (lane) => {
      lane.commit({ checkpoint: at('1'), seen: [{ key: 'old', hash: hashOf(1) }] });
      lane.commit({ checkpoint: at('2'), seen: [{ key: 'kept', hash: hashOf(2) }] });
      lane.commit({
        checkpoint: at('3'),
        seen: [
          { key: 'lost', hash: hashOf(3) },
          { key: 'old', hash: hashOf(3) },
        ],
      });
    });
    return path;
  }

  it.each([
    ['a byte of its content', 'content = replace(content, \'"3"\', \'"4"\')'],
    ['its checksum', "checksum = 'x' || substr(checksum, 2)"],
    ['its number', 'generation = 9'],
    ['its number, downwards', 'generation = 1'],
    ['its time', 'at = at + 1'],
    ['what it has seen', 'seen = replace(seen, \'"live":3\', \'"live":4\')'],
  ])('in %s falls back to the checkpoint before, and to what had been seen then', (_, change) => {
    const path = laneWithTwoGenerations();
    tamper(path, `update checkpoint set ${change} where generation = 3`);
    inLane(path, (lane) => {
      expect(lane.fellBack).toBe(true);
      expect(lane.checkpoint()).toEqual(at('2'));
      expect(lane.damage.map(({ code }) => code)).toEqual(['state-fell-back']);
      // What only the lost generation knew is sent again: its destination goes back as well.
      expect(['old', 'kept', 'lost'].map((key) => lane.find(key)?.hash)).toEqual([
        hashOf(1),
        hashOf(2),
        undefined,
      ]);
      lane.commit({ checkpoint: at('3'), seen: [{ key: 'lost', hash: hashOf(3) }] });
    });
    inLane(path, (lane) => {
      expect([lane.fellBack, lane.damage]).toEqual([false, []]);
      expect(lane.checkpoint()).toEqual(at('3'));
      expect(lane.find('lost')?.hash).toEqual(hashOf(3));
    });
  });

  it('keeps two generations, no more', () => {
    const path = laneWithTwoGenerations();
    const file = new Database(path);
    expect(file.prepare('select generation from checkpoint order by 1').raw().all([])).toEqual([[2], [3]]);
    file.close();
  });

  it('in all checkpoints is told, not begun anew', async () => {
    const path = laneWithTwoGenerations();
    tamper(path, "update checkpoint set content = '{}'");
    const error = await failureOf(() => openLane(path, clock));
    expect(error).toMatchObject({ code: 'state-corrupt', kind: 'state' });
    expect(error.message).toContain('checksum');
  });

  it.each([
    ['text', Buffer.from('this is no state'.repeat(500))],
    ['noise', randomBytes(20_000)],
  ])('of the whole file (%s) is told', async (_, content) => {
    const path = join(temporaryDirectory(), 'lane.db');
    writeFileSync(path, content, { mode: 0o600 });
    expect(await failureOf(() => openLane(path, clock))).toMatchObject({
      code: 'state-corrupt',
      kind: 'state',
    });
  });

  it('is what a database of something else counts as', async () => {
    const path = join(temporaryDirectory(), 'lane.db');
    tamper(path, 'create table something (x)');
    expect((await failureOf(() => openLane(path, clock))).code).toBe('state-corrupt');
  });

  it('is not what a file of a later version counts as', async () => {
    const path = laneWithTwoGenerations();
    tamper(path, 'update meta set format = 4');
    const error = await failureOf(() => openLane(path, clock));
    expect(error).toMatchObject({ code: 'state-newer', kind: 'state' });
    expect(error.message).toContain('format 4');
    // The refusal has let go of the file.
    tamper(path, 'update meta set format = 3');
    inLane(path, (lane) => expect(lane.checkpoint()).toEqual(at('3')));
  });
});

describe('the file of a lane', () => {
  it('is private, in a private directory', () => {
    const directory = join(temporaryDirectory(), 'state', 'deep');
    const path = join(directory, 'lane.db');
    const lane = openLane(path, clock);
    lane.commit({ checkpoint: at('1'), seen: [{ key: 'a', hash: hashOf(1) }] });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}.seen-1`).mode & 0o777).toBe(0o600);
    lane.close();
    expect(existsSync(`${path}-wal`)).toBe(false);
    for (const file of [path, `${path}.seen-1`]) {
      chmodSync(file, 0o644);
      inLane(path, () => expect(statSync(file).mode & 0o777).toBe(0o600));
    }
  });

  it('is not reached through a link', async () => {
    const directory = temporaryDirectory();
    symlinkSync(join(directory, 'elsewhere'), join(directory, 'lane.db'));
    const error = await failureOf(() => openLane(join(directory, 'lane.db'), clock));
    expect(error).toMatchObject({ code: 'state-unwritable', kind: 'state' });
    expect(existsSync(join(directory, 'elsewhere'))).toBe(false);
  });

  it('cannot lie below a file', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'file'), '');
    const error = await failureOf(() => openLane(join(directory, 'file', 'lane.db'), clock));
    expect(error).toMatchObject({ code: 'state-unwritable', kind: 'state' });
  });
});
