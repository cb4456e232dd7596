/** The members of each group on disk, however many records there are. */
import { rmSync, truncateSync } from 'node:fs';
import { closeStateFile, inTransaction, openStateFile, telling } from '../checkpoint/state-file.ts';

export interface GroupMember {
  group: string;
  /** Of the record: one that is listed twice is one member. */
  key: string;
  /** JSON text. */
  record: string;
}

export interface GroupTable {
  /** Adds members, all in one transaction. */
  put(members: readonly GroupMember[]): void;
  /**
   * At most `limit` groups after the one given, in the order of their names, each with its members in the order of their
   * keys: a list that comes in another order makes no other groups.
   */
  groups(after: string, limit: number): { group: string; records: string[] }[];
  /** Deletes the table. */
  close(): void;
}

/**
 * Begins an empty table in a scratch file; nothing of it outlives the run.
 * @throws EngineError `state-full`, `state-unwritable`, `state-locked`
 */
export function createGroupTable(path: string): GroupTable {
  return telling(path, () => {
    rmSync(path, { force: true });
    const file = openStateFile(path, 'off');
    file.exec(`
      create table member (id integer primary key, name text not null, key text not null, record text not null);
      create unique index member_key on member (name, key);
    `);
    const put = file.prepare(
      'insert into member (name, key, record) values (?, ?, ?) on conflict (name, key) do update set record = excluded.record',
    );
    const names = file.prepare('select distinct name from member where name > ? order by name limit ?').raw();
    const members = file.prepare('select record from member where name = ? order by key').raw();
    return {
      put: (added) =>
        telling(path, () =>
          inTransaction(file, () => {
            for (const { group, key, record } of added) put.run([group, key, record]);
          }),
        ),
      groups: (after, limit) =>
        telling(path, () =>
          (names.all([after, limit]) as [string][]).map(([group]) => ({
            group,
            records: (members.all([group]) as [string][]).map(([record]) => record),
          })),
        ),
      close: () =>
        telling(path, () => {
          closeStateFile(file);
          // Statements not yet garbage collected hold the file: deleted, it would still take its space on the disk.
          truncateSync(path);
          rmSync(path);
        }),
    };
  });
}
