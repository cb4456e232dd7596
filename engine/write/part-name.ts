/** The names of NDJSON parts: which stream and lane wrote them, when, and whether they are finished. */

const OPEN = '.ndjson.open';
const SEALED = '.ndjson';

/**
 * `<stream>-<UTC to the millisecond>-<lane>-<generation>-<suffix>.ndjson.open`: sorts by time within a stream, and never meets
 * another lane's name in the same directory, nor one of this lane in another.
 * @param generation of the checkpoint that is the first to know the part
 */
export function openPartName(
  stream: string,
  lane: string,
  atMs: number,
  generation: number,
  suffix: string,
): string {
  const stamp = new Date(atMs).toISOString().replace(/[-:.]/g, '');
  return `${safe(stream)}-${stamp}-${safe(lane)}-${generation}-${suffix}${OPEN}`;
}

/** The name under which readers find the part once it is finished. */
export function sealedPartName(openName: string): string {
  return openName.slice(0, -OPEN.length) + SEALED;
}

/** What the name of a part of this lane says; undefined for any other. */
export function partNamed(
  stream: string,
  lane: string,
  name: string,
): { isOpen: boolean; generation: number } | undefined {
  const match = /^(.*)-\d{8}T\d{9}Z-([^-]*)-(\d+)-[0-9a-f]+\.ndjson(\.open)?$/.exec(name);
  if (match?.[1] !== safe(stream) || match[2] !== safe(lane)) return undefined;
  return { isOpen: match[4] !== undefined, generation: Number(match[3]) };
}

/** Without what separates the fields of the name, or means something to a file system. */
function safe(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/g, '_');
}
