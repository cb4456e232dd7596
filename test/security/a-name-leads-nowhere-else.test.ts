/** S12: no name in a definition, and no link that somebody put in the place of a file, leads out of the directories of the engine. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectConnector } from '../../engine/compile/load.ts';
import { EngineError } from '../../engine/errors.ts';
import { nodeFiles } from '../../engine/files.ts';
import { openPartName, partNamed, sealedPartName } from '../../engine/write/part-name.ts';
import { ACME, MAPPING } from '../support/acme-connector.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startVendor } from '../support/vendor.ts';

const CANARY = 'canary: nobody reads or writes this';
const LONG = 'n'.repeat(300);

/** A workspace, beside it a directory that is none of its business, and everything that was opened. */
function workspace() {
  const home = temporaryDirectory();
  const root = join(home, 'workspace');
  const outside = join(home, 'outside');
  for (const folder of [join(root, 'connectors/acme'), join(root, 'mappings/acme'), outside])
    mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, 'mappings/acme/user.jsonata'), MAPPING);
  writeFileSync(join(outside, 'user.jsonata'), MAPPING);
  const read: string[] = [];
  const files = {
    ...nodeFiles,
    readText: (path: string) => {
      read.push(path);
      return nodeFiles.readText(path);
    },
  };
  const inspect = async (mapping: string) => {
    const text = ACME.replace('acme/user.jsonata', JSON.stringify(mapping));
    writeFileSync(join(root, 'connectors/acme/connector.yaml'), text);
    try {
      const { diagnostics } = await inspectConnector('acme', { directory: root, files });
      return diagnostics.filter(({ level }) => level === 'error').map(({ code }) => code);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return [error.code];
    }
  };
  return { root, outside, read, inspect };
}

describe('the name of a mapping', () => {
  it('that is one is found', async () => {
    expect(await workspace().inspect('acme/user.jsonata')).toEqual([]);
  });

  it.each([
    '../outside/user.jsonata',
    '../../outside/user.jsonata',
    '../../../outside/user.jsonata',
    'acme/../../../outside/user.jsonata',
    './../../outside/user.jsonata',
    '/etc/user.jsonata',
    '//etc/user.jsonata',
    '%2e%2e/%2e%2e/outside/user.jsonata',
    '..%2f..%2foutside/user.jsonata',
    '..\\..\\outside\\user.jsonata',
    'C:\\outside\\user.jsonata',
    '~/user.jsonata',
    '$HOME/user.jsonata',
    'file:///etc/user.jsonata',
    'acme/user.jsonata\0.jsonata',
    '\0.jsonata',
    'CON.jsonata',
    'acme',
    `${LONG}.jsonata`,
    `${'n/'.repeat(3_000)}x.jsonata`,
    '.jsonata',
    'acme/user.jsonata/x.jsonata',
  ])('%j finds nothing, and nothing outside is read', async (name) => {
    const { root, read, inspect } = workspace();
    expect(await inspect(name)).toEqual([expect.stringMatching(/^def-(missing-mapping|value|path)$/)]);
    expect(read.filter((path) => relative(root, path).startsWith('..'))).toEqual([]);
  });

  it('of an absolute path outside finds nothing', async () => {
    const { outside, inspect } = workspace();
    expect(await inspect(join(outside, 'user.jsonata'))).toEqual(['def-missing-mapping']);
  });

  it('in whose place a link is finds nothing', async () => {
    const { root, outside, inspect } = workspace();
    symlinkSync(join(outside, 'user.jsonata'), join(root, 'mappings/acme/link.jsonata'));
    expect(await inspect('acme/link.jsonata')).toEqual(['def-missing-mapping']);
  });
});

describe('the name of a part', () => {
  it.each(['../x', '/etc/passwd', '..', '%2e%2e/x', 'a\0b', 'CON', 'a/b\\c', 'a-b.c', 'é\u202e', LONG, ''])(
    'of a stream and a lane called %j is letters, digits and what separates them',
    (name) => {
      const part = openPartName(name, name, Date.UTC(2026, 0, 1), 3, 'ab12');
      expect(part).toMatch(/^[A-Za-z0-9_]*-\d{8}T\d{9}Z-[A-Za-z0-9_]*-3-ab12\.ndjson\.open$/);
      expect(partNamed(name, name, part)).toEqual({ isOpen: true, generation: 3 });
      expect(partNamed(name, name, sealedPartName(part))).toEqual({ isOpen: false, generation: 3 });
    },
  );
});

const LIST = { path: '/things', records: 'value', key: 'id', pagination: { type: 'odata_next_link' } };
const streamsNamed = (name: string) => ({
  endpoints: { things: LIST },
  streams: { [name]: { record: { thing: 'things' } } },
});

