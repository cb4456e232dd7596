import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../engine/files.ts';
import { openDestination, parseDestination } from '../../engine/write/index.ts';
import { failureOf } from '../support/failure-of.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

describe('parseDestination', () => {
  it('knows standard output and directories', () => {
    expect(parseDestination('-')).toEqual({ type: 'stream', name: '-' });
    expect(parseDestination('ndjson:out/x')).toEqual({
      type: 'ndjson',
      name: 'ndjson:out/x',
      directory: 'out/x',
    });
    expect(parseDestination('ndjson:C:\\out')).toMatchObject({ directory: 'C:\\out' });
  });

  it.each(['', 'out', 'ndjson', 'ndjson:', 'NDJSON:out', 'kafka:topic', ' -'])(
    'refuses %j with the list',
    async (spec) => {
      const error = await failureOf(() => parseDestination(spec));
      expect(error).toMatchObject({ code: 'usage-destination', kind: 'usage' });
      expect(error.message).toContain('`-` (standard output) or `ndjson:DIR`');
    },
  );
});

it('openDestination opens each kind under the name that the operator wrote', () => {
  const env = {
    files: nodeFiles,
    clock: new SimulatedClock(),
    randomBytes: (size: number) => Buffer.alloc(size),
  };
  const about = { stream: 'devices', lane: 'aaaa0000', generation: () => 1, env, output: new PassThrough() };
  for (const spec of ['-', 'ndjson:out'])
    expect(openDestination(parseDestination(spec), about).name).toBe(spec);
});
