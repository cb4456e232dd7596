/** Files of the state of which one call fails, as the disk would make it. */
import { type ByteFile, type ByteFiles, nodeByteFiles } from '../../engine/byte-files.ts';

export interface FailingByteFiles extends ByteFiles {
  /** Calls made so far. */
  calls: string[];
}

/** @param isFailing of a call, by its name and its number from 0 on; a write that fails has written half */
export function failingByteFiles(
  isFailing: (name: string, index: number) => boolean,
  code = 'EIO',
): FailingByteFiles {
  const calls: string[] = [];
  const attempt = <T>(name: string, work: () => T, half?: () => void): T => {
    calls.push(name);
    if (!isFailing(name, calls.length - 1)) return work();
    half?.();
    throw Object.assign(new Error(`${code}: ${name}`), { code });
  };
  const wrapped = (file: ByteFile): ByteFile => ({
    read: (target, size, position) => attempt('read', () => file.read(target, size, position)),
    write: (source, size, position) =>
      attempt(
        'write',
        () => file.write(source, size, position),
        () => file.write(source, size >> 1, position),
      ),
    sync: () => attempt('sync', () => file.sync()),
    length: () => attempt('length', () => file.length()),
    truncate: (length) => attempt('truncate', () => file.truncate(length)),
    close: () => file.close(),
  });
  return {
    calls,
    open: (path, opening) => attempt('open', () => wrapped(nodeByteFiles.open(path, opening))),
    size: (path) => attempt('size', () => nodeByteFiles.size(path)),
    rename: (from, to) => attempt('rename', () => nodeByteFiles.rename(from, to)),
    makeDirectory: (path) => attempt('makeDirectory', () => nodeByteFiles.makeDirectory(path)),
    lock: (path) => attempt('lock', () => nodeByteFiles.lock(path)),
    names: (directory) => attempt('names', () => nodeByteFiles.names(directory)),
    remove: (path) => attempt('remove', () => nodeByteFiles.remove(path)),
    syncDirectory: (path) => attempt('syncDirectory', () => nodeByteFiles.syncDirectory(path)),
  };
}
