import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';

/** A file that breaks one rule, and the name under which the linter must report it. */
type Plant = { readonly path: string; readonly source: string; readonly rule: string };
type CleanFile = Omit<Plant, 'rule'>;

const LintReportSchema = z.object({
  diagnostics: z.array(z.object({ category: z.string(), location: z.object({ path: z.string() }) })),
});

const importing = (specifier: string) => `import { thing } from '${specifier}';\nexport const own = thing;\n`;

/** What no file of a layer may import, in both forms that an import path can take. */
const FORBIDDEN_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  'lib/domain': [
    '#lib/ports/clock.ts',
    '../ports/clock.ts',
    './../ports/clock.ts',
    '#lib/errors/errors.ts',
    '../errors/errors.ts',
    '#lib/adapters/sqs/sqs-exit-queue.ts',
    'node:fs',
    'zod',
    '@aws-sdk/client-sqs',
  ],
  'lib/ports': ['#lib/lifecycle/sell/sell.ts', '../errors/errors.ts', '#lib/adapters/x.ts', 'node:fs', 'zod'],
  'lib/errors': ['#lib/ports/clock.ts', '../ports/clock.ts', '#lib/runtime/logger.ts'],
  'lib/contracts': ['#lib/lifecycle/sell/sell.ts', '../adapters/x.ts', '#lib/runtime/logger.ts', '@aws-sdk/client-sqs'],
  'lib/lifecycle': ['#lib/adapters/x.ts', '../adapters/x.ts', '#lib/contracts/x.ts', '../runtime/logger.ts', 'node:fs'],
  'lib/lifecycle/sell': ['#lib/adapters/x.ts', '../../adapters/x.ts', '#functions/sell.ts', '@aws-sdk/client-sqs'],
  'lib/simulation': [
    '#lib/adapters/x.ts',
    '../adapters/x.ts',
    '#lib/runtime/aws-clients.ts',
    '#lib/cli/main.ts',
    '@aws-sdk/client-sqs',
  ],
  'lib/venue': ['#lib/simulation/life.ts', '#lib/ports/clock.ts', '../ports/clock.ts', '#infra/venue/x.ts', 'node:fs'],
  'lib/venue/engine': ['#lib/simulation/life.ts', '../../ports/clock.ts', '#lib/lifecycle/sell/sell.ts', 'viem'],
  'lib/words': ['#lib/adapters/x.ts', '../ports/clock.ts', '#lib/cli/main.ts', 'node:fs', 'zod'],
  'lib/pages': ['#lib/adapters/x.ts', '../ports/clock.ts', '#lib/cli/main.ts', '#infra/proof/x.ts', 'node:http', 'zod'],
  'lib/console/now': [
    '#lib/adapters/sqs/x.ts',
    '#lib/cli/main.ts',
    '../../cli/main.ts',
    '#infra/local/start.ts',
    '#functions/open.ts',
  ],
  'lib/console/page/now': [
    '#lib/lifecycle/sell/sell.ts',
    '#lib/console/now/read-suite.ts',
    '../../now/read-suite.ts',
    '#lib/ports/clock.ts',
    'node:fs',
    'zod',
  ],
  'lib/suite-client': [
    '#lib/cli/main.ts',
    '../cli/main.ts',
    '#infra/local/start.ts',
    '#lib/lifecycle/sell/sell.ts',
    '#lib/venue/random.ts',
    '#functions/open.ts',
  ],
  'lib/adapters/sqs': [
    '#lib/lifecycle/sell/sell.ts',
    '#lib/venue/random.ts',
    '../../lifecycle/sell/sell.ts',
    '#functions/sell.ts',
    '../../../functions/sell.ts',
    '#lib/cli/main.ts',
    '#infra/local/start.ts',
    '#lib/simulation/laws.ts',
    '#lib/runtime/logger.ts',
    '#test/factories/position.ts',
  ],
  'lib/runtime': [
    '#lib/lifecycle/x.ts',
    '../lifecycle/x.ts',
    '#lib/cli/main.ts',
    '#infra/local/x.ts',
    '#functions/x.ts',
  ],
  functions: [
    '#infra/local/x.ts',
    '../infra/local/x.ts',
    '#lib/cli/main.ts',
    '../lib/cli/main.ts',
    '#lib/simulation/x.ts',
  ],
  'infra/local': [
    '#lib/cli/main.ts',
    '../../lib/cli/main.ts',
    '#test/factories/position.ts',
    '#infra/venue/start.ts',
    '../venue/start.ts',
    '#infra/proof/run.ts',
    '#infra/aws/suite.ts',
  ],
  'infra/local/pump': ['#infra/venue/start.ts', '../../venue/start.ts'],
  'infra/aws/stacks': ['#lib/cli/main.ts', '../../../lib/cli/main.ts', '#infra/local/x.ts', '../../local/x.ts'],
  'infra/venue/http': ['#infra/local/x.ts', '../../local/x.ts', '#infra/proof/x.ts', '#infra/aws/x.ts'],
  'infra/proof/incident': ['#infra/local/x.ts', '../../local/x.ts', '#infra/venue/x.ts', '#infra/aws/x.ts'],
  'infra/shared': ['#infra/local/x.ts', '../local/x.ts', '#infra/aws/x.ts', '../venue/x.ts', '#lib/cli/main.ts'],
  'lib/cli': ['#test/factories/position.ts', '../../test/factories/position.ts'],
};

