/** What recorded answers tell of the records of each endpoint: which paths occur. Cases are the evidence. */

/** Paths deeper than this are not told apart: free-form parts of records would grow without bound. */
const DEPTH_MAX = 6;

export class Evidence {
  readonly #records = new Map<string, { count: number; paths: Map<string, number> }>();

  /** Takes in a recorded record of an endpoint. */
  add(endpoint: string, record: unknown): void {
    const known = this.#records.get(endpoint) ?? { count: 0, paths: new Map<string, number>() };
    this.#records.set(endpoint, known);
    known.count++;
    for (const path of new Set(pathsOf(record, '', DEPTH_MAX)))
      known.paths.set(path, (known.paths.get(path) ?? 0) + 1);
  }

  /** Whether there is any record of the endpoint. */
  knows(endpoint: string): boolean {
    return this.count(endpoint) > 0;
  }

  count(endpoint: string): number {
    return this.#records.get(endpoint)?.count ?? 0;
  }

  /** Whether any record of the endpoint has the path; `undefined` when there is no record to tell. */
  has(endpoint: string, path: string): boolean | undefined {
    return this.#records.get(endpoint)?.paths.has(path);
  }

  /** All paths that occur in records of the endpoint. */
  paths(endpoint: string): string[] {
    return [...(this.#records.get(endpoint)?.paths.keys() ?? [])];
  }
}

/** Dotted paths of a value; the items of a list share the path of the list, as in JSONata. */
function* pathsOf(value: unknown, prefix: string, depth: number): Generator<string> {
  if (prefix !== '') yield prefix;
  if (typeof value !== 'object' || value === null || depth === 0) return;
  if (Array.isArray(value)) {
    for (const item of value) yield* pathsOf(item, prefix, depth);
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    yield* pathsOf(child, prefix === '' ? key : `${prefix}.${key}`, depth - 1);
  }
}
