import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectConnector } from '../../engine/compile/load.ts';
import { streamCoverage } from '../../engine/coverage/stream-coverage.ts';
import { nodeFiles } from '../../engine/files.ts';
import { shortDiagnostic } from '../../engine/report/format.ts';

const names = readdirSync('connectors', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe.each(names)('the connector %s', (name) => {
  it('fills each attribute that OCSF wants and takes each member that was recorded, or says why not', async () => {
    const { connector, cases = [] } = await inspectConnector(name);
    if (!connector) throw new Error('the connector has errors');
    for (const stream of Object.values(connector.streams)) {
      for (const [as, mapping] of stream.mappings) {
        if (stream.unvalidated.has(as)) continue;
        const report = await streamCoverage(connector, stream, { as, mapping }, cases, nodeFiles);
        expect(report.attributes.open, `attributes of ${stream.name}`).toEqual([]);
        expect(report.fields.open, `fields of ${stream.name}`).toEqual([]);
        expect(report.problems.map(shortDiagnostic), stream.name).toEqual([]);
        expect(report.fields.total, `cases of ${stream.name}`).toBeGreaterThan(0);
      }
    }
  });
});
