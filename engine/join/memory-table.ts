/** The joined list of a case: the few records are at hand, as is the table of them. */
import { valueAt } from '../definition/path.ts';
import type { JoinedPage } from './build-side.ts';
import type { JoinTable } from './join-table.ts';

export function createMemoryTable(): JoinTable {
  const records = new Map<string, Buffer>();
  return {
    get count() {
      return records.size;
    },
    put: (key, record) => records.set(key, Buffer.from(record)),
    get: (key) => records.get(key),
    close: () => records.clear(),
  };
}

/** Records as a page of them. */
export function pageOf(records: readonly unknown[]): JoinedPage {
  return {
    recordCount: records.length,
    record: (index) => records[index],
    picker: (paths) => (index) => paths.map((path) => valueAt(records[index], path)),
    bytes: (index) => Buffer.from(JSON.stringify(records[index])),
  };
}
