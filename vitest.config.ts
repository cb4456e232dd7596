import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    // One more than there are cores: some tests wait for time to pass. The default leaves one of two cores unused.
    maxWorkers: 3,
    // Each worker loads the engine once: no file changes what another one sees of it, and loading it anew is an eighth of the time.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
