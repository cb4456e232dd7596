import { describe, expect, it } from 'vitest';
import { bearer, clockAtNow, getJson, startMicrosoft } from './support/simulators.ts';
import { exportOf, type Row, rowsOfFile, walk } from './support/walks.ts';

const scale = { machines: 60, vulnerabilities: 12 };
const FULL = '/api/machines/SoftwareVulnerabilitiesByMachine';
const CHANGES = '/api/machines/SoftwareVulnerabilityChangesByMachine';
const byId = (rows: Iterable<Row>) => new Map([...rows].map((row) => [row.id as string, row]));
const without = (row: Row | undefined, ...names: string[]) =>
  Object.fromEntries(Object.entries(row ?? {}).filter(([name]) => !names.includes(name)));
/** What is seen anew without being changed, and what changes say besides. */
const PASSING = ['lastSeenTimestamp', 'status', 'eventTimestamp', 'isOnboarded'];

describe('the vulnerabilities of machines', () => {
  it('are as many as the scales say, each known by its own id', async () => {
    const large = await startMicrosoft({ scale: { machines: 2000, vulnerabilities: 100 } });
    await large.close();
    expect(large.count('software_vulnerabilities')).toBe(200_000);
    const simulator = await startMicrosoft({ scale: { machines: 300, vulnerabilities: 100 } });
    await simulator.close();
    const ids = new Set<unknown>();
    const cves = new Set<unknown>();
    for (const row of simulator.records('software_vulnerabilities')) {
      ids.add(row.id);
      cves.add(row.cveId);
    }
    expect(ids.size).toBe(30_000);
    expect(cves.delete(null)).toBe(true);
    const catalogue = new Set([...simulator.records('vulnerabilities')].map(({ id }) => id));
    expect([...cves].filter((id) => !catalogue.has(id))).toEqual([]);
    expect(cves.size).toBe(500);
  });

  it('cannot be more for a machine than the catalogue has', async () => {
    await expect(startMicrosoft({ scale: { machines: 5, vulnerabilities: 501 } })).rejects.toMatchObject({
      code: 'simulate-wrong-scale',
      fix: 'raise the scale of `vulnerabilities`',
    });
  });

  it('name a machine that exists, a few no CVE, and scores as whole numbers, too', async () => {
    const simulator = await startMicrosoft({ scale: { machines: 200, vulnerabilities: 20 } });
    await simulator.close();
    const machines = new Set([...simulator.records('machines')].map(({ id }) => id));
    const rows = [...simulator.records('software_vulnerabilities')];
    expect(rows.every(({ deviceId }) => machines.has(deviceId))).toBe(true);
    const unknown = rows.filter(({ cveId }) => cveId === null);
    expect(unknown.length).toBeGreaterThan(0);
    expect(unknown.length).toBeLessThan(rows.length * 0.01);
    expect(unknown.every(({ cvssScore, id }) => cvssScore === null && String(id).endsWith('_'))).toBe(true);
    expect(rows.some(({ cvssScore }) => cvssScore === 9)).toBe(true);
    expect(rows.some(({ osPlatform }) => osPlatform === 'Linux')).toBe(true);
    expect(rows.some(({ id }) => /[+~:]/.test(String(id)))).toBe(true);
    expect(rows[0]?.firstSeenTimestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    const catalogue = [...simulator.records('vulnerabilities')];
    for (const field of ['cvssV3', 'cvssVector', 'epss']) {
      expect(catalogue.some((cve) => cve[field] === null)).toBe(true);
    }
  });

  it('come in pages whose links are opaque and stay with one snapshot', async () => {
    const simulator = await startMicrosoft({ scale });
    const headers = await bearer(simulator);
    const before = [...simulator.records('software_vulnerabilities')];
    const first = await getJson(`${simulator.origin}${FULL}?pageSize=300`, headers);
    simulator.advance();
    const link = first.body['@odata.nextLink'] as string;
    expect(link).toMatch(/\/SoftwareVulnerabilitiesByMachine\?pagesize=300&\$skiptoken=[\w-]+$/);
    const { rows } = await walk(link, headers);
    expect([...first.body.value, ...rows]).toEqual(before);
    const later = await walk(`${simulator.origin}${FULL}?pageSize=300`, headers);
    expect(later.rows).toEqual([...simulator.records('software_vulnerabilities')]);
    const capped = await getJson(`${simulator.origin}${FULL}?$top=7`, headers);
    expect(capped.body.value).toHaveLength(7);
    expect(capped.body).not.toHaveProperty('@odata.nextLink');
    const broken = await getJson(link.replace(/skiptoken=.*/, 'skiptoken=abc'), headers);
    expect(broken.answer.status).toBe(400);
    await simulator.close();
  });
});

describe('the changes of vulnerabilities', () => {
  it('lead from one full list to the next, save for machines that are gone', async () => {
    const simulator = await startMicrosoft({
      scale: { machines: 200, vulnerabilities: 12 },
      clock: clockAtNow(),
    });
    const headers = await bearer(simulator);
    const before = byId(simulator.records('software_vulnerabilities'));
    simulator.advance(3);
    const after = byId(simulator.records('software_vulnerabilities'));
    const since = '2026-11-19T20:00:00Z';
    const { rows, pages } = await walk(
      `${simulator.origin}${CHANGES}?sinceTime=${since}&pageSize=50`,
      headers,
    );
    expect(rows).toEqual(simulator.changes('software_vulnerability_changes', since));
    expect(pages[1]).toContain(`sincetime=${since}&pagesize=50&$skiptoken=`);
    const told = [...rows].sort((a, b) => (String(a.eventTimestamp) < String(b.eventTimestamp) ? -1 : 1));
    const state = new Map(before);
    for (const row of told) {
      if (row.status === 'Fixed') state.delete(row.id as string);
      else state.set(row.id as string, row);
    }
    const machines = new Set([...simulator.records('machines')].map(({ id }) => id));
    const gone = [...state.values()].filter(({ deviceId }) => !machines.has(deviceId));
    expect(gone.length).toBeGreaterThan(0);
    for (const { id } of gone) state.delete(id as string);
    expect(new Set(state.keys())).toEqual(new Set(after.keys()));
    for (const [id, row] of state)
      expect(without(row, ...PASSING)).toEqual(without(after.get(id), ...PASSING));
    const statuses = new Set(rows.map(({ status }) => status));
    expect(statuses).toEqual(new Set(['New', 'Updated', 'Fixed']));
    expect(rows.every(({ isOnboarded }) => isOnboarded === true)).toBe(true);
    const fixed = rows.filter(({ status }) => status === 'Fixed');
    expect(fixed.every(({ id }) => !after.has(id as string))).toBe(true);
    await simulator.close();
  });

  it('of a whole block of six hours are told, and of later ones', async () => {
    const simulator = await startMicrosoft({ scale, clock: clockAtNow() });
    simulator.advance();
    await simulator.close();
    const changes = (since: string) => simulator.changes('software_vulnerability_changes', since).length;
    // The step took place at 22:00, in the block from 18:00.
    expect(changes('2026-11-19T23:59:00Z')).toBeGreaterThan(0);
    expect(changes('2026-11-10T00:00:00Z')).toBe(changes('2026-11-19T23:59:00Z'));
    expect(changes('2026-11-20T00:00:00Z')).toBe(0);
  });

  it('need a time, and reach fourteen days back', async () => {
    const simulator = await startMicrosoft({ scale, clock: clockAtNow() });
    const headers = await bearer(simulator);
    const status = async (query: string) =>
      (await getJson(`${simulator.origin}${CHANGES}${query}`, headers)).answer.status;
    expect(await status('')).toBe(400);
    expect(await status('?sinceTime=yesterday')).toBe(400);
    expect(await status('?sinceTime=2026-11-05T00:00:00Z')).toBe(400);
    expect(await status('?sinceTime=2026-11-06T00:00:00Z')).toBe(200);
    await simulator.close();
  });
});

describe('an export', () => {
  it('holds the rows of the list in other names, without nulls, in several files', async () => {
    const simulator = await startMicrosoft({ scale });
    const urls = await exportOf(simulator, 'SoftwareVulnerabilitiesExport');
    const files = await Promise.all(urls.map(rowsOfFile));
    const truth = [...simulator.records('software_vulnerabilities')];
    await simulator.close();
    expect(urls).toHaveLength(4);
    expect(urls[0]).toMatch(
      /\/tvm-export\/[-\d]+\/\d{4}\/VaExport\/json\/OrgId=[-\w]+\/part-00000-[-\w]+\.c000\.json\.gz\?sv=/,
    );
    const named = (name: string) =>
      /^os[A-Z]/.test(name) ? `OS${name.slice(2)}` : name[0]?.toUpperCase() + name.slice(1);
    const expected = truth.map((row) =>
      Object.fromEntries(
        Object.entries(row).flatMap(([name, value]) => (value === null ? [] : [[named(name), value]])),
      ),
    );
    const rows = files
      .flat()
      .map((row) => without(row, 'IsOnboarded', 'Status', 'EventTimestamp', 'CveBatchTitle'));
    expect(rows).toEqual(expected);
    expect(files.flat().every(({ Status }) => Status === 'New' || Status === 'Updated')).toBe(true);
  });

  it('of the inventory has its rows, and holds them as they were then', async () => {
    const simulator = await startMicrosoft({ scale });
    const before = [...simulator.records('software_inventory')].map(({ deviceId }) => deviceId);
    const urls = await exportOf(simulator, 'SoftwareInventoryExport');
    simulator.advance(3);
    const rows = (await Promise.all(urls.map(rowsOfFile))).flat();
    await simulator.close();
    expect(rows.map(({ DeviceId }) => DeviceId)).toEqual(before);
  });

  it('is fetched without credentials, with its signature, in time', async () => {
    const clock = clockAtNow();
    const simulator = await startMicrosoft({ scale, clock });
    const [url = ''] = await exportOf(simulator, 'SoftwareVulnerabilitiesExport', '?sasValidHours=2');
    const refusal = async (address: string, headers = {}) => {
      const answer = await fetch(address, { headers });
      expect(answer.headers.get('content-type')).toBe('application/xml');
      const text = await answer.text();
      expect(text).toContain('<Code>AuthenticationFailed</Code>');
      return `${answer.status} ${/<AuthenticationErrorDetail>(.*?)<\//.exec(text)?.[1]}`;
    };
    expect(await refusal(url, await bearer(simulator))).toMatch(/^403 Only one way/);
    expect(await refusal(url.replace(/se=[^&]+/, 'se=2027-01-01T00%3A00%3A00Z'))).toMatch(
      /^403 Signature did not/,
    );
    clock.advance(7_199_000);
    expect((await fetch(url)).status).toBe(200);
    clock.advance(2000);
    expect(await refusal(url)).toBe(
      '403 Signature not valid in the specified key time frame: Key start [2026-11-20T00:00:00Z] - Key expiry [2026-11-20T02:00:00Z] - Current [2026-11-20T02:00:01.000Z]',
    );
    await expect(exportOf(simulator, 'SoftwareVulnerabilitiesExport', '?sasValidHours=7')).rejects.toThrow(
      '7',
    );
    await simulator.close();
  });

  it('can be empty, expired from the start, or cut off', async () => {
    const clock = clockAtNow();
    const on = 'software_vulnerability_files.file';
    const simulator = await startMicrosoft({
      scale,
      clock,
      faults: [
        { on: 'software_vulnerability_files', nth: 2, fault: { type: 'expired_links' } },
        { on, nth: 1, fault: { type: 'empty_body' } },
        { on, nth: 2, fault: { type: 'truncate_body', after_bytes: 500, end: 'clean' } },
      ],
    });
    const urls = await exportOf(simulator, 'SoftwareVulnerabilitiesExport');
    const [empty, cut] = [await fetch(urls[0] ?? ''), await fetch(urls[1] ?? '')];
    expect([empty.status, (await empty.arrayBuffer()).byteLength]).toEqual([200, 0]);
    expect([cut.status, (await cut.arrayBuffer()).byteLength]).toEqual([200, 500]);
    await expect(rowsOfFile(urls[2] ?? '')).resolves.toHaveLength(180);
    const [expired = ''] = await exportOf(simulator, 'SoftwareVulnerabilitiesExport');
    expect((await fetch(expired)).status).toBe(403);
    expect(simulator.audit().requests[on]?.statuses).toEqual({ 200: 3, 403: 1 });
    await simulator.close();
  });
});
