/** Is a key that records are joined by one that they have? */
import { valueAt } from '../definition/path.ts';
import { type BuildSide, noKey } from '../join/build-side.ts';

/**
 * A join on a key that no record has is a fault of the definition, found before anything is written.
 * @param records the first of the list
 * @throws EngineError as `noKey`
 */
export function checkJoinKeys(builds: readonly BuildSide[], records: readonly unknown[], list: string): void {
  if (records.length === 0) return;
  for (const { join } of builds) {
    const missing = join.on.find(({ record: path }) =>
      records.every((record) => valueAt(record, path) === undefined),
    );
    if (missing)
      throw noKey(missing.name, `of the first ${records.length} records of \`${list}\``, missing.at);
  }
}
