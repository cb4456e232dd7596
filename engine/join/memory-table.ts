/** The table of a join in memory, for the few records of a case. The same choice among several matches as on disk. */
import type { JoinRow, JoinTable } from './join-table.ts';

export function createMemoryTable(): JoinTable {
  const rows = new Map<string, JoinRow>();
  return {
    get count() {
      return rows.size;
    },
    put: (added) => {
      for (const row of added) {
        const known = rows.get(row.key);
        if (!known || row.rank > known.rank || (row.rank === known.rank && row.id < known.id))
          rows.set(row.key, row);
      }
    },
    get: (key) => rows.get(key)?.record,
    close: () => rows.clear(),
  };
}
