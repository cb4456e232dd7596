/** The names of NDJSON parts: which stream and lane wrote them, when, and whether they are finished. */

const OPEN = '.ndjson.open';
const SEALED = '.ndjson';

/**
 * `<stream>-<UTC to the millisecond>-<lane>-<suffix>.ndjson.open`: sorts by time within a stream, and never meets another
 * lane's name in the same directory.
 */
export function openPartName(stream: string, lane: string, atMs: number, suffix: string): string {
  const stamp = new Date(atMs).toISOString().replace(/[-:.]/g, '');
  return `${safe(stream)}-${stamp}-${safe(lane)}-${suffix}${OPEN}`;
}

/** The name under which readers find the part once it is finished. */
export function sealedPartName(openName: string): string {
  return openName.slice(0, -OPEN.length) + SEALED;
}

/** Whether it is an unfinished part of this lane. */
export function isOpenPartOf(stream: string, lane: string, name: string): boolean {
  const match = /^(.*)-\d{8}T\d{9}Z-([^-]*)-[0-9a-f]+\.ndjson\.open$/.exec(name);
  return match?.[1] === safe(stream) && match[2] === safe(lane);
}

/** Without what separates the fields of the name, or means something to a file system. */
function safe(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/g, '_');
}