const ALLOWED_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  'lib/domain': ['./money.ts'],
  'lib/ports': ['./clock.ts', '#lib/domain/market/money.ts'],
  'lib/contracts': [
    './wake-message.ts',
    '#lib/domain/market/money.ts',
    '#lib/ports/clock.ts',
    '#lib/errors/errors.ts',
    'zod',
  ],
  'lib/lifecycle/sell': [
    './plan.ts',
    '../hold/hold.ts',
    '#lib/domain/market/money.ts',
    '#lib/ports/clock.ts',
    '#lib/errors/errors.ts',
  ],
  'lib/simulation': [
    './seed.ts',
    '#lib/lifecycle/sell/sell.ts',
    '#lib/contracts/wake-message.ts',
    '#lib/runtime/run-batch.ts',
    '#lib/adapters/paper/paper-exchange.ts',
    '#lib/ports/clock.ts',
    '#lib/domain/market/money.ts',
    'zod',
  ],
  'lib/adapters/sqs': ['#lib/ports/clock.ts', '#lib/contracts/wake-message.ts', '@aws-sdk/client-sqs', 'node:fs'],
  functions: ['#lib/lifecycle/sell/sell.ts', '#lib/adapters/sqs/x.ts', '#lib/runtime/logger.ts'],
  'lib/venue/engine': ['./ledger.ts', '../random.ts', '#lib/venue/random.ts', '#lib/domain/market/money.ts'],
  'lib/words': ['./figures.ts', '#lib/domain/market/money.ts', '#lib/contracts/alert.ts'],
  'lib/console/now': ['#lib/lifecycle/read/x.ts', '#lib/ports/clock.ts', '../server/x.ts', 'fastify', 'node:fs'],
  'lib/console/page/now': [
    '../store.ts',
    '#lib/words/x.ts',
    '#lib/console/now/now-message.ts',
    'preact/hooks',
    'uplot',
  ],
  'lib/suite-client': ['#lib/adapters/sqs/x.ts', '#lib/runtime/aws-clients.ts', '@aws-sdk/client-lambda'],
  'infra/local': ['#functions/sell.ts', '#infra/shared/limits.ts', '../shared/limits.ts', 'node:fs'],
  'infra/local/pump': ['../topology.ts', './pump.ts'],
  'infra/venue/http': ['#lib/venue/random.ts', '../trading/x.ts', '../chain/x.ts'],
  'infra/proof/incident': ['#infra/shared/x.ts', '#lib/suite-client/x.ts', '../bench/x.ts'],
  'lib/cli': ['#infra/local/start.ts', '#functions/sell.ts'],
};

const GLOBAL = 'lint/style/noRestrictedGlobals';
const AMBIENT = 'plugin';

