import { describe, expect, test } from 'vitest';
import { byDevice, truth } from '../support/device-join.ts';
import { changedConnector, type Json, startTenant } from '../support/tenant.ts';

describe('records that cannot be mapped', () => {
  test('go to the dead letters with their reason, the others go on', async () => {
    const tenant = await startTenant({
      scale: { machines: 100 },
      faults: [{ on: 'machines', pages: [1], fault: { type: 'broken_record', nth: 7 } }],
    });
    const { summary, events, dead } = await tenant.run();
    expect(summary).toMatchObject({ end: 'done', records: 100, events: 99, dead: 1 });
    const [broken] = tenant.machines().slice(6, 7);
    expect(dead).toHaveLength(1);
    expect(dead[0]).toMatchObject({
      stage: 'join',
      code: 'record-without-key',
      message: 'the record has no `id`',
      lane: expect.stringContaining('microsoft-defender/devices'),
      where: expect.stringContaining('connector.yaml:'),
    });
    expect({ id: broken?.id, ...(dead[0]?.record as Json) }).toEqual(broken);
    const expected = truth(tenant);
    expected.delete(broken?.id);
    expect(byDevice(events)).toEqual(expected);
  });

  /** Pages of 100 machines; the mapping fails where the condition is true. */
  const failing = (condition: string) =>
    changedConnector(
      (definition) => {
        definition.endpoints.machines.pagination.page_size = 100;
        definition.streams.devices.mappings = { own: 'own.jsonata' };
        definition.streams.devices.unvalidated = ['own'];
      },
      {
        'own.jsonata': `{"class_uid": 5001, "device": {"uid": ${condition} ? $error("no such " & machine.osPlatform) : machine.id}}`,
      },
    );

  test("name the line of the mapping and the record's key", async () => {
    const tenant = await startTenant({ scale: { machines: 100 } });
    const { summary, dead } = await tenant.run({}, await failing('machine.osPlatform = "Android"'));
    const androids = tenant.machines().filter(({ osPlatform }) => osPlatform === 'Android');
    expect(androids.length).toBeGreaterThan(0);
    expect(summary).toMatchObject({ end: 'done', dead: androids.length, events: 100 - androids.length });
    expect(dead.map(({ key }) => key)).toEqual(androids.map(({ id }) => id));
    for (const letter of dead)
      expect(letter).toMatchObject({
        stage: 'map',
        code: 'map-d3137',
        where: expect.stringContaining('own.jsonata:1:'),
      });
    expect(summary.rejections).toMatchObject([{ code: 'map-d3137', count: androids.length }]);
  });

  test('of which a page has too many stop the lane, and nothing of the page is committed', async () => {
    const tenant = await startTenant({ scale: { machines: 250 } });
    const secondPage = tenant
      .machines()
      .slice(100, 200)
      .map(({ id }) => id);
    const bad = await failing(`machine.id in ${JSON.stringify(secondPage.slice(0, 60))}`);
    const first = await tenant.run({}, bad);
    expect(first.summary).toMatchObject({
      end: 'failed',
      problem: { code: 'data-too-many-dead', kind: 'data' },
      records: 100,
      events: 100,
      dead: 0,
    });
    expect(first.summary.problem?.message).toMatch(/^60 of 100 records .* `map-d3137`/);
    expect(first.events).toHaveLength(100);
    expect(first.dead).toEqual([]);
    const { events } = await tenant.run({}, await failing('false'));
    expect(byDevice([...first.events, ...events]).size).toBe(250);
    expect(events).toHaveLength(150);
  });
});
