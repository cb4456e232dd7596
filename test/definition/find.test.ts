import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  connectorNames,
  findConnector,
  findMapping,
  rootsOf,
  shownPath,
} from '../../engine/definition/find.ts';
import { packageRoot } from '../../engine/definition/package-root.ts';
import { nodeFiles } from '../../engine/files.ts';
import { failureOf } from '../support/failure-of.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

function directoryWith(...names: string[]): string {
  const directory = temporaryDirectory();
  for (const name of names) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), '');
  }
  return directory;
}

describe('findConnector', () => {
  it("asks the user's directory before the built-in connectors", async () => {
    const own = directoryWith('connectors/microsoft-defender/connector.yaml');
    const find = (directory: string) => findConnector('microsoft-defender', rootsOf(directory), nodeFiles);
    expect(await find(own)).toBe(join(own, 'connectors/microsoft-defender'));
    expect(await find(directoryWith())).toBe(join(packageRoot(), 'connectors/microsoft-defender'));
  });

  it('takes the path of a folder or of its file', async () => {
    const own = directoryWith('somewhere/acme/connector.yaml');
    const folder = join(own, 'somewhere/acme');
    expect(await findConnector(folder, [], nodeFiles)).toBe(folder);
    expect(await findConnector(join(folder, 'connector.yaml'), [], nodeFiles)).toBe(folder);
  });

  it('names the nearest connector when there is none of that name', async () => {
    const roots = [directoryWith('connectors/acme-edr/connector.yaml')];
    const error = await failureOf(() => findConnector('acme-erd', roots, nodeFiles));
    expect(error).toMatchObject({ code: 'usage-connector', kind: 'usage', fix: 'did you mean `acme-edr`?' });
  });

  it('names all connectors when none is near', async () => {
    const roots = [directoryWith('connectors/b/connector.yaml', 'connectors/a/connector.yaml')];
    const error = await failureOf(() => findConnector('something', roots, nodeFiles));
    expect(error.fix).toBe('use one of a, b, or the path of a folder with a connector.yaml');
  });

  it('says where it looked', async () => {
    const own = directoryWith();
    const byName = await failureOf(() => findConnector('nope', [own], nodeFiles));
    expect(byName.message).toBe(`there is no connector \`nope\` in ${join(own, 'connectors')}`);
    const byPath = await failureOf(() => findConnector(join(own, 'x'), [own], nodeFiles));
    expect(byPath.message).toBe(`there is no connector.yaml in ${join(own, 'x')}`);
  });
});

describe('connectorNames', () => {
  it('lists folders with a connector.yaml, of all roots, each name once', async () => {
    const one = directoryWith('connectors/b/connector.yaml', 'connectors/none/README.md', 'connectors/file');
    const two = directoryWith('connectors/b/connector.yaml', 'connectors/a/connector.yaml');
    expect(await connectorNames([one, two, directoryWith()], nodeFiles)).toEqual(['a', 'b']);
  });
});

describe('findMapping', () => {
  it("asks the connector's own directory first, then the roots in their order", async () => {
    const own = directoryWith('connectors/acme/connector.yaml', 'mappings/acme/one.jsonata');
    const first = directoryWith('mappings/acme/one.jsonata', 'mappings/acme/two.jsonata');
    const second = directoryWith('mappings/acme/two.jsonata', 'mappings/acme/three.jsonata');
    const find = (name: string) =>
      findMapping(name, join(own, 'connectors/acme'), [first, second], nodeFiles);
    expect(await find('acme/one.jsonata')).toBe(join(own, 'mappings/acme/one.jsonata'));
    expect(await find('acme/two.jsonata')).toBe(join(first, 'mappings/acme/two.jsonata'));
    expect(await find('acme/three.jsonata')).toBe(join(second, 'mappings/acme/three.jsonata'));
    expect(await find('acme/four.jsonata')).toBeUndefined();
  });

  it('finds the mappings of a connector that lies anywhere, beside it', async () => {
    const own = directoryWith('acme/connector.yaml', 'acme/mappings/one.jsonata');
    expect(await findMapping('one.jsonata', join(own, 'acme'), [], nodeFiles)).toBe(
      join(own, 'acme/mappings/one.jsonata'),
    );
  });

  it.each(['../secret.jsonata', 'acme/../../secret.jsonata', '..', './../secret.jsonata'])(
    'refuses %j, which climbs out of the mappings',
    async (name) => {
      const own = directoryWith(
        'connectors/acme/connector.yaml',
        'secret.jsonata',
        'mappings/acme/one.jsonata',
      );
      expect(existsSync(join(own, 'mappings', '../secret.jsonata'))).toBe(true);
      expect(await findMapping(name, join(own, 'connectors/acme'), [own], nodeFiles)).toBeUndefined();
    },
  );

  it('takes an absolute path for one below the mappings, and follows no link', async () => {
    const own = directoryWith('connectors/acme/connector.yaml', 'secret.jsonata', 'mappings/one.jsonata');
    const find = (name: string) => findMapping(name, join(own, 'connectors/acme'), [own], nodeFiles);
    expect(await find(join(own, 'secret.jsonata'))).toBeUndefined();
    symlinkSync(join(own, 'secret.jsonata'), join(own, 'mappings/link.jsonata'));
    expect(await find('link.jsonata')).toBeUndefined();
  });
});

describe('packageRoot', () => {
  it('is where package.json lies', () => {
    expect(existsSync(join(packageRoot(), 'package.json'))).toBe(true);
  });
});

describe('shownPath', () => {
  it('is short for what lies below or beside the working directory', () => {
    expect(shownPath(join(process.cwd(), 'connectors/a.yaml'))).toBe('connectors/a.yaml');
    expect(shownPath(process.cwd())).toBe('.');
    expect(shownPath('/somewhere/else/a.yaml')).toBe('/somewhere/else/a.yaml');
  });
});