/** What a pure domain may not touch, each as an expression, and the rule that says so. */
const IMPURE: Readonly<Record<string, string>> = {
  'Date.now()': AMBIENT,
  'new Date()': AMBIENT,
  'new Date': AMBIENT,
  'Date()': AMBIENT,
  'Math.random()': AMBIENT,
  '[1].map(Math.random)': AMBIENT,
  'process.hrtime()': GLOBAL,
  'process.env': GLOBAL,
  'performance.now()': GLOBAL,
  'crypto.randomUUID()': GLOBAL,
  'setTimeout(String, 1)': GLOBAL,
  'setInterval(String, 1)': GLOBAL,
  "fetch('https://example.com')": GLOBAL,
  "console.info('x')": GLOBAL,
  'globalThis.name': GLOBAL,
};

const SWITCH = (cases: string) => `type Side = 'up' | 'down';
export const nameOf = (side: Side): string => {
  switch (side) {
    case 'up':
      return 'Up';
${cases}  }
  return '';
};
`;
const PROMISE = (use: string) => `const post = async (): Promise<void> => {};
export const run = async (): Promise<void> => {
  ${use};
};
`;
const LONG_FUNCTION = `export const long = (): number[] => {\n  const all: number[] = [];\n${'  all.push(1);\n'.repeat(70)}  return all;\n};\n`;

const HOUSE_RULES: readonly Plant[] = [
  { path: 'lib/lifecycle/floating.ts', source: PROMISE('post()'), rule: 'lint/nursery/noFloatingPromises' },
  { path: 'lib/lifecycle/misused.ts', source: PROMISE('if (post()) return'), rule: 'lint/nursery/noMisusedPromises' },
  { path: 'lib/lifecycle/inexhaustive.ts', source: SWITCH(''), rule: 'lint/nursery/useExhaustiveSwitchCases' },
  {
    path: 'lib/lifecycle/cast.ts',
    source: 'export const read = (value: unknown) => value as string;\n',
    rule: 'lint/nursery/noUnsafeTypeAssertion',
  },
  { path: 'lib/lifecycle/any.ts', source: 'export const held: any = 1;\n', rule: 'lint/suspicious/noExplicitAny' },
  {
    path: 'lib/lifecycle/not-null.ts',
    source: 'export const first = (all: string[]): string => all[0]!;\n',
    rule: 'lint/style/noNonNullAssertion',
  },
  { path: 'lib/lifecycle/loud.ts', source: "console.info('x');\n", rule: 'lint/suspicious/noConsole' },
  { path: 'functions/loud.ts', source: "console.info('x');\n", rule: 'lint/suspicious/noConsole' },
  {
    path: 'lib/adapters/sqs/environment.ts',
    source: "import process from 'node:process';\nexport const stage = process.env.STAGE;\n",
    rule: 'lint/style/noProcessEnv',
  },
  {
    path: 'lib/runtime/environment.ts',
    source: 'export const stage = process.env.STAGE;\n',
    rule: 'lint/style/noProcessEnv',
  },
  {
    path: 'lib/lifecycle/long-function.ts',
    source: LONG_FUNCTION,
    rule: 'lint/complexity/noExcessiveLinesPerFunction',
  },
  {
    path: 'lib/lifecycle/long-file.ts',
    source: Array.from({ length: 301 }, (_, n) => `export const b${n} = ${n};\n`).join(''),
    rule: 'lint/style/noExcessiveLinesPerFile',
  },
  {
    path: 'lib/lifecycle/barrel.ts',
    source: "export * from './floating.ts';\nexport * from './cast.ts';\n",
    rule: 'lint/performance/noBarrelFile',
  },
  { path: 'lib/lifecycle/camelCase.ts', source: 'export const one = 1;\n', rule: 'lint/style/useFilenamingConvention' },
  {
    path: 'lib/lifecycle/cycle-a.ts',
    source: "import { b } from './cycle-b.ts';\nexport const a = (): number => b();\n",
    rule: 'lint/suspicious/noImportCycles',
  },
  {
    path: 'lib/lifecycle/cycle-b.ts',
    source: "import { a } from './cycle-a.ts';\nexport const b = (): number => a();\n",
    rule: 'lint/suspicious/noImportCycles',
  },
  {
    path: 'test/unit/skipped.test.ts',
    source: "import { it } from 'vitest';\nit.skip('sells', () => {});\n",
    rule: 'lint/suspicious/noSkippedTests',
  },
];

