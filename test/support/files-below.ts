/** Paths of all files below a directory, sorted, for rules that hold for the whole repository. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export function filesBelow(directory: string, ending = ''): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
