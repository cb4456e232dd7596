/** What each record of a tenant was over time: how often a stream may tell of it, and what it has to tell last. */
import { deviceEvent } from '../../map/device-rules.ts';
import { matches } from '../../support/device-truth.ts';

export type Json = Record<string, unknown>;

/** The streams that are killed. */
export const STREAMS = ['devices', 'alerts', 'vulnerabilities'] as const;
export type StreamName = (typeof STREAMS)[number];

/** A record at a moment: what counts as its content, and the record. */
export interface Version {
  content: string;
  record: Json;
  /** Its event, where the rules of the mapping are written down a second time. */
  line?: string;
}

export interface Recorded {
  /** Each time that the content became another one; undefined where the record was gone. */
  versions: (Version | undefined)[];
}

export type History = Record<StreamName, Map<string, Recorded>>;

/** Members of a vulnerability and of the catalogue that the stream's `ignore` names. */
const IGNORED = [
  'status',
  'eventTimestamp',
  'lastSeenTimestamp',
  'isOnboarded',
  'exposedMachines',
  'epss',
  'EPSS',
];

export function emptyHistory(): History {
  return { devices: new Map(), alerts: new Map(), vulnerabilities: new Map() };
}

/** Notes the tenant as it is now. `now` is the fixed time of the runs, in milliseconds since the epoch. */
export function note(history: History, records: (collection: string) => Json[], now: number): void {
  const machines = records('machines');
  const matched = matches(machines, records('managed_devices'));
  noteAll(history.devices, machines, (machine) => {
    const match = matched.get(machine.id);
    return {
      content: JSON.stringify([machine, match]),
      record: machine,
      line: JSON.stringify(deviceEvent(machine, match, now)),
    };
  });
  // What a machine says is of no account to what is joined to it; that there is none is.
  const ids = new Set(machines.map(({ id }) => id));
  noteAll(history.alerts, records('alerts'), (record) => ({
    content: JSON.stringify([record, ids.has(record.machineId)]),
    record,
  }));
  const catalogue = new Map(records('vulnerabilities').map((cve) => [cve.id, cve]));
  noteAll(history.vulnerabilities, records('software_vulnerabilities'), (record) => {
    const parts = [record, catalogue.get(record.cveId)].map((part) => withoutIgnored(part ?? {}));
    return { content: JSON.stringify([...parts, ids.has(record.deviceId)]), record };
  });
}

/** The last version; undefined for a record that is gone. */
export function lastOf({ versions }: Recorded): Version | undefined {
  return versions.at(-1);
}

function noteAll(
  of: Map<string, Recorded>,
  records: readonly Json[],
  versionOf: (record: Json) => Version,
): void {
  const there = new Set<string>();
  for (const record of records) {
    const id = String(record.id);
    there.add(id);
    const known = of.get(id) ?? { versions: [] };
    of.set(id, known);
    const version = versionOf(record);
    // What is not content may have changed all the same.
    if (lastOf(known)?.content === version.content) known.versions.pop();
    known.versions.push(version);
  }
  for (const [id, known] of of) if (!there.has(id) && lastOf(known)) known.versions.push(undefined);
}

function withoutIgnored(record: Json): Json {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !IGNORED.includes(name)));
}