/** The same constructs where, or in the form in which, they are right. */
const CLEAN: readonly CleanFile[] = [
  { path: 'lib/lifecycle/awaited.ts', source: PROMISE('await post()') },
  { path: 'lib/lifecycle/exhaustive.ts', source: SWITCH("    case 'down':\n      return 'Down';\n") },
  { path: 'lib/lifecycle/constant.ts', source: "export const SIDES = ['up', 'down'] as const;\n" },
  { path: 'lib/domain/day-of.ts', source: 'export const dayOf = (atMs: number) => new Date(atMs).toISOString();\n' },
  { path: 'lib/cli/loud.ts', source: 'console.info(process.env.STAGE);\n' },
  { path: 'infra/local/loud.ts', source: 'console.info(process.env.STAGE);\n' },
  { path: 'functions/open.ts', source: 'export const stage = process.env.STAGE;\n' },
  {
    path: 'test/unit/free.test.ts',
    source: `${LONG_FUNCTION}export const stage = process.env.STAGE as string;\nexport const first = [1][0]!;\n`,
  },
];

const importPlants = (imports: Readonly<Record<string, readonly string[]>>, prefix: string) =>
  Object.entries(imports).flatMap(([layer, specifiers]) =>
    specifiers.map((specifier, index) => ({
      path: `${layer}/${prefix}-${index}.ts`,
      source: importing(specifier),
      layer,
      specifier,
    })),
  );

const forbiddenImports = importPlants(FORBIDDEN_IMPORTS, 'forbidden');
const allowedImports = importPlants(ALLOWED_IMPORTS, 'allowed');
const impure = Object.entries(IMPURE).map(([expression, rule], index) => ({
  path: `lib/domain/impure-${index}.ts`,
  source: `export const found = () => ${expression};\n`,
  expression,
  rule,
}));

/** Rules are bound to folders, so the files lie in a copy of the house that holds nothing else. */
const lintPlanted = (files: readonly CleanFile[]): ReadonlyMap<string, readonly string[]> => {
  const house = mkdtempSync(join(tmpdir(), 'tminus-lint-'));
  try {
    cpSync('biome.json', join(house, 'biome.json'));
    cpSync('lint', join(house, 'lint'), { recursive: true });
    for (const { path, source } of files) {
      mkdirSync(join(house, dirname(path)), { recursive: true });
      writeFileSync(join(house, path), source);
    }
    const biome = resolve('node_modules/@biomejs/biome/bin/biome');
    const run = spawnSync(process.execPath, [biome, 'lint', '--reporter=json', '--max-diagnostics=none'], {
      cwd: house,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    const report = LintReportSchema.parse(JSON.parse(run.stdout));
    return new Map(
      files.map(({ path }) => [
        path,
        report.diagnostics.filter(({ location }) => location.path === path).map(({ category }) => category),
      ]),
    );
  } finally {
    rmSync(house, { recursive: true, force: true });
  }
};

describe('the linter', () => {
  let rulesByPath: ReadonlyMap<string, readonly string[]>;

  beforeAll(() => {
    rulesByPath = lintPlanted([...forbiddenImports, ...allowedImports, ...impure, ...HOUSE_RULES, ...CLEAN]);
  });

  it.each(forbiddenImports)('refuses $specifier in $layer', ({ path }) => {
    expect(rulesByPath.get(path)).toContain('lint/style/noRestrictedImports');
  });

  it.each(allowedImports)('lets $layer import $specifier', ({ path }) => {
    expect(rulesByPath.get(path)).toEqual([]);
  });

  it.each(impure)('refuses $expression in lib/domain', ({ path, rule }) => {
    expect(rulesByPath.get(path)).toContain(rule);
  });

  it.each(HOUSE_RULES)('reports $rule in $path', ({ path, rule }) => {
    expect(rulesByPath.get(path)).toContain(rule);
  });

  it.each(CLEAN)('has nothing to say of $path', ({ path }) => {
    expect(rulesByPath.get(path)).toEqual([]);
  });
});
