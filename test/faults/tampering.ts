/** What befalls the state between two processes: a byte flips, an end is lost or zeroed, an old copy comes back, files vanish. */
import { STATE } from './deliveries.ts';
import type { Content, Disk } from './disk.ts';
import type { Random } from './random.ts';

/** The files of the state at a moment. */
export type Copy = Map<string, Buffer>;

/** What was done: whether the engine has to notice, and what may follow. */
export interface Tampering {
  what: string;
  /** Something that the engine cannot know of, such as an old copy that is whole. */
  isUnnoticeable: boolean;
  /** What processes had written of their calls is not what it was. */
  isOfCalls: boolean;
}

export function copyOfState(disk: Disk): Copy {
  return new Map(disk.below(STATE).map(([path, { bytes }]) => [path, bytes]));
}

/** Undefined where there was nothing to be done. */
export function tamper(disk: Disk, copies: readonly Copy[], random: Random): Tampering | undefined {
  const files = disk.below(STATE).filter(([path, { bytes }]) => !path.endsWith('.lock') && bytes.length > 0);
  if (files.length === 0) return undefined;
  const [path, content] = random.pick(files);
  const { bytes } = content;
  const how = random.pick([
    'flip',
    'flip',
    'flip',
    'truncate',
    'zero',
    'old',
    'old file',
    'delete',
    'delete all',
  ] as const);
  const what = `${how} ${path}`;
  const isOfCalls = how === 'old' || how === 'delete all' || path.endsWith('.calls');
  if (how === 'flip') {
    const flipped = Buffer.from(bytes);
    const at = random.int(0, bytes.length - 1);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << random.int(0, 7));
    replace(content, flipped);
    return { what: `${what} at ${at}`, isUnnoticeable: false, isOfCalls };
  }
  if (how === 'truncate') {
    replace(content, bytes.subarray(0, random.int(0, bytes.length - 1)));
    return { what, isUnnoticeable: false, isOfCalls };
  }
  if (how === 'zero') {
    const zeroed = Buffer.from(bytes);
    zeroed.fill(0, random.int(0, bytes.length - 1));
    replace(content, zeroed);
    return { what, isUnnoticeable: false, isOfCalls };
  }
  if (how === 'delete' || how === 'delete all') {
    for (const [each] of how === 'delete' ? [[path]] : files) disk.remove(each as string);
    disk.syncDirectory(STATE);
    return { what, isUnnoticeable: true, isOfCalls };
  }
  const copy = copies.length > 0 ? random.pick(copies) : new Map<string, Buffer>();
  if (copy.size === 0) return undefined;
  if (how === 'old file') {
    const old = copy.get(path);
    if (!old || old.equals(bytes)) return undefined;
    replace(content, old);
    return { what, isUnnoticeable: true, isOfCalls };
  }
  for (const [each] of files) if (!copy.has(each)) disk.remove(each);
  for (const [each, old] of copy) replace(disk.open(each, 'append'), old);
  disk.syncDirectory(STATE);
  return { what, isUnnoticeable: true, isOfCalls };
}

function replace(content: Content, bytes: Buffer): void {
  content.bytes = bytes;
  content.sync();
}
