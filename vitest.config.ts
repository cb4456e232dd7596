import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take half a minute or more, the longest first: begun late, one of them would run alone at the end. */
const LONGEST = [
  'test/faults/kills/kills.test.ts',
  'test/contract/break-each-key.test.ts',
  'test/map/needs.test.ts',
  'test/map/compiler/differential.test.ts',
  'test/contract/broken-in-one-place.test.ts',
  'test/security/a-hostile-mapping-ends.test.ts',
  'test/hostile/slow-answers.test.ts',
  'test/hostile/call-windows.test.ts',
];

/** Without a cache of durations, as in CI, vitest goes by the size of the files. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((path) => moduleId.endsWith(path));
      return index < 0 ? LONGEST.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    // One more than there are cores: some tests wait for time to pass. The default leaves one of two cores unused.
    maxWorkers: 3,
    // Each worker loads the engine once: no file changes what another one sees of it, and loading it anew is an eighth of the time.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
