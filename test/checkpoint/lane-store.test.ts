import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Checkpoint, firstCheckpoint } from '../../engine/checkpoint/checkpoint.ts';
import { type LaneStore, openLane } from '../../engine/checkpoint/lane-store.ts';
import { failureOf } from '../support/failure-of.ts';
import { copied, hashOf, LANE } from '../support/seen-lane.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const clock = { ...LANE, now: () => 1_700_000_000_000 };

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

/** Changes what the checkpoint of a slot says behind the lane's back. */
function tamper(path: string, slot: number, change: (content: string) => string): void {
  const file = `${path}.checkpoint-${slot}`;
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

/** As one that wrote it would have: with the right checksum. */
function resealed(content: string): string {
  const [line = ''] = content.split('\n');
  return `${line}\n${createHash('sha256').update(line).digest('hex')}\n`;
}

describe('a lane', () => {
  it('has no checkpoint before the first commit', () => {
    inLane(join(temporaryDirectory(), 'lane'), (lane) => {
      expect(lane.checkpoint()).toBeUndefined();
      expect(lane.committedAt()).toBeUndefined();
      expect(lane.find('a')).toBeUndefined();
    });
  });

  it('remembers checkpoint, seen records and its id over runs', () => {
    const path = join(temporaryDirectory(), 'lane');
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
    inLane(join(temporaryDirectory(), 'lane'), (lane) => {
      const given = at('1');
      lane.commit({ checkpoint: given });
      given.counters.pages = 9;
      const read = lane.checkpoint();
      if (read) read.counters.pages = 8;
      expect(lane.checkpoint()?.counters.pages).toBe(0);
    });
  });

  it('replaces the hash of a record, the last of several entries counting', () => {
    inLane(join(temporaryDirectory(), 'lane'), (lane) => {
      const twice = [1, 2].map((byte) => ({ key: 'a', hash: hashOf(byte) }));
      lane.commit({ checkpoint: at('1'), seen: twice });
      expect(lane.find('a')?.hash).toEqual(hashOf(2));
      lane.commit({ checkpoint: at('2'), seen: [{ key: 'a', hash: hashOf(3) }] });
      expect(lane.find('a')?.hash).toEqual(hashOf(3));
    });
  });

  it('tells any two keys apart, whatever they are made of', () => {
    const lane = openLane(join(temporaryDirectory(), 'lane'), clock);
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
    inLane(join(temporaryDirectory(), 'lane'), (lane) => {
      const seen = ['1', '2', '3'].map((instant) => ({ key: instant, hash: hashOf(1), instant }));
      lane.commit({ checkpoint: at('1'), seen: [...seen, { key: 'none', hash: hashOf(1) }] });
      lane.commit({ checkpoint: at('2'), pruneBefore: '2' });
      expect(['1', '2', '3', 'none'].filter((key) => lane.find(key)?.hash)).toEqual(['2', '3', 'none']);
    });
  });

  it.each([undefined, null, {}, [], { version: 2, destinations: {}, counters: {} }, { version: 1 }])(
    'refuses to write %j as a checkpoint',
    async (checkpoint) => {
      const lane = openLane(join(temporaryDirectory(), 'lane'), clock);
      lane.commit({ checkpoint: at('1') });
      const error = await failureOf(() => lane.commit({ checkpoint: checkpoint as Checkpoint }));
      expect(error).toMatchObject({ code: 'state-empty', kind: 'state' });
      expect(lane.checkpoint()).toEqual(at('1'));
      lane.close();
    },
  );

  it('is found as it was committed when the process ends without closing it', async () => {
    const path = join(temporaryDirectory(), 'lane');
    inLane(path, (lane) => lane.commit({ checkpoint: at('1') }));
    const lane = openLane(path, clock);
    lane.commit({ checkpoint: at('2'), seen: [{ key: 'a', hash: hashOf(1) }] });
    const copy = copied(path);
    lane.close();
    inLane(copy, (killed) => {
      expect(killed.checkpoint()).toEqual(at('2'));
      expect(killed.find('a')?.hash).toEqual(hashOf(1));
    });
  });
});

describe('one runner a lane', () => {
  it('refuses a second run while the first holds the lane, and lets it in after', async () => {
    const path = join(temporaryDirectory(), 'lane');
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
    const path = join(temporaryDirectory(), 'lane');
    const first = openLane(path, clock);
    await failureOf(() => openLane(path, clock));
    const tries = "new (require('libsql'))(process.argv[1]).exec('begin immediate')";
    const { spawnSync } = await import('node:child_process');
    const child = () => spawnSync(process.execPath, ['-e', tries, `${path}.lock`], { encoding: 'utf8' });
    expect(child().stderr).toContain('database is locked');
    first.close();
    expect(child().status).toBe(0);
  });

  it('gets the lane back from a process that was killed', async () => {
    const path = join(temporaryDirectory(), 'lane');
    inLane(path, (lane) => lane.commit({ checkpoint: at('1') }));
    const { spawn } = await import('node:child_process');
    const holds =
      "const d = new (require('libsql'))(process.argv[1]); d.exec('begin exclusive');" +
      "console.log('held'); setInterval(() => d, 1000)";
    const child = spawn(process.execPath, ['-e', holds, `${path}.lock`]);
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
    const path = join(temporaryDirectory(), 'lane');
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

  it('in the newest checkpoint falls back to the one before, and to what had been seen then', () => {
    const path = laneWithTwoGenerations();
    tamper(path, 1, (content) => content.replace('"watermark":"3"', '"watermark":"4"'));
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
    const names = readdirSync(dirname(path)).sort();
    expect(names).toEqual(['lane.checkpoint-0', 'lane.checkpoint-1', 'lane.lock', 'lane.seen-1']);
  });

  it('in all checkpoints is told, not begun anew', async () => {
    const path = laneWithTwoGenerations();
    for (const slot of [0, 1]) tamper(path, slot, (content) => content.slice(0, -9));
    const error = await failureOf(() => openLane(path, clock));
    expect(error).toMatchObject({ code: 'state-corrupt', kind: 'state' });
    expect(error.message).toContain('checksum');
  });

  it('before anything was committed is told, and begun anew', () => {
    const path = join(temporaryDirectory(), 'lane');
    const id = inLane(path, (lane) => lane.id);
    tamper(path, 0, () => 'x');
    inLane(path, (lane) => {
      expect(lane.damage.map(({ code }) => code)).toEqual(['state-fell-back']);
      expect([lane.checkpoint(), lane.id === id]).toEqual([undefined, false]);
    });
    inLane(path, (lane) => expect(lane.damage).toEqual([]));
  });

  it('of the first commit goes back to before it', () => {
    const path = join(temporaryDirectory(), 'lane');
    const id = inLane(path, (lane) => {
      lane.commit({ checkpoint: at('1') });
      return lane.id;
    });
    tamper(path, 1, (content) => `${content} `);
    inLane(path, (lane) => {
      expect(lane.damage.map(({ code }) => code)).toEqual(['state-fell-back']);
      expect([lane.checkpoint(), lane.id]).toEqual([undefined, id]);
      lane.commit({ checkpoint: at('1') });
    });
    inLane(path, (lane) => expect([lane.damage, lane.checkpoint()]).toEqual([[], at('1')]));
  });

  it('is what checkpoints of two lanes count as', async () => {
    const path = laneWithTwoGenerations();
    const other = laneWithTwoGenerations();
    tamper(path, 0, () => readFileSync(`${other}.checkpoint-0`, 'utf8'));
    expect((await failureOf(() => openLane(path, clock))).code).toBe('state-corrupt');
  });

  it('is not what state of a later version counts as', async () => {
    const path = laneWithTwoGenerations();
    tamper(path, 1, (content) => resealed(content.replace('"format":4', '"format":5')));
    const error = await failureOf(() => openLane(path, clock));
    expect(error).toMatchObject({ code: 'state-newer', kind: 'state' });
    expect(error.message).toContain('format 5');
    // The refusal has let go of the lane.
    tamper(path, 1, (content) => resealed(content.replace('"format":5', '"format":4')));
    inLane(path, (lane) => expect(lane.checkpoint()).toEqual(at('3')));
  });

  it('is not what state of an earlier version counts as', async () => {
    const path = join(temporaryDirectory(), 'lane');
    writeFileSync(`${path}.db`, 'an SQLite file');
    expect((await failureOf(() => openLane(path, clock))).code).toBe('state-older');
  });
});

describe('the files of a lane', () => {
  it('are private, in a private directory', () => {
    const directory = join(temporaryDirectory(), 'state', 'deep');
    const path = join(directory, 'lane');
    inLane(path, (lane) => lane.commit({ checkpoint: at('1'), seen: [{ key: 'a', hash: hashOf(1) }] }));
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    const names = ['lane.checkpoint-0', 'lane.checkpoint-1', 'lane.lock', 'lane.seen-1'];
    expect(readdirSync(directory).sort()).toEqual(names);
    for (const name of names) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    for (const name of ['lane.lock', 'lane.seen-1']) {
      chmodSync(join(directory, name), 0o644);
      inLane(path, () => expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600));
    }
  });

  it('are not reached through a link', async () => {
    const directory = temporaryDirectory();
    const [path, elsewhere] = [join(directory, 'lane'), join(directory, 'elsewhere')];
    symlinkSync(elsewhere, `${path}.checkpoint-next`);
    inLane(path, () => {});
    symlinkSync(elsewhere, join(directory, 'other.lock'));
    const error = await failureOf(() => openLane(join(directory, 'other'), clock));
    expect(error).toMatchObject({ code: 'state-unwritable', kind: 'state' });
    expect(existsSync(elsewhere)).toBe(false);
  });

  it('cannot lie below a file', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'file'), '');
    const error = await failureOf(() => openLane(join(directory, 'file', 'lane'), clock));
    expect(error).toMatchObject({ code: 'state-unwritable', kind: 'state' });
  });
});
