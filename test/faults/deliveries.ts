/** What lies in the files of the destination, read as a reader of theirs would. */

import type { ByteFiles } from '../../engine/byte-files.ts';
import { readGenerations } from '../../engine/checkpoint/generations.ts';
import { parseInstant } from '../../engine/checkpoint/instant.ts';
import type { Disk } from './disk.ts';
import type { Dead, Delivered, Image } from './history.ts';

export const OUT = '/data/out';
export const STATE = '/data/state/quay';

export interface Deliveries {
  delivered: Delivered[];
  dead: Dead[];
  torn: string[];
  unsealed: string[];
}

/** Of all sealed files, those that were begun first first. */
export function deliveriesIn(disk: Disk): Deliveries {
  const all: Deliveries = { delivered: [], dead: [], torn: [], unsealed: [] };
  const files = disk.below(OUT).sort(([, a], [, b]) => a.order - b.order);
  for (const [path, { bytes }] of files) {
    if (path.endsWith('.open')) {
      all.unsealed.push(path);
      continue;
    }
    const lines = bytes.toString().split('\n');
    if (lines.pop() !== '') all.torn.push(`${path} does not end with a line feed`);
    for (const line of lines) {
      const value = parsed(line);
      if (value === undefined) all.torn.push(`${path}: ${line.slice(0, 80)}`);
      else if (path.includes('/dead/')) all.dead.push(deadOf(value));
      else all.delivered.push(deliveredOf(value, line, path));
    }
  }
  return all;
}

// biome-ignore lint/suspicious/noExplicitAny: what was written is judged by the checker
type Loose = any;

function deliveredOf(event: Loose, line: string, file: string): Delivered {
  const { tenant, stream, ref, id, rev, change, body, owner, details } = event.unmapped;
  const side =
    stream === 'assets'
      ? (owner ?? 'none')
      : stream === 'users'
        ? details === undefined
          ? 'none'
          : 'there'
        : undefined;
  return {
    tenant,
    stream,
    ref,
    id: String(id),
    rev: String(rev),
    change,
    body: body ?? '',
    ...(side !== undefined && { side: String(side) }),
    uid: event.metadata.uid,
    line,
    file,
  };
}

function deadOf({ stage, code, message, record, lane }: Loose): Dead {
  const ref = String(record?.ref ?? '');
  const [, tenant = ''] = ref.split('-');
  return {
    tenant,
    stream: /\/(\w+)/.exec(String(lane))?.[1] ?? '',
    ref,
    rev: String(record?.rev),
    code,
    message,
    stage,
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** What the state of each lane says, and what a reader finds of it; lanes whose state cannot be read are left out. */
export function imagesOf(
  disk: Disk,
  about: { process: number; tenantOf(lane: string): string; isAfterDamage: boolean },
): Image[] {
  const images: Image[] = [];
  const names = new Set(disk.names(STATE).flatMap((name) => /^(.*)\.checkpoint-[01]$/.exec(name)?.[1] ?? []));
  for (const name of [...names].sort()) {
    const found = read(`${STATE}/${name}`, disk);
    const checkpoint = found?.whole[0]?.checkpoint;
    if (!found?.lane || !checkpoint) continue;
    const [stream = ''] = name.split('.');
    const positions = new Map(
      Object.values(checkpoint.destinations).map(({ file, length }) => [file, length]),
    );
    const count = (folder: string) =>
      disk
        .below(folder)
        .filter(
          ([path]) =>
            path.includes(`-${found.lane}-`) && path.slice(folder.length + 1).split('/').length === 1,
        )
        .reduce((sum, [path, { bytes }]) => {
          const isOpen = path.endsWith('.open');
          const length = isOpen ? (positions.get(path.split('/').pop()) ?? 0) : bytes.length;
          return sum + newlines(bytes.subarray(0, length));
        }, 0);
    const watermark = parseInstant(checkpoint.watermark);
    images.push({
      ...about,
      tenant: about.tenantOf(name),
      stream,
      ...(watermark !== undefined && { watermark }),
      ...checkpoint.counters,
      linesFound: count(OUT),
      deadFound: count(`${OUT}/dead`),
    });
  }
  return images;
}

function read(path: string, disk: Disk) {
  try {
    return readGenerations(path, rawByteFiles(disk));
  } catch {
    return undefined;
  }
}

function newlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

/** The disk as it is, for reading only. */
function rawByteFiles(disk: Disk): ByteFiles {
  const never = () => {
    throw new Error('only read');
  };
  return {
    open: (path) => {
      const { bytes } = disk.open(path, 'edit');
      return {
        read: (target, size, position) => {
          const part = bytes.subarray(position, position + size);
          target.set(part);
          return part.length;
        },
        write: never,
        sync: never,
        length: () => bytes.length,
        truncate: never,
        close: () => {},
      };
    },
    size: (path) => disk.content(path)?.bytes.length,
    names: (path) => disk.names(path),
    rename: never,
    remove: never,
    makeDirectory: never,
    syncDirectory: never,
    lock: never,
  };
}
