import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DefinitionError } from '../../engine/compile/definition-error.ts';
import { inspectConnector, loadConnector } from '../../engine/compile/load.ts';
import { ACME, inspectAcme, MAPPING } from '../support/acme-connector.ts';
import { failureOf } from '../support/failure-of.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

function workspace(connector = ACME): string {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'connectors/acme'), { recursive: true });
  mkdirSync(join(directory, 'mappings/acme'), { recursive: true });
  writeFileSync(join(directory, 'connectors/acme/connector.yaml'), connector);
  writeFileSync(join(directory, 'mappings/acme/user.jsonata'), MAPPING);
  return directory;
}

describe('loadConnector', () => {
  it('gives the connector of a directory, compiled', async () => {
    const connector = await loadConnector('acme', { directory: workspace() });
    expect(connector).toMatchObject({ name: 'acme', title: 'acme' });
    expect(connector.streams['users']).toMatchObject({
      recordName: 'user',
      eventClasses: ['user_inventory'],
      endpoint: { name: 'users', recordsPath: ['data', 'items'], keyPath: ['id'] },
      joins: [{ name: 'group', on: [{ record: ['groupId'], joined: ['id'], name: 'user.groupId' }] }],
    });
    expect([...(connector.streams['users']?.mappings.keys() ?? [])]).toEqual(['plain']);
  });

  it('throws one error with every diagnostic when the definition is broken', async () => {
    const directory = workspace(ACME.replace('auth: token', 'auth: tokn').replace('key: id', 'kei: id'));
    const error = await failureOf(() => loadConnector('acme', { directory }));
    expect(error).toBeInstanceOf(DefinitionError);
    expect(error).toMatchObject({
      code: 'definition-invalid',
      kind: 'definition',
      message: 'the definition of `acme` has 1 error',
      fix: 'correct it, then run `tributary check`',
    });
    expect((error as DefinitionError).diagnostics.map(({ code }) => code)).toEqual(['def-unknown-key']);
  });

  it('knows a definition by the hash of its text', async () => {
    const of = async (text: string) => (await loadConnector('acme', { directory: workspace(text) })).hash;
    expect(await of(ACME)).toBe(await of(ACME));
    expect(await of(`${ACME}# a comment\n`)).not.toBe(await of(ACME));
  });
});

describe('inspectConnector', () => {
  it('stops at what the shape makes meaningless: one fault, one diagnostic', async () => {
    const { diagnostics, connector } = await inspectAcme({
      'connector.yaml': ACME.replace('streams:', 'sterams:'),
    });
    expect(diagnostics.map(({ code }) => code)).toEqual(['def-missing-key', 'def-unknown-key']);
    expect(connector).toBeUndefined();
  });

  it('gives the connector where there are only warnings', async () => {
    const { diagnostics, connector } = await inspectAcme({
      'connector.yaml': ACME.replace('connector: acme', 'connector: other'),
    });
    expect(diagnostics.map(({ level }) => level)).toEqual(['warning']);
    expect(connector?.name).toBe('other');
  });

  it('looks at one case and the mapping that it runs, where no more is asked for', async () => {
    const directory = workspace(
      ACME.replace('plain: acme/user.jsonata', 'plain: acme/user.jsonata\n      broken: acme/broken.jsonata'),
    );
    writeFileSync(join(directory, 'mappings/acme/broken.jsonata'), '{');
    for (const [name, text] of Object.entries({
      good: 'title: One',
      other: 'title: [1]',
      odd: 'as: broken',
    })) {
      const folder = join(directory, 'connectors/acme/cases/users', name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'case.yaml'), text);
      writeFileSync(join(folder, 'record.json'), '{"user": {}}');
    }
    const own = { directory, streams: ['users'], isOwnCasesOnly: true };
    const codes = async (more: object) =>
      (await inspectConnector('acme', { ...own, ...more })).diagnostics.map(({ code }) => code);
    expect(await codes({})).toEqual(['expr-syntax']);
    expect(await codes({ caseName: 'good' })).toEqual([]);
    expect(await codes({ caseName: 'good', as: 'broken' })).toEqual(['expr-syntax']);
    expect(await codes({ caseName: 'odd' })).toEqual(['expr-syntax']);
    expect(await codes({ caseName: 'other' })).toEqual(['def-type']);
    expect((await inspectConnector('acme', { ...own, caseName: 'good' })).cases).toHaveLength(1);
  });

  it('throws only when there is no such connector', async () => {
    const error = await failureOf(() => inspectConnector('nope', { directory: workspace() }));
    expect(error.code).toBe('usage-connector');
  });
});
