/** Walks over lists of the simulator as a client would make them, without any help of the engine's fetch side. */
import { gunzipSync } from 'node:zlib';
import type { RunningSimulator } from '../../../engine/simulate/index.ts';
import { bearer, getJson } from './simulators.ts';

export type Row = Record<string, unknown>;

/** All records of a list, page by page along its next links. */
export async function walk(
  url: string,
  headers: Record<string, string>,
): Promise<{ rows: Row[]; pages: string[] }> {
  const rows: Row[] = [];
  const pages: string[] = [];
  for (let next: string | undefined = url; next !== undefined; ) {
    pages.push(next);
    const { answer, body } = await getJson(next, headers);
    if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
    rows.push(...body.value);
    next = body['@odata.nextLink'];
  }
  return { rows, pages };
}

/** The URLs of an export. */
export async function exportOf(simulator: RunningSimulator, name: string, query = ''): Promise<string[]> {
  const headers = await bearer(simulator);
  const answer = await fetch(`${simulator.origin}/api/machines/${name}${query}`, { headers });
  const body = (await answer.json()) as { exportFiles: string[]; generatedTime: string };
  if (answer.status !== 200) throw new Error(JSON.stringify(body));
  return body.exportFiles;
}

/** The records in a file. */
export async function rowsOfFile(url: string): Promise<Row[]> {
  const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
  const lines = gunzipSync(bytes).toString().trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Row);
}
