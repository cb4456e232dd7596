/** How is a directory made whose entry survives a loss of power? */
import { dirname } from 'node:path';
import type { Files } from '../files.ts';

/**
 * Creates the directory and those above it, each with its entry on the disk before anything is put into it. That of one that is
 * there already is brought to the disk too: whoever made it may have been killed before that.
 */
export async function makeDurableDirectory(files: Files, path: string): Promise<void> {
  const parent = dirname(path);
  if (parent === path) return;
  if ((await files.kind(path)) !== undefined) {
    await files.syncDirectory(parent).catch(ignoreForbidden);
    return;
  }
  await makeDurableDirectory(files, parent);
  await files.makeDirectory(path);
  await files.syncDirectory(parent);
}

/** A directory that may only be passed through is not ours to sync, and neither is what somebody else made in it. */
function ignoreForbidden(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EACCES' && code !== 'EPERM') throw error;
}
