import { expect, test } from 'vitest';
import { ACME, inspectAcme, lineOf } from '../support/acme-connector.ts';

async function saidOfOrigins(origins: string): Promise<string[]> {
  const pagination = `    pagination: {type: export_files, files: urls, origins: [${origins}]}\n`;
  const text = ACME.replace('    path: /groups\n', `    path: /groups\n${pagination}`);
  return (await inspectAcme({ 'connector.yaml': text })).diagnostics.map(lineOf);
}

test.each(['https://*.example.com', 'http://127.0.0.1:9000', '"${settings.url}", https://files.example.com'])(
  'files may come from %s',
  async (origins) => {
    expect(await saidOfOrigins(origins)).toEqual([]);
  },
);

test.each(['https://*', '"*.example.com"', 'https://a.*.example.com', 'https://example.com/files'])(
  'an origin %s is told at its place',
  async (origins) => {
    const said = await saidOfOrigins(`https://files.example.com, ${origins}`);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^connector\.yaml:24:\d+ def-file-origin: .* = write `https:/);
  },
);
