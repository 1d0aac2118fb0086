import { parsePolicy, type ReplayPlan } from '#infra/proof/replay/replay-plan.ts';
import { runReplay } from '#infra/proof/replay/run-replay.ts';
import { openRecordingsFolder } from '#infra/venue/recordings-folder.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { dollars } from '#lib/words/money-text.ts';
import { clockText } from '#lib/words/time-text.ts';
import { EXIT_CODES, type ExitCode } from '../cli-error.ts';
import { renderReplay } from '../render/replay-table.ts';
import { narrate } from '../render/wrap-text.ts';
import type { Terminal } from '../terminal.ts';

export type ReplayOptions = {
  /** Seconds before the window's end. */
  readonly entryLead: number;
  readonly exitLead: number;
  readonly usd: bigint;
  readonly sweepLeads?: readonly number[];
  readonly policy: string;
  readonly json?: boolean;
};

/** @throws InvalidInputError for a folder, a recording or a policy that cannot be used */
export async function replayCommand(terminal: Terminal, folder: string, options: ReplayOptions): Promise<ExitCode> {
  const plan = planOf(options);
  const sweepLeadsMs = (options.sweepLeads ?? []).map(toMs).filter((leadMs) => leadMs < plan.entryLeadMs);
  const recordings = openRecordingsFolder(folder);
  const report = await runReplay(recordings, plan, sweepLeadsMs);
  if (options.json === true) {
    terminal.out(JSON.stringify(report));
    return EXIT_CODES.ok;
  }
  terminal.out(narrate(introductionOf(plan, options.policy, recordings.names.length)));
  terminal.out(`\n${renderReplay(report, plan.exitLeadMs, terminal.paint)}`);
  return EXIT_CODES.ok;
}

function planOf({ policy, entryLead, exitLead, usd }: ReplayOptions): ReplayPlan {
  if (exitLead >= entryLead) {
    throw new InvalidInputError(
      'The exit has to be later than the entry: give a shorter --exit-lead than --entry-lead.',
    );
  }
  const parsed = parsePolicy(policy);
  return { policy: parsed, entryLeadMs: toMs(entryLead), exitLeadMs: toMs(exitLead), budgetMicros: usd };
}

const toMs = (seconds: number): number => seconds * 1_000;

function introductionOf({ entryLeadMs, budgetMicros }: ReplayPlan, policy: string, windowCount: number): string {
  return `${windowCount} recorded windows, both sides, ${dollars(budgetMicros)} each, entry at T − ${clockText(entryLeadMs)}, policy ${policy}.`;
}
