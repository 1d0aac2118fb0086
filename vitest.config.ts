import { defineConfig } from 'vitest/config';
import { countOf } from './test/fixtures/test-length.ts';
import { createSummaryReporter } from './test/summary-reporter.ts';
import { WaitingFirst } from './test/waiting-first.ts';

/**
 * Files that run the whole stack, kill it or move its clock. A process of its own keeps what they leave behind away
 * from other files.
 */
const OWN_PROCESS = [
  'test/integration/{cli,kill,local}/**/*.test.ts',
  'test/integration/aws/function-rights.test.ts',
  'test/integration/proof/incident.test.ts',
  'test/integration/venue/foreign-venue.test.ts',
];
const WAIT_MS_MAX = countOf({ short: 180_000, long: 3_600_000 });
const MOVABLE_CLOCK = new URL('test/fixtures/movable-clock.ts', import.meta.url).href;

export default defineConfig({
  test: {
    pool: 'forks',
    // Two cores have room for four, because integration tests mostly wait: 228 s with four, 269 s with three.
    maxWorkers: 4,
    sequence: { sequencer: WaitingFirst },
    // Guards against a wait without end; no test depends on their length.
    testTimeout: WAIT_MS_MAX,
    hookTimeout: WAIT_MS_MAX,
    expect: { poll: { timeout: WAIT_MS_MAX, interval: 50 } },
    reporters: ['default', createSummaryReporter()],
    coverage: { include: ['functions/**', 'infra/**', 'lib/**'] },
    projects: [
      { extends: true, test: { name: 'own process', include: OWN_PROCESS, execArgv: ['--import', MOVABLE_CLOCK] } },
      {
        extends: true,
        // Starting a process and loading the modules costs more than the tests of most files, so these share processes.
        test: { name: 'shared process', include: ['test/**/*.test.ts'], exclude: OWN_PROCESS, isolate: false },
      },
    ],
  },
});
