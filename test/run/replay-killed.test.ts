import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeFiles } from '../../engine/files.ts';
import {
  broken,
  events,
  failingFor,
  ids,
  LINKED,
  play,
  sealed,
  sorted,
  things,
} from '../support/dead-lane.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { type Directories, filesIn } from '../support/tenant.ts';
import { START, startVendor } from '../support/vendor.ts';

describe('killed', () => {
  const image = (from: Directories, to: string): Directories => {
    for (const folder of ['state', 'out'] as const)
      if (existsSync(from[folder])) cpSync(from[folder], join(to, folder), { recursive: true });
    return { state: join(to, 'state'), out: join(to, 'out') };
  };

  test('at any transition, a replay is followed by one that delivers each letter once and leaves none', async () => {
    const { vendor, mended } = await broken();
    // A letter of another run, and so another page.
    const more = [
      { id: 'u0', owner: 'o0', bad: 'x' },
      { id: 'u1', owner: 'o1' },
    ];
    vendor.lists['/things'] = more;
    await vendor.run({ now: START + 1_000 });
    vendor.lists['/things'] = [...things(12), ...more];
    const home = temporaryDirectory();
    const images: { at: string; directories: Directories }[] = [];
    const before = image(vendor, join(home, 'before'));
    await play(vendor, mended, {
      onTransition: ({ from, to }) => {
        const directories = image(vendor, join(home, String(images.length)));
        images.push({ at: `${images.length} ${from} -> ${to}`, directories });
      },
    });
    expect(images.length).toBeGreaterThan(10);
    const whole = sealed(vendor.out);
    images.push({ at: 'before', directories: before });
    for (const [index, { at, directories }] of images.entries()) {
      const { lanes } = await play(vendor, mended, {}, directories);
      expect([at, lanes[0]?.end, lanes[0]?.problem]).toEqual([at, 'done', undefined]);
      expect([at, sorted(sealed(directories.out))]).toEqual([at, sorted(whole)]);
      expect([at, filesIn(join(directories.out, 'dead'))]).toEqual([at, []]);
      if (index % 4 !== 0) continue;
      const { summary } = await vendor.run({}, mended, directories);
      expect([at, summary.end, summary.events, summary.unchanged]).toEqual([at, 'done', 0, 14]);
      expect(readdirSync(directories.out).filter((name) => name.endsWith('.open'))).toEqual([]);
    }
  });

  test('while it rewrites the letters, or with a disk that refuses that, nothing comes twice and nothing is lost', async () => {
    const { vendor, mended } = await broken();
    const [file = ''] = filesIn(join(vendor.out, 'dead'));
    const text = readFileSync(file, 'utf8');
    for (const operation of ['replace', 'remove', 'syncDirectory', 'readBytes'] as const) {
      const directories = image(vendor, temporaryDirectory());
      let isFailing = false;
      const files = {
        ...nodeFiles,
        [operation]: async (path: string, content: string) => {
          const isDead = path.startsWith(join(directories.out, 'dead'));
          if (isDead && isFailing) throw Object.assign(new Error('EIO: the disk'), { code: 'EIO' });
          return (nodeFiles[operation] as (path: string, content: string) => Promise<unknown>)(path, content);
        },
      };
      // A line that stays makes it a replacement.
      const dead = join(directories.out, 'dead', file.split('/').pop() ?? '');
      if (operation === 'replace')
        writeFileSync(dead, `${text}${text.split('\n')[0]?.replace('acme/things', 'acme/x')}\n`);
      const { lanes } = await play(
        vendor,
        mended,
        {
          env: { ...vendor.env, files },
          onTransition: ({ to }) => {
            isFailing = to === 'done';
          },
        },
        directories,
      ).catch((error) => ({ lanes: [{ end: 'failed', problem: { kind: error.kind } }] }));
      expect([operation, lanes[0]?.end, lanes[0]?.problem?.kind]).toEqual([
        operation,
        'failed',
        'destination',
      ]);
      const { remaining } = await play(vendor, mended, {}, directories);
      expect([operation, remaining]).toEqual([operation, operation === 'replace' ? { 'acme/x': 1 } : {}]);
      expect([operation, ids(events(directories.out))]).toEqual([operation, things(12).map(({ id }) => id)]);
    }
  });

  test('between its commit and the end of its letters, it is made good although runs have forgotten the records since', async () => {
    const definition = {
      endpoints: { things: { ...LINKED, path: '/things' } },
      streams: {
        things: {
          record: { thing: 'things' },
          cursor: {
            field: 'thing.at',
            query: { since: '${cursor}' },
            start: '1h',
            overlap: '10m',
            sweep: 'never',
          },
        },
      },
    };
    const vendor = await startVendor(definition, failingFor('x'));
    const at = (minutes: number) => new Date(START + minutes * 60_000).toISOString();
    vendor.lists = { '/things': [{ id: 'a', at: at(-5), bad: 'x' }] };
    await vendor.run();
    const mended = vendor.compile(() => {}, failingFor());
    const [file = ''] = filesIn(join(vendor.out, 'dead'));
    const text = readFileSync(file, 'utf8');
    await play(vendor, mended);
    writeFileSync(file, text);
    for (const minutes of [60, 120]) {
      vendor.lists['/things'] = [{ id: `b${minutes}`, at: at(minutes - 1) }];
      await vendor.run({ now: START + minutes * 60_000 }, mended);
    }
    expect((await play(vendor, mended)).lanes).toMatchObject([{ records: 1, unchanged: 1 }]);
    expect(ids(events(vendor.out))).toEqual(['a', 'b120', 'b60']);
  });

  test('in a run, letters that were written but never committed are not played', async () => {
    const { vendor, mended } = await broken();
    const name = filesIn(join(vendor.out, 'dead'))[0]?.split('/').pop() ?? '';
    const open = `${name.replace(/-\d+\.ndjson$/, '-99.ndjson')}.open`;
    writeFileSync(join(vendor.out, 'dead', open), readFileSync(join(vendor.out, 'dead', name)));
    expect((await play(vendor, mended)).lanes).toMatchObject([{ records: 4, events: 4 }]);
    expect(filesIn(join(vendor.out, 'dead'))).toEqual([]);
  });
});
