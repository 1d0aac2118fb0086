/**
 * `npm run fuzz [-- --cases N] [--seed N]`: the properties of bad input (test/property/doors) over at least N cases,
 * then a line per door. A failing case prints the seed that finds it again.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { parseArgs } from 'node:util';

const isWhole = (text) => /^-?\d{1,10}$/.test(text);

/** The options, or undefined when there is something among them that is not understood. */
const readOptions = () => {
  try {
    const { values } = parseArgs({
      options: {
        cases: { type: 'string', default: '100000' },
        seed: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const isRight =
      isWhole(values.cases) && Number(values.cases) >= 1 && (values.seed === undefined || isWhole(values.seed));
    return isRight ? values : undefined;
  } catch {
    return undefined;
  }
};

const values = readOptions();
if (values === undefined || values.help) {
  const tell = values === undefined ? console.error : console.log;
  tell('Usage: npm run fuzz -- [--cases <whole number>] [--seed <whole number>]');
  process.exit(values === undefined ? 2 : 0);
}

const folder = mkdtempSync(join(tmpdir(), 'tminus-fuzz-'));
const report = join(folder, 'report');
writeFileSync(report, '');
const vitest = ['node_modules/vitest/vitest.mjs', 'run', 'test/property/doors/', '--testTimeout=3600000'];
const startedAtMs = Date.now();
const { status } = spawnSync(process.execPath, ['lib/cli/require-node.mjs', ...vitest], {
  stdio: 'inherit',
  env: {
    ...env,
    FUZZ_CASES: values.cases,
    FUZZ_REPORT: report,
    ...(values.seed !== undefined && { FUZZ_SEED: values.seed }),
  },
});
const doors = readFileSync(report, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line))
  .sort((a, b) => a.door.localeCompare(b.door));
rmSync(folder, { recursive: true, force: true });

for (const { door, caseCount, ms } of doors) {
  console.log(`${door.padEnd(42)} ${String(caseCount).padStart(8)} cases ${(ms / 1_000).toFixed(1).padStart(8)} s`);
}
const total = doors.reduce((sum, { caseCount }) => sum + caseCount, 0);
console.log(`${total} cases held at ${doors.length} doors in ${Math.round((Date.now() - startedAtMs) / 1_000)} s`);
process.exitCode = status ?? 1;