describe('the name of a stream', () => {
  it.each(['../x', '/x', '..', '%2e%2e', 'a\0', 'a/b', 'a.b', 'é', '-', ''])(
    '%j is refused',
    async (name) => {
      await expect(startVendor(streamsNamed(name))).rejects.toThrow(/is not a name/);
    },
  );

  // On the one system that has such devices, what is behind the name would still make it one.
  it('CON names files of another name', async () => {
    const vendor = await startVendor(streamsNamed('CON'));
    vendor.lists = { '/things': [{ id: 'a' }] };
    expect((await vendor.run()).summary).toMatchObject({ end: 'done', events: 1 });
    expect(readdirSync(vendor.out).every((name) => /^CON-\d{8}T.*\.ndjson$/.test(name))).toBe(true);
  });

  it('of 300 letters ends in an error with a code, and writes no events', async () => {
    const vendor = await startVendor(streamsNamed(LONG));
    vendor.lists = { '/things': [{ id: 'a' }] };
    const error = await vendor.run().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: 'state-unwritable', kind: 'state' });
  });
});

describe('a link', () => {
  const planted = async () => {
    const vendor = await startVendor(streamsNamed('things'));
    vendor.lists = { '/things': [{ id: 'a' }, { id: 'b' }] };
    const target = join(temporaryDirectory(), 'target');
    writeFileSync(target, CANARY);
    const plant = (folder: string, name: string) => {
      mkdirSync(folder, { recursive: true });
      symlinkSync(target, join(folder, name));
    };
    const isUntouched = () => readFileSync(target, 'utf8') === CANARY && lstatSync(target).mode === mode;
    const { mode } = lstatSync(target);
    return { vendor, plant, isUntouched, target };
  };

  it.each([
    'things.lock',
    'things.checkpoint-0',
    'things.checkpoint-1',
    'things.checkpoint-next',
    'things.seen-1',
    'things.seen-2',
  ])('in the place of the state file %s is not written through', async (name) => {
    const { vendor, plant, isUntouched } = await planted();
    plant(join(vendor.state, 'acme'), name);
    const ran = await vendor.run().catch((caught: unknown) => caught);
    expect(isUntouched()).toBe(true);
    if (ran instanceof Error)
      expect(ran).toMatchObject({ kind: 'state', code: expect.stringMatching(/^state-/) });
    else
      expect(
        lstatSync(join(vendor.state, 'acme', name), { throwIfNoEntry: false })?.isSymbolicLink() ?? false,
      ).toBe(false);
  });

  it.each(['things.lock', 'things.checkpoint-0', 'things.checkpoint-1', 'things.checkpoint-next'])(
    'that takes the place of %s between two runs is not written through',
    async (name) => {
      const { vendor, plant, isUntouched } = await planted();
      await vendor.run();
      const folder = join(vendor.state, 'acme');
      await nodeFiles.remove(join(folder, name));
      plant(folder, name);
      vendor.lists = { '/things': [{ id: 'a' }, { id: 'b' }, { id: 'c' }] };
      const ran = await vendor.run().catch((caught: unknown) => caught);
      expect(isUntouched()).toBe(true);
      if (ran instanceof Error)
        expect(ran).toMatchObject({ kind: 'state', code: expect.stringMatching(/^state-/) });
    },
  );

  it.each(['out', 'dead'])('in the place of a part in %s is refused', async (where) => {
    const { vendor, plant, isUntouched } = await planted();
    // Whoever plants it knows the time and the random part of the name.
    const now = vendor.now;
    const env = {
      ...vendor.env,
      clock: { ...vendor.env.clock, now: () => now },
      randomBytes: (size: number) => new Uint8Array(size).fill(0xab),
    };
    const folder = where === 'out' ? vendor.out : join(vendor.out, 'dead');
    if (where === 'dead') vendor.lists = { '/things': [{ name: 'without an id' }] };
    // What lies there before is cleared away: it has to come in the middle of a run.
    let isPlanted = false;
    vendor.reply = () => {
      for (let offset = 0; offset < 4 && !isPlanted; offset++)
        for (let generation = 1; generation < 4; generation++)
          plant(folder, openPartName('things', 'abababab', now + offset, generation, 'abab'));
      isPlanted = true;
      return undefined;
    };
    const { summary } = await vendor.run({ env });
    expect(isUntouched()).toBe(true);
    expect(summary.end).not.toBe('done');
    expect(summary.problem).toMatchObject({ code: 'destination-refused', kind: 'destination' });
  });
});
