import { describe, expect, it } from 'vitest';
import { SourceText } from '../../engine/definition/source.ts';
import { loadFaults, loadSimulator } from '../../engine/simulate/index.ts';
import { logVendorText, microsoftText } from './support/simulators.ts';

/** What is reported for the log vendor's file with one text replaced by another. */
function reportedFor(
  from: string,
  to: string,
): { code: string; message: string; fix?: string; at: string }[] {
  expect(logVendorText).toContain(from);
  const text = logVendorText.replace(from, to);
  const { simulator, diagnostics } = loadSimulator(new SourceText('s.yaml', text));
  expect(simulator).toBeUndefined();
  return diagnostics.map(({ code, message, fix, at }) => ({
    code,
    message,
    ...(fix ? { fix } : {}),
    at: text.slice(at?.start.offset, at?.end.offset),
  }));
}

describe('loadSimulator', () => {
  it('reads the simulator that ships', () => {
    const { simulator, diagnostics } = loadSimulator(new SourceText('simulator.yaml', microsoftText));
    expect(diagnostics).toEqual([]);
    expect(Object.keys(simulator?.endpoints ?? {})).toEqual(
      expect.arrayContaining(['machines', 'managed_devices', 'software_vulnerabilities', 'incident_alerts']),
    );
  });

  it('reports an unknown key at its place, with the nearest one', () => {
    const text = logVendorText.replace('page_size_max: 1000', 'page_sise_max: 1000');
    const { diagnostics } = loadSimulator(new SourceText('s.yaml', text));
    const unknown = diagnostics.find(({ code }) => code === 'def-unknown-key');
    expect(unknown?.fix).toBe('did you mean `page_size_max`?');
    const line = text.split('\n').findIndex((candidate) => candidate.includes('page_sise_max')) + 1;
    expect(unknown?.at).toMatchObject({ file: 's.yaml', start: { line, column: 49 } });
    expect(diagnostics.map(({ code }) => code)).toContain('def-missing-key');
  });

  it('reports an unknown kind of generator without the keys of the others', () => {
    expect(reportedFor('{type: uuid}', '{type: uid}')).toEqual([
      expect.objectContaining({ code: 'def-unknown-kind', fix: 'did you mean `uuid`?', at: 'type' }),
    ]);
  });

  it('reports the keys of the kind that is meant', () => {
    const [problem, ...others] = reportedFor('{type: uuid}', '{type: uuid, length: 3}');
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'def-unknown-key', at: 'length' });
  });

  it.each([
    ['collection: events', 'collection: event', 'collection', '`event`'],
    ['{events: 95,', '{evnts: 95,', 'size', '`events`'],
    ['field: published', 'field: publishd', 'field', '`publishd`'],
    ['key: uuid', 'key: uid', 'key', '`uid`'],
    ['user${index}@', 'user${indx}@', 'login', '`indx`'],
    ['${secrets.api_token}', '${secrets.token}', 'key', '`token`'],
  ])('reports the unknown name after %s became %s', (from, to, at, name) => {
    expect(reportedFor(from, to)).toContainEqual(
      expect.objectContaining({ code: 'def-unknown-name', message: expect.stringContaining(name), at }),
    );
  });

  it('reports a field that is made from itself', () => {
    const problems = reportedFor(
      'eventType: {type: pick',
      'loop: {type: copy, of: loop}\n      eventType: {type: pick',
    );
    expect(problems).toEqual([
      expect.objectContaining({ message: '`loop` is made from itself', at: 'loop' }),
    ]);
  });

  it('reports a condition that does not exist', () => {
    expect(reportedFor('bad_query:', 'bad_qeury:')[0]).toMatchObject({ fix: 'did you mean `bad_query`?' });
  });

  it('reports broken YAML with its line', () => {
    const { diagnostics } = loadSimulator(new SourceText('s.yaml', 'simulator: x\nauth: [1, 2\n'));
    expect(diagnostics[0]).toMatchObject({ code: 'yaml-syntax', at: { start: { line: 3 } } });
  });

  it('refuses a file that is too large', () => {
    const { diagnostics } = loadSimulator(new SourceText('s.yaml', `# ${'x'.repeat(1024 * 1024)}`));
    expect(diagnostics[0]?.code).toBe('yaml-too-large');
  });
});

describe('loadFaults', () => {
  it('reads rules', () => {
    const text =
      'faults:\n  - {on: machines, nth: [1, 2], fault: {type: status, status: 503, retry_after: 5}}\n';
    expect(loadFaults(new SourceText('f.yaml', text)).faults).toEqual([
      { on: 'machines', nth: [1, 2], fault: { type: 'status', status: 503, retry_after: 5 } },
    ]);
  });

  it('reports an unknown fault at its place', () => {
    const text = 'faults:\n  - on: machines\n    fault: {type: rest}\n';
    expect(loadFaults(new SourceText('f.yaml', text)).diagnostics).toEqual([
      expect.objectContaining({ code: 'def-unknown-kind', fix: 'did you mean `reset`?' }),
    ]);
  });
});
