/**
 * `npm run cost [-- --positions 20 --stage paper --json]`: what AWS would ask for 1,000 positions and for a month without any, by the
 * calls counted in a run on the local stack and the prices in `cost/price-table.ts`.
 */
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { STAGE_NAMES } from '#infra/aws/stage-config.ts';
import { asksForHelp } from '#infra/proof/bench/asks-for-help.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { renderReport } from './render-report.ts';
import { runCost } from './run-cost.ts';
import { toReport } from './to-report.ts';

const USAGE = `Usage: npm run cost -- [--positions 20] [--stage ${STAGE_NAMES.join('|')}] [--json]`;

const OptionsSchema = z.object({
  positions: z
    .string()
    .regex(/^\d{1,4}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(1_000)),
  stage: z.enum(STAGE_NAMES),
  json: z.boolean(),
});

function readOptions(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        positions: { type: 'string', default: '20' },
        stage: { type: 'string', default: 'paper' },
        json: { type: 'boolean', default: false },
      },
    });
    return OptionsSchema.parse(values);
  } catch (error) {
    throw new InvalidInputError(USAGE, {}, { cause: error });
  }
}

/** 0: counted. 1: something could not be, so the figures are not whole. 2: the options are wrong. */
async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  const err = (text: string): void => void process.stderr.write(`${text}\n`);
  if (asksForHelp(args)) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  try {
    const options = readOptions(args);
    const run = await runCost(options.positions, options.json ? () => undefined : err);
    const report = toReport(run, options);
    process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : renderReport(report)}\n`);
    for (const fault of report.faults) err(fault);
    return report.faults.length === 0 ? 0 : 1;
  } catch (error) {
    err(error instanceof Error ? error.message : 'The count failed without saying why');
    return error instanceof InvalidInputError ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
