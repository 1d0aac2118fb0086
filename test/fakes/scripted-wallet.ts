import type { WalletHoldings } from '#lib/domain/position/wallet-holdings.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Wallet } from '#lib/ports/wallet/wallet.ts';

export type ScriptedWallet = Wallet & {
  readonly settings: {
    holdings: WalletHoldings | 'down';
    cashMicros: bigint;
    answersAfterMs: number;
    approval: 'works' | 'fails';
  };
  /** Times of the reads of holdings. */
  readonly askedAtMs: number[];
  readonly approvalCount: () => number;
};

/** A wallet with the answers of the test. `canApprove`: the stage allows it to send transactions. */
export function createScriptedWallet(clock: Clock, { canApprove = false } = {}): ScriptedWallet {
  const settings: ScriptedWallet['settings'] = {
    holdings: { sharesMicros: 36_000_000n, otherSharesMicros: 0n, approved: true },
    cashMicros: 1_000_000_000n,
    answersAfterMs: 50,
    approval: 'works',
  };
  const askedAtMs: number[] = [];
  let approvals = 0;
  const approveShares: Wallet['approveShares'] = async () => {
    await clock.sleepUntil(clock.nowMs() + 2_000);
    approvals += 1;
    if (settings.approval === 'fails') throw new UpstreamUnavailableError('The transaction was not mined');
    if (settings.holdings !== 'down') settings.holdings = { ...settings.holdings, approved: true };
  };
  return {
    settings,
    askedAtMs,
    approvalCount: () => approvals,
    getHoldings: async () => {
      askedAtMs.push(clock.nowMs());
      await clock.sleepUntil(clock.nowMs() + settings.answersAfterMs);
      if (settings.holdings === 'down') throw new UpstreamUnavailableError('The chain was not reached');
      return settings.holdings;
    },
    getCash: async () => {
      await clock.sleepUntil(clock.nowMs() + settings.answersAfterMs);
      return settings.cashMicros;
    },
    listCashMovements: async () => [],
    approveShares: canApprove ? approveShares : null,
  };
}
