import { describe, expect, test } from 'vitest';
import { overlapMs } from '../../engine/compile/check-cursor.ts';
import { saidOf } from '../support/acme-connector.ts';

const MINUTE = 60_000;

/** What is said of a cursor of the stream `users`. */
function said(cursor: string): Promise<string[]> {
  return saidOf('    event: user_inventory', `    cursor: ${cursor}\n    event: user_inventory`);
}

const WHOLE = 'field: user.at, query: {since: "${cursor}", until: "${until}"}';

describe('an overlap', () => {
  test.each<[string, object, number]>([
    ['an hour where nothing is declared', {}, 60 * MINUTE],
    ['what is declared', { overlap: '5m' }, 5 * MINUTE],
    ['the lateness, the granularity and the skew of clocks', { lateness: '30m' }, 31 * MINUTE + 1_000],
    ['what is declared, where both are', { lateness: '1m', overlap: '5m' }, 5 * MINUTE],
  ])('is %s', (_, cursor, ms) => {
    expect(overlapMs(cursor)).toBe(ms);
  });

  test('that is less than the declared lateness asks for is an error', async () => {
    expect(await said('{field: user.at, filter: "at ge ${cursor}", lateness: 30m, overlap: 31m}')).toEqual([
      expect.stringContaining(
        'def-overlap: an overlap of 31m loses records that come as late as `lateness` says, expected at least 1861s: 30m and 61s for granularity and clocks = remove `overlap`: it follows from `lateness`',
      ),
    ]);
    expect(await said('{field: user.at, filter: "at ge ${cursor}", lateness: 30m, overlap: 1861s}')).toEqual(
      [],
    );
  });
});

describe('a lower bound', () => {
  test.each([
    ['at gt ${cursor}', '`gt`', 'write `ge`'],
    ["at GT '${cursor}'", '`GT`', 'write `ge`'],
    ['at > ${cursor}', '`>`', 'write `>=`'],
  ])('that leaves out its own instant is warned of: %s', async (filter, operator, fix) => {
    const [one, ...others] = await said(`{field: user.at, filter: "${filter}"}`);
    expect(one).toContain(`warning def-cursor-exclusive: ${operator} leaves out`);
    expect(one).toContain(fix);
    expect(others).toEqual([]);
  });

  test.each([
    'at ge ${cursor}',
    'at >= ${cursor}',
    'weight gt 3 and at ge ${cursor}',
    'a gt ${now} and at ge ${cursor}',
  ])('is fine: %s', async (filter) => {
    expect(await said(`{field: user.at, filter: "${filter}"}`)).toEqual([]);
  });
});

describe('a slice', () => {
  test('has both bounds, in the query or the filter', async () => {
    expect(await said(`{${WHOLE}, slice: 6h, settle: 1m}`)).toEqual([]);
    expect(await said('{field: user.at, filter: "at ge ${cursor} and at le ${until}", slice: 6h}')).toEqual(
      [],
    );
  });

  test.each<[string, string, string]>([
    ['without `until`', '{field: user.at, filter: "at ge ${cursor}", slice: 6h}', '`until` is not asked for'],
    ['too short', `{${WHOLE}, slice: 59s}`, 'a slice of 59s, expected at least 1m'],
    ['without an overlap', `{${WHOLE}, slice: 6h, overlap: 0s}`, 'without an overlap of at least 1s'],
    ['`until` without a slice', `{${WHOLE}}`, '`until` is the end of a slice'],
    [
      '`settle` without a slice',
      '{field: user.at, filter: "at ge ${cursor}", settle: 1m}',
      'asks for all there is',
    ],
  ])('is refused: %s', async (_, cursor, message) => {
    expect(await said(cursor)).toEqual([expect.stringMatching(/def-slice: /)]);
    expect((await said(cursor))[0]).toContain(message);
  });

  test('with `only_new` is refused, since that is judged by whole scans', async () => {
    const lines = await saidOf(
      '    event: user_inventory',
      `    cursor: {${WHOLE}, slice: 6h}\n    only_new: {when: "true", field: user.at}\n    event: user_inventory`,
    );
    expect(lines).toEqual([expect.stringContaining('def-slice: what `only_new` leaves out')]);
  });

  test('that stays away from now for longer than it looks back is warned of', async () => {
    expect(await said(`{${WHOLE}, slice: 6h, overlap: 5m, settle: 10m}`)).toEqual([
      expect.stringContaining('warning def-slice: a run keeps 10m away from now'),
    ]);
  });
});
