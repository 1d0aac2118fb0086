import { defineConfig } from 'vitest/config';
import { createSummaryReporter } from './test/summary-reporter.ts';
import { WaitingFirst } from './test/waiting-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Processes, not threads: a test that starts emulators or is killed must not take others with it.
    pool: 'forks',
    // Two cores have room for three: integration tests wait most of their time. More would make each other late.
    maxWorkers: 3,
    sequence: { sequencer: WaitingFirst },
    // Generous, because a shared machine can be slow, and never asserted on.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', createSummaryReporter()],
    coverage: { include: ['functions/**', 'infra/**', 'lib/**'] },
  },
});
