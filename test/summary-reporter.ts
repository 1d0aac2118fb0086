import type { Reporter, TestModule } from 'vitest/node';

type Counts = { passed: number; failed: number };

const countTests = (modules: readonly TestModule[]): Counts => {
  const counts = { passed: 0, failed: 0 };
  for (const module of modules) {
    // A file that cannot be loaded, or whose hooks throw, fails as a whole and may hold no test to say so.
    counts.failed += module.errors().length;
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed' || state === 'failed') counts[state] += 1;
    }
  }
  return counts;
};

/**
 * Ends every run with one plain line, `N passed, N failed`, that a person or a script can read without knowing vitest.
 * It is written while the process ends, so that nothing is printed after it.
 */
export const createSummaryReporter = (): Reporter => {
  let summary: string | undefined;
  process.once('exit', () => {
    if (summary !== undefined) process.stdout.write(`${summary}\n`);
  });
  return {
    onTestRunEnd: (modules, unhandledErrors, reason) => {
      const counts = countTests(modules);
      const failed = counts.failed + unhandledErrors.length;
      // An interrupted run has failed even when no test has had the time to.
      summary = `${counts.passed} passed, ${reason === 'passed' ? failed : Math.max(failed, 1)} failed`;
    },
  };
};
