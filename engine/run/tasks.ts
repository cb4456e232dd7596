/** What does a lane read, in which order, and where do the records go? */
import type { Stream } from '../compile/connector.ts';
import { nextTurn } from '../env.ts';
import type { BuildSide } from '../join/build-side.ts';
import { type Group, groupKey, groupRecord } from '../join/group.ts';
import type { GroupMember, GroupTable } from '../join/group-table.ts';
import type { Changes } from './changes.ts';
import type { Counters } from './counters.ts';
import { ignoredPaths } from './ignored-paths.ts';
import { type List, type ListPage, LocalList } from './lists.ts';
import type { OwnList } from './own-list.ts';
import { recordKey } from './record-key.ts';

/** A list under way. Without `store` its records are those of the stream. */
export interface Task {
  list: List;
  store?(page: ListPage): void | Promise<void>;
  finish?(): void;
  /** What is done without the list, where records can do without it. */
  goWithout?(): void;
  /** Its records are gone from the vendor. */
  isRemovals?: boolean;
}

/** Records after which others have a turn: the page that has come, and the one that is asked for next. */
const STORED_AT_ONCE = 200;
/** Groups that are read from the disk at once. */
const GROUPS_AT_ONCE = 500;

/** A list that is joined: all of it is read before the first record of the stream. */
export function joinTask(list: List, build: BuildSide, counters: Counters): Task {
  return {
    list,
    store: async ({ source, count, giveBack }) => {
      for (let from = 0; source && from < count; from += STORED_AT_ONCE) {
        if (from > 0) await nextTurn();
        build.store(source, from, Math.min(from + STORED_AT_ONCE, count));
      }
      counters.joined += count;
      giveBack?.();
    },
    finish: () => build.finish(),
    ...(build.join.definition.optional && {
      goWithout: () => {
        build.isMissing = true;
      },
    }),
  };
}

/** The whole list first, then its groups as the records of the stream. */
export function groupTasks(
  list: List,
  group: Group,
  table: GroupTable,
  { stream, counters, now }: { stream: Stream; counters: Counters; now: number },
): Task[] {
  const store = (page: ListPage) => {
    const members: GroupMember[] = [];
    for (let index = 0; index < page.count; index++) {
      const record = page.record(index);
      const name = groupKey(record, group);
      if (name === undefined) {
        counters.records++;
        counters.filtered++;
        continue;
      }
      const text = JSON.stringify(record);
      members.push({
        group: name,
        key: recordKey({ ...stream, group: undefined }, record) ?? text,
        record: text,
      });
      counters.joined++;
    }
    table.put(members);
  };
  return [
    { list, store },
    {
      list: new LocalList(
        list.endpoint,
        () => now,
        () => groupsIn(table, group),
        ignoredPaths(stream, stream.recordName),
      ),
    },
  ];
}

/** After the stream's own list: what was delivered before and is there no more. */
export function removalTask(own: OwnList, changes: Changes, now: number): Task {
  const batches = () => changes.absent(drifts(own));
  return { list: new LocalList(own.endpoint, () => now, batches), isRemovals: true };
}

function* groupsIn(table: GroupTable, group: Group): Generator<unknown[]> {
  let batch: unknown[] = [];
  for (const { group: name, records } of table.groups()) {
    const members = records.map((text) => JSON.parse(text));
    batch.push(groupRecord(name, members, group));
    if (batch.length < GROUPS_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Pages that are counted move when a record leaves the list while it is read; links and snapshots do not. */
function drifts({ endpoint, pages }: OwnList): boolean {
  const type = endpoint.definition.pagination?.type;
  return pages > 1 && (type === 'odata_skip' || type === 'offset' || type === 'page_number');
}
