/** What of a record changes for no reason, by the stream's definition? */
import type { Stream } from '../compile/connector.ts';

/** Paths within the record of that name, its own or a joined one. The empty path is all of it. */
export function ignoredPaths(
  stream: Pick<Stream, 'ignored'>,
  recordName: string,
): readonly (readonly string[])[] {
  return stream.ignored.filter(({ record }) => record === recordName).map(({ path }) => path);
}
