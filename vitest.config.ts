import { defineConfig } from 'vitest/config';
import { countOf } from './test/fixtures/test-length.ts';
import { createSummaryReporter } from './test/summary-reporter.ts';
import { WaitingFirst } from './test/waiting-first.ts';

/**
 * Files that move or stop the clock of their process, which no other file may see. Every other file shares its process:
 * starting one and loading the modules takes about a second of processor time, more than the tests of most files.
 */
const MOVES_CLOCK = [
  'test/integration/aws/function-rights.test.ts',
  'test/integration/cli/smoke.test.ts',
  'test/integration/console/browser.test.ts',
  'test/integration/local/{api,local-guard,local-life,local-live,local-live-end,local-watch}.test.ts',
  'test/integration/proof/incident.test.ts',
  'test/integration/venue/foreign-venue{,-data,-wallets}.test.ts',
];
const WAIT_MS_MAX = countOf({ short: 180_000, long: 3_600_000 });
const MOVABLE_CLOCK = new URL('test/fixtures/movable-clock.ts', import.meta.url).href;

export default defineConfig({
  test: {
    pool: 'forks',
    // Three for each of two cores, because integration tests mostly wait.
    maxWorkers: 6,
    setupFiles: ['test/keep-compiled.ts'],
    sequence: { sequencer: WaitingFirst },
    // Guards against a wait without end; no test depends on their length.
    testTimeout: WAIT_MS_MAX,
    hookTimeout: WAIT_MS_MAX,
    expect: { poll: { timeout: WAIT_MS_MAX, interval: 50 } },
    reporters: ['default', createSummaryReporter()],
    coverage: { include: ['functions/**', 'infra/**', 'lib/**'] },
    projects: [
      { extends: true, test: { name: 'own process', include: MOVES_CLOCK, execArgv: ['--import', MOVABLE_CLOCK] } },
      {
        extends: true,
        test: { name: 'shared process', include: ['test/**/*.test.ts'], exclude: MOVES_CLOCK, isolate: false },
      },
    ],
  },
});
