import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import { keepWorker } from './kept-worker.mjs';

const { MUTATED_FOLDER, MUTANTS_QUICK } = env;

/** Cheap and close tests come first, because a mutant's run ends with the first test that fails. */
const LAST = 'test/unit/domain/evolve/transitions.test.ts';
const ORDER = [
  '/test/unit/domain/',
  '/test/unit/lifecycle/',
  '/test/property/',
  '/test/scenario/',
  '/scripts/mutants/',
];
const placeOf = ({ moduleId }) =>
  moduleId.endsWith(`/${LAST}`) ? ORDER.length : ORDER.findIndex((folder) => moduleId.includes(folder));

class CheapFirst extends BaseSequencer {
  async sort(files) {
    return files.toSorted((a, b) => placeOf(a) - placeOf(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

const WAIT_MS_MAX = 20_000;

/** The tests that bear on lib/domain and lib/lifecycle, without those that would take seconds for each survivor. */
export default defineConfig({
  plugins: [keepWorker],
  // The same cases for each mutant.
  resolve: {
    alias: [{ find: /^fast-check$/, replacement: fileURLToPath(new URL('seeded-fast-check.mjs', import.meta.url)) }],
  },
  test: {
    include: [
      'test/unit/{domain,lifecycle}/**/*.test.ts',
      'test/property/*.test.ts',
      ...(MUTANTS_QUICK ? [] : ['test/scenario/*.test.ts', 'scripts/mutants/lives.test.mjs']),
    ],
    exclude: [
      // Six seconds, and about what evolves a position only.
      ...(MUTATED_FOLDER === 'lib/domain/evolve' && !MUTANTS_QUICK ? [] : [LAST]),
      'test/property/{chain-market-identity,evm-encodings,position-laws,recordings-garbage,venue-generated-window}.test.ts',
      'test/scenario/{batch-timeout,chain-look-up,crash-at-every-effect,sim-*}.test.ts',
    ],
    isolate: false,
    fileParallelism: false,
    sequence: { sequencer: CheapFirst },
    testTimeout: WAIT_MS_MAX,
    hookTimeout: WAIT_MS_MAX,
  },
});
