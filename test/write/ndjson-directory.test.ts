import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DestinationPosition } from '../../engine/checkpoint/checkpoint.ts';
import { type Files, nodeFiles } from '../../engine/files.ts';
import type { Destination } from '../../engine/write/destination.ts';
import { ndjsonDirectory } from '../../engine/write/ndjson-directory.ts';
import { CrashingFiles, failure } from '../support/crashing-files.ts';
import { failureOf } from '../support/failure-of.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

let committed = 0;

function open(
  directory: string,
  options: { files?: Files; stream?: string; lane?: string; partBytesMax?: number } = {},
): Destination {
  const { files = nodeFiles, stream = 'devices', lane = 'aaaa0000', partBytesMax } = options;
  return ndjsonDirectory({
    name: `ndjson:${directory}`,
    directory,
    stream,
    lane,
    env: { files, clock: new SimulatedClock(Date.UTC(2025, 0, 2, 3, 4, 5, 6)), randomBytes },
    // Each commit makes another generation.
    generation: () => ++committed,
    ...(partBytesMax !== undefined && { partBytesMax }),
  });
}

function textsIn(directory: string): string[] {
  return readdirSync(directory)
    .sort()
    .map((name) => readFileSync(join(directory, name), 'utf8'));
}

describe('an NDJSON directory', () => {
  it('holds one sealed file of the stream after a run', async () => {
    const directory = join(temporaryDirectory(), 'out');
    const destination = open(directory);
    await destination.recover(undefined);
    await destination.write('{"a":1}\n');
    const position = await destination.acknowledge();
    expect(position).toEqual({ file: expect.stringMatching(/\.ndjson\.open$/), length: 8 });
    expect(readdirSync(directory)).toEqual([position.file]);
    await destination.write(Buffer.from('{"a":2}\n'));
    expect(await destination.acknowledge()).toEqual({ file: position.file, length: 16 });
    expect(await destination.seal()).toEqual({});
    await destination.close();
    const [name = ''] = readdirSync(directory);
    expect(name).toMatch(/^devices-20250102T030405006Z-aaaa0000-\d+-[0-9a-f]{4}\.ndjson$/);
    expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    expect(textsIn(directory)).toEqual(['{"a":1}\n{"a":2}\n']);
  });

  it('gets neither file nor directory from a run without events', async () => {
    const directory = join(temporaryDirectory(), 'out');
    const destination = open(directory);
    await destination.recover(undefined);
    await destination.write('');
    expect(await destination.acknowledge()).toEqual({});
    expect(await destination.seal()).toEqual({});
    await destination.close();
    expect(existsSync(directory)).toBe(false);
  });

  it('loses what was not acknowledged when sealed', async () => {
    const directory = temporaryDirectory();
    const destination = open(directory);
    await destination.write('1\n');
    await destination.acknowledge();
    await destination.write('2\n');
    await destination.seal();
    expect(textsIn(directory)).toEqual(['1\n']);
  });

  it('is not left with a file when nothing was ever acknowledged', async () => {
    const directory = temporaryDirectory();
    const destination = open(directory);
    await destination.write('1\n');
    await destination.seal();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('begins another part after the commit of a long one', async () => {
    const directory = temporaryDirectory();
    const destination = open(directory, { partBytesMax: 4 });
    await destination.write('1\n');
    await destination.write('2\n');
    const first = await destination.acknowledge();
    // Only the next write says that this position was committed.
    expect(readdirSync(directory)).toEqual([first.file]);
    await destination.write('3\n');
    const second = await destination.acknowledge();
    expect(second).toEqual({ file: expect.not.stringMatching(first.file ?? ''), length: 2 });
    await destination.seal();
    expect(textsIn(directory)).toEqual(['1\n2\n', '3\n']);
  });
});

describe('recovery', () => {
  it('keeps exactly the acknowledged bytes of a killed run', async () => {
    const directory = temporaryDirectory();
    const killed = open(directory);
    await killed.write('1\n');
    const position = await killed.acknowledge();
    await killed.write('2\n');
    await killed.close();
    expect(textsIn(directory)).toEqual(['1\n2\n']);

    const next = open(directory);
    await next.recover(position);
    expect(textsIn(directory)).toEqual(['1\n']);
    expect(readdirSync(directory)[0]).toMatch(/\.ndjson$/);
    await next.recover(position);
    await next.write('3\n');
    await next.acknowledge();
    await next.seal();
    expect(textsIn(directory).sort()).toEqual(['1\n', '3\n']);
  });

  it('removes a part that no checkpoint knows', async () => {
    const directory = temporaryDirectory();
    const killed = open(directory);
    await killed.write('1\n');
    await killed.acknowledge();
    await killed.close();
    await open(directory).recover(undefined);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('touches nothing of other lanes, other streams and other programs', async () => {
    const directory = temporaryDirectory();
    for (const other of [{ lane: 'bbbb0000' }, { stream: 'alerts' }, { stream: 'x-devices' }]) {
      const running = open(directory, other);
      await running.write('1\n');
      await running.acknowledge();
      await running.close();
    }
    writeFileSync(join(directory, 'devices.ndjson.open'), 'x');
    writeFileSync(join(directory, 'devices-20250102T030405006Z-aaaa0000-1-0001.ndjson'), 'x');
    const before = readdirSync(directory);
    await open(directory).recover({ file: 'gone.ndjson.open', length: 3 });
    expect(readdirSync(directory)).toEqual(before);
  });

  it('refuses to go on when acknowledged bytes are missing', async () => {
    const directory = temporaryDirectory();
    const killed = open(directory);
    await killed.write('1\n');
    const position = await killed.acknowledge();
    await killed.close();
    writeFileSync(join(directory, position.file ?? ''), '');
    const error = await failureOf(() => open(directory).recover(position));
    expect(error).toMatchObject({ code: 'destination-behind', kind: 'destination' });
    expect(error.message).toContain('has 0 bytes, 2 were acknowledged');
  });

  it('gives every line once, wherever the power fails, and however often', async () => {
    const pages = Array.from({ length: 6 }, (_, page) => [`${page}a\n`, `${page}b\n`]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 4 }),
        fc.infiniteStream(fc.nat({ max: 999 })),
        fc.constantFrom(1, 7, 1_000),
        async (crashes, randoms, partBytesMax) => {
          const files = new CrashingFiles();
          const random = () => (randoms.next().value ?? 0) / 1_000;
          let committed: { page: number; position: DestinationPosition | undefined } = {
            page: 0,
            position: undefined,
          };
          const run = async () => {
            const destination = open('/out', { files, partBytesMax });
            await destination.recover(committed.position);
            for (let page = committed.page; page < pages.length; page++) {
              for (const line of pages[page] ?? []) await destination.write(line);
              const position = await destination.acknowledge();
              files.before('commit');
              committed = { page: page + 1, position };
            }
            await destination.seal();
            await destination.close();
          };
          for (const after of crashes) {
            const end = files.count + after;
            files.before = () => {
              if (files.count >= end) throw new Error('the power is gone');
            };
            await run().catch(() => {});
            files.crash(random);
          }
          await run();
          files.crash(random);
          expect(files.all().filter(([path]) => !path.endsWith('.ndjson'))).toEqual([]);
          const lines = files.all().flatMap(([, text]) => text.match(/.*\n/g) ?? []);
          expect(lines.sort()).toEqual(pages.flat());
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a failing disk', () => {
  it.each([
    ['ENOSPC', 'destination-full'],
    ['EDQUOT', 'destination-full'],
    ['EIO', 'destination-refused'],
    ['EACCES', 'destination-refused'],
    ['EROFS', 'destination-refused'],
  ])('with %s ends the run as %s, cut back to the acknowledged length', async (errno, code) => {
    const files = new CrashingFiles();
    const destination = open('/out', { files });
    await destination.write('1\n');
    await destination.acknowledge();
    files.before = (operation) => {
      if (operation === 'write') throw failure(errno);
    };
    const error = await failureOf(() => destination.write('22222222\n'));
    expect(error).toMatchObject({ code, kind: 'destination', retry: 'never' });
    expect(error.message).toContain('/out/devices-');
    expect(files.all().map(([, text]) => text)).toEqual(['1\n']);
    expect(await failureOf(() => destination.write('3\n'))).toBe(error);
    expect(await failureOf(() => destination.acknowledge())).toBe(error);
    await destination.seal();
    expect(files.all()).toEqual([[expect.stringMatching(/\.ndjson$/), '1\n']]);
  });

  it('that cannot sync is not asked again, and what it did not sync is not counted', async () => {
    const files = new CrashingFiles();
    const destination = open('/out', { files });
    await destination.write('1\n');
    await destination.acknowledge();
    await destination.write('2\n');
    let syncs = 0;
    files.before = (operation) => {
      if (operation === 'sync' && syncs++ === 0) throw failure('EIO');
    };
    expect((await failureOf(() => destination.acknowledge())).code).toBe('destination-refused');
    expect((await failureOf(() => destination.acknowledge())).code).toBe('destination-refused');
    await destination.seal();
    expect(files.all()).toEqual([[expect.stringMatching(/\.ndjson$/), '1\n']]);
  });

  it('that fails at everything leaves the part to the next recovery', async () => {
    const files = new CrashingFiles();
    const destination = open('/out', { files });
    await destination.write('1\n');
    const position = await destination.acknowledge();
    files.before = () => {
      throw failure('EIO');
    };
    expect((await failureOf(() => destination.write('2\n'))).code).toBe('destination-refused');
    expect((await failureOf(() => destination.seal())).code).toBe('destination-refused');
    files.before = () => {};
    await open('/out', { files }).recover(position);
    expect(files.all()).toEqual([[expect.stringMatching(/\.ndjson$/), '1\n']]);
  });

  it('tells a directory that is a file', async () => {
    const directory = join(temporaryDirectory(), 'file');
    writeFileSync(directory, '');
    const error = await failureOf(() => open(directory).write('1\n'));
    expect(error).toMatchObject({ code: 'destination-refused', kind: 'destination' });
  });

  it('would keep a new directory and its parents through a loss of power', async () => {
    const files = new CrashingFiles();
    await open('/a/b/c', { files }).write('1\n');
    expect([...files.syncedDirectories]).toEqual(['/', '/a', '/a/b', '/a/b/c']);
  });
});
