import { readFinalizedBlock } from '#lib/adapters/polygon/settlement/finalized-block.ts';
import { planRedemption } from '#lib/adapters/polygon/settlement/redemption-calls.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { findChosenMarkets, type MarketChoice, type OwnedMarket } from '#lib/cli/owner/find-markets.ts';
import { type Owner, type OwnerOptions, openOwner } from '#lib/cli/owner/open-owner.ts';
import { exactShares } from '#lib/cli/owner/owner-words.ts';
import { settleEarlier } from '#lib/cli/owner/perform-action.ts';
import { recordByHand } from '#lib/cli/owner/record-by-hand.ts';
import { type Paid, type PlannedSettlement, settleByHand } from '#lib/cli/owner/settle-by-hand.ts';
import type { Fact } from '#lib/cli/render/facts.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { mulDivFloor } from '#lib/domain/market/money.ts';
import { dollars } from '#lib/words/money-text.ts';
import { toJson } from '#lib/words/to-json.ts';

export type RedeemOptions = OwnerOptions & MarketChoice;

const READ_DEADLINE_MS = 20_000;

/** Redeems the shares of resolved markets, after a preview and a yes. A redemption counts as done when cash arrived. */
export async function redeemCommand(terminal: Terminal, options: RedeemOptions): Promise<ExitCode> {
  const owner = await openOwner(terminal, options);
  try {
    await settleEarlier(terminal, owner);
    const markets = await findChosenMarkets(terminal, owner, options, terminal.nowMs() + READ_DEADLINE_MS);
    const { planned, left } = await planAll(owner, markets, terminal.nowMs() + READ_DEADLINE_MS);
    if (planned.length === 0) throw nothing(left);
    const preview = { title: 'Redeem', facts: factsOf(planned, left), question: 'Redeem now?' };
    const paid = await settleByHand(terminal, options, owner, planned, preview);
    if (paid === null) return EXIT_CODES.refused;
    await recordByHand(
      terminal,
      owner,
      paid.map((each) => toRecord(each)),
    );
    return finish(terminal, options, paid);
  } finally {
    owner.close();
  }
}

function toRecord({ market, conditionId, cashMicros, transactionHashes }: Paid) {
  return { action: 'redeemed', marketSlug: market, conditionId, cashMicros, references: transactionHashes } as const;
}

type Left = { readonly slug: string; readonly reason: string };

async function planAll({ rpc }: Owner, markets: readonly OwnedMarket[], deadlineAtMs: number) {
  const block = await readFinalizedBlock(rpc, deadlineAtMs);
  const planned: PlannedSettlement[] = [];
  const left: Left[] = [];
  for (const owned of markets) {
    const plan = await planRedemption(rpc, owned.terms, block, deadlineAtMs);
    if ('refusal' in plan) left.push({ slug: owned.slug, reason: plan.refusal });
    else planned.push({ ...plan, owned, expectedMicros: expectedOf(owned), what: `redeem ${owned.slug}` });
  }
  return { planned, left };
}

function expectedOf({ held, payout }: OwnedMarket): bigint {
  if (payout === null) return 0n;
  const { own, other, total } = payout;
  return mulDivFloor(held.UP, own, total) + mulDivFloor(held.DOWN, other, total);
}

function factsOf(planned: readonly PlannedSettlement[], left: readonly Left[]): readonly Fact[] {
  return [
    ...planned.map(({ owned, expectedMicros }): Fact => {
      const { UP, DOWN } = owned.outcomeNames;
      const held = `${exactShares(owned.held.UP)} ${UP} and ${exactShares(owned.held.DOWN)} ${DOWN}`;
      return ['Market', `${owned.slug}\n${held}, which pay ${dollars(expectedMicros)}`];
    }),
    ...left.map(({ slug, reason }): Fact => ['Not', `${slug}: ${reason}`]),
  ];
}

function finish(terminal: Terminal, { json }: RedeemOptions, paid: readonly Paid[]): ExitCode {
  const unpaid = paid.filter(({ cashMicros }) => cashMicros === 0n);
  if (json === true) terminal.out(toJson({ redeemed: paid }));
  else {
    for (const { market, cashMicros, transactionHashes } of paid) {
      if (cashMicros > 0n)
        terminal.out(`Redeemed: ${dollars(cashMicros)} for ${market}\n${transactionHashes.join('\n')}`);
    }
  }
  if (unpaid.length === 0) return EXIT_CODES.ok;
  const names = unpaid.map(({ market }) => market).join(', ');
  const text = `The transaction took effect and brought no cash for ${names}: the shares had been redeemed before, perhaps by the venue. \`tminus wallet\` shows what is held.`;
  throw new CliError(EXIT_CODES.failure, 'no-cash-arrived', text);
}

function nothing(left: readonly Left[]): CliError {
  const reasons = left.map(({ slug, reason }) => `${slug}: ${reason}.`).join(' ');
  const text = reasons === '' ? 'The wallet holds no shares that were found.' : `Nothing can be redeemed. ${reasons}`;
  return new CliError(EXIT_CODES.refused, 'nothing-to-redeem', text);
}
