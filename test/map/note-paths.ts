/** Which members of an event are filled? */

/** Adds the dotted paths of all members, lists left out. */
export function notePaths(value: unknown, path: string, paths: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) notePaths(item, path, paths);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) {
      const at = path === '' ? key : `${path}.${key}`;
      paths.add(at);
      notePaths(child, at, paths);
    }
  }
}
