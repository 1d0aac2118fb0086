import { defineConfig } from 'vitest/config';
import { createSummaryReporter } from './test/summary-reporter.ts';
import { WaitingFirst } from './test/waiting-first.ts';

/** Files that run the whole stack and kill it. A process of its own keeps what they leave behind away from other files. */
const OWN_PROCESS = ['test/integration/{cli,kill,local}/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    // Two cores have room for three: integration tests wait most of their time. More would make each other late.
    maxWorkers: 3,
    sequence: { sequencer: WaitingFirst },
    // Generous, because a shared machine can be slow, and never asserted on.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', createSummaryReporter()],
    coverage: { include: ['functions/**', 'infra/**', 'lib/**'] },
    projects: [
      { extends: true, test: { name: 'own process', include: OWN_PROCESS } },
      {
        extends: true,
        // Starting a process and loading the modules costs more than the tests of most files, so these share processes.
        test: { name: 'shared process', include: ['test/**/*.test.ts'], exclude: OWN_PROCESS, isolate: false },
      },
    ],
  },
});
