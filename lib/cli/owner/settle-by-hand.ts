import type { ContractCall } from '#lib/adapters/evm/encode-abi.ts';
import { listCashMovements } from '#lib/adapters/polygon/cash-movements.ts';
import type { WalletAction } from '#lib/adapters/polygon/owner/wallet-actions.ts';
import { paidByKind } from '#lib/adapters/polygon/settlement/paid-conditions.ts';
import { readReceipt } from '#lib/adapters/polygon/settlement/receipts.ts';
import type { ConditionCalls } from '#lib/adapters/polygon/settlement/redemption-calls.ts';
import { CliError, EXIT_CODES } from '#lib/cli/cli-error.ts';
import { type ConfirmOptions, isConfirmed } from '#lib/cli/confirm.ts';
import { type Fact, renderFacts } from '#lib/cli/render/facts.ts';
import { printable, type Terminal } from '#lib/cli/terminal.ts';
import type { OwnedMarket } from './find-markets.ts';
import type { Owner } from './open-owner.ts';
import { costText, routeText } from './owner-words.ts';
import { orRefuse, performAction } from './perform-action.ts';

export type PlannedSettlement = ConditionCalls & {
  readonly owned: OwnedMarket;
  /** What the chain should pay for it. */
  readonly expectedMicros: bigint;
  /** For people: `Redeem btc-updown-5m-…`. */
  readonly what: string;
};
export type Paid = {
  readonly market: string;
  readonly conditionId: string;
  readonly cashMicros: bigint;
  readonly transactionHashes: readonly string[];
};

const READ_DEADLINE_MS = 15_000;

/**
 * Sends the calls of all markets: in one batch, or one transaction after the other. The first action is prepared before
 * the question: the preview shows what is sent, and a call that would revert is refused first. Null: not confirmed.
 */
export async function settleByHand(
  terminal: Terminal,
  options: ConfirmOptions,
  owner: Owner,
  planned: readonly PlannedSettlement[],
  preview: { readonly title: string; readonly facts: readonly Fact[]; readonly question: string },
): Promise<readonly Paid[] | null> {
  const steps = toSteps(owner, planned);
  const [first] = steps;
  if (first === undefined) throw new CliError(EXIT_CODES.refused, 'nothing-to-do', 'There is nothing to send.');
  const prepare = async (calls: readonly ContractCall[]): Promise<WalletAction> =>
    orRefuse(await owner.actions.prepare(calls, terminal.nowMs() + READ_DEADLINE_MS));
  let action = await prepare(first.calls);
  if (options.json !== true) {
    const more = steps.length === 1 ? '' : `, and ${steps.length - 1} more after it`;
    const each = steps.length === 1 ? '' : ' each';
    const facts = [
      ...preview.facts,
      ['By', `${routeText(action)}${more}`],
      ['Costs', `${costText(action)}${each}`],
    ] as const;
    terminal.out(`${preview.title}\n\n${renderFacts(facts)}`);
  }
  if (!(await isConfirmed(terminal, options, preview.question))) return null;
  const hashes = new Map<string, string[]>();
  for (const [index, step] of steps.entries()) {
    if (index > 0) action = await prepare(step.calls);
    const { transactionHash } = await performAction(owner, step.what, action);
    for (const id of step.conditionIds) hashes.set(id, [...(hashes.get(id) ?? []), transactionHash]);
    // Said at once: a later step may fail, and this one has taken effect.
    if (steps.length > 1) terminal.err(`Done: ${printable(step.what)}\n${transactionHash}`);
  }
  return Promise.all(planned.map((each) => readPaid(owner, each, hashes.get(each.conditionId) ?? [], terminal)));
}

function toSteps({ actions }: Owner, planned: readonly PlannedSettlement[]) {
  if (!actions.isBatching) {
    return planned.flatMap(({ calls, conditionId, what }) =>
      calls.map((call) => ({ calls: [call], conditionIds: [conditionId], what })),
    );
  }
  if (planned.length === 0) return [];
  const conditionIds = planned.map(({ conditionId }) => conditionId);
  return [
    { calls: planned.flatMap(({ calls }) => calls), conditionIds, what: planned.map(({ what }) => what).join('; ') },
  ];
}

/** Proof is the cash that came in these transactions; an event or a zero balance is none. */
async function readPaid(
  { rpc, walletAddress }: Owner,
  { owned, conditionId }: PlannedSettlement,
  transactionHashes: readonly string[],
  terminal: Terminal,
): Promise<Paid> {
  const deadlineAtMs = terminal.nowMs() + READ_DEADLINE_MS;
  const key = (owned.terms.marketVersion === 'v2' ? conditionId.slice(0, 64) : conditionId).toLowerCase();
  let cashMicros = 0n;
  for (const hash of transactionHashes) {
    const receipt = await readReceipt(rpc, hash, deadlineAtMs);
    cashMicros += receipt === null ? 0n : (paidByKind(receipt, walletAddress).redemption.get(key) ?? 0n);
  }
  return { market: owned.slug, conditionId, cashMicros, transactionHashes };
}

/** All cash of the transactions, for a merge, whose events name no payout. */
export async function readCash(
  { rpc, walletAddress }: Owner,
  hashes: readonly string[],
  deadlineAtMs: number,
): Promise<bigint> {
  const movements = await listCashMovements(rpc, walletAddress, hashes, deadlineAtMs);
  return movements.reduce((sum, { cashMicros }) => sum + cashMicros, 0n);
}
