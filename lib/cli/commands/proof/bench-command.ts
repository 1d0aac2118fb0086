import { fileURLToPath } from 'node:url';
import type { StageName } from '#infra/aws/stage-config.ts';
import { EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { toJson } from '#lib/words/to-json.ts';

export type PunctualityOptions = { readonly positions: number; readonly seed: number; readonly json?: boolean };

export async function benchPunctuality(terminal: Terminal, options: PunctualityOptions): Promise<ExitCode> {
  const [{ runPunctuality }, report, { startLocalStack }] = await Promise.all([
    import('#infra/proof/punctuality/run-punctuality.ts'),
    import('#infra/proof/punctuality/punctuality-report.ts'),
    import('#lib/cli/suite/local-stack.ts'),
  ]);
  const run = await runPunctuality({ startLocalStack }, options, options.json ? () => undefined : terminal.out);
  terminal.out(options.json ? toJson(report.toJson(run)) : report.renderPunctuality(run));
  return endWith(terminal, report.listFaults(run, options.positions));
}

export async function benchAttempt(terminal: Terminal, positions: number): Promise<ExitCode> {
  const { runAttempt } = await import('#infra/proof/attempt/run-attempt.ts');
  const stackScript = fileURLToPath(new URL('./attempt-stack.ts', import.meta.url));
  terminal.out(await runAttempt(stackScript, positions, terminal.err));
  return EXIT_CODES.ok;
}

export async function benchCold(
  terminal: Terminal,
  { rounds, json }: { readonly rounds: number; readonly json?: boolean },
): Promise<ExitCode> {
  const { renderCold, runCold } = await import('#infra/proof/lambda/run-cold.ts');
  const rows = await runCold(rounds);
  terminal.out(json ? toJson(rows) : renderCold(rows));
  return EXIT_CODES.ok;
}

export type CostOptions = { readonly positions: number; readonly stage: StageName; readonly json?: boolean };

export async function countCost(terminal: Terminal, { positions, stage, json }: CostOptions): Promise<ExitCode> {
  const [{ runCost }, { toReport }, { renderReport }, { readFixedParts }, { startLocalStack }] = await Promise.all([
    import('#infra/proof/cost/run-cost.ts'),
    import('#infra/proof/cost/cost-report.ts'),
    import('#infra/proof/cost/render-cost.ts'),
    import('#infra/aws/fixed-parts.ts'),
    import('#lib/cli/suite/local-stack.ts'),
  ]);
  const run = await runCost({ startLocalStack }, positions, json ? () => undefined : terminal.err);
  const report = toReport(run, { positions, stage }, readFixedParts(stage));
  terminal.out(json ? toJson(report) : renderReport(report));
  return endWith(terminal, report.faults);
}

function endWith(terminal: Terminal, faults: readonly string[]): ExitCode {
  for (const fault of faults) terminal.err(fault);
  return faults.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failure;
}
