/** Settings of StrykerJS; `run.mjs` adds the files to mutate and where their results are kept. */
export default {
  testRunner: 'vitest',
  plugins: [import.meta.resolve('@stryker-mutator/vitest-runner')],
  vitest: { configFile: 'scripts/mutants/vitest.config.mjs', related: false },
  coverageAnalysis: 'perTest',
  // What is computed while a module is loaded would need a fresh process and every test for each mutant.
  ignoreStatic: true,
  // Nearly every literal here is a member of a union, where '' does not compile, or wording.
  mutator: { excludedMutations: ['StringLiteral'] },
  incremental: true,
  // TypeScript 7 has no compiler API, with which Stryker would rewrite a tsconfig.json that it finds.
  tsconfigFile: 'none.json',
  disableTypeChecks: false,
  tempDirName: '.mutants/tmp',
  ignorePatterns: ['/.mutants', '/.tminus', '/cdk.out', '/coverage', '/docs', '/test/infra', '/test/integration'],
  concurrency: 1,
  // A loop without end is stopped by the count of its rounds; a busy machine may be much slower than the first run was.
  timeoutMS: 15_000,
  timeoutFactor: 3,
  // A process keeps its modules from one mutant to the next, and what a mutant left in them.
  maxTestRunnerReuse: 400,
  reporters: ['progress-append-only'],
  allowConsoleColors: false,
};
