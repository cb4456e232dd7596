/** Matches a request's path against a pattern with named segments, as in `/{tenant_id}/token`. */

export type MatchPath = (path: string) => Record<string, string> | undefined;

/** Compiles a pattern; the matcher gives the decoded segments by name, or undefined. */
export function pathPattern(pattern: string): MatchPath {
  const names: string[] = [];
  const source = pattern
    .split(/(\{\w+\})/)
    .map((part) => {
      if (!/^\{\w+\}$/.test(part)) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      names.push(part.slice(1, -1));
      return '([^/]+)';
    })
    .join('');
  const expression = new RegExp(`^${source}$`);
  return (path) => {
    const found = expression.exec(path);
    if (!found) return undefined;
    return Object.fromEntries(names.map((name, at) => [name, decode(found[at + 1] ?? '')]));
  };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
