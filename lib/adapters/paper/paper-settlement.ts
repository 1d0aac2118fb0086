import type { Outcome } from '#lib/domain/market/market.ts';
import { payoutMicrosOf, type TokenPayout } from '#lib/domain/market/payout.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { InvariantError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketResults } from '#lib/ports/market-results.ts';
import type { PaperLedger } from '#lib/ports/paper-ledger.ts';
import type { Settlement } from '#lib/ports/settlement.ts';
import { paperBalance } from './paper-balance.ts';
import { readPaperLedger } from './read-paper-ledger.ts';

export type PaperSettlementDeps = {
  readonly results: MarketResults;
  readonly ledger: PaperLedger;
  readonly clock: Pick<Clock, 'nowMs'>;
};

/**
 * The settlement port on paper: the venue's public result decides, and the shares of the ledger are paid as soon as the
 * venue names the winner, as if it had redeemed them itself. So nothing is ever sent, and no key is needed (law 7).
 */
export function createPaperSettlement({ results, ledger, clock }: PaperSettlementDeps): Settlement {
  const readShares = async (position: PositionTerms): Promise<bigint> => {
    const { orders } = await readPaperLedger(ledger, position);
    return paperBalance(orders, clock.nowMs()).balanceMicros;
  };
  const nothingToRedeem = async (): Promise<never> => {
    throw new InvariantError('On paper the venue redeems: there is nothing to send');
  };
  return {
    async readCondition(position, deadlineAtMs) {
      assertPaper(position);
      const [winner, sharesMicros] = await Promise.all([
        results.findWinner(position, deadlineAtMs),
        readShares(position),
      ]);
      const nowMs = clock.nowMs();
      return {
        blockNumber: BigInt(nowMs),
        blockAtMs: nowMs,
        payout: winner === null ? null : payoutOf(position, winner),
        sharesMicros: winner === null ? sharesMicros : 0n,
        otherSharesMicros: 0n,
      };
    },
    async listPayouts(position, _afterBlock, deadlineAtMs) {
      assertPaper(position);
      const winner = await results.findWinner(position, deadlineAtMs);
      if (winner === null) return [];
      const cashMicros = payoutMicrosOf(payoutOf(position, winner), await readShares(position));
      const transactionHash = `paper-${position.conditionId}`;
      return cashMicros === 0n
        ? []
        : [{ transactionHash, cashMicros, blockNumber: BigInt(clock.nowMs()), gasWei: null }];
    },
    prepareRedemption: nothingToRedeem,
    sendRedemption: nothingToRedeem,
    findRedemption: nothingToRedeem,
  };
}

function payoutOf({ outcome }: PositionTerms, winner: Outcome): TokenPayout {
  return outcome === winner ? { own: 1n, other: 0n, total: 1n } : { own: 0n, other: 1n, total: 1n };
}

function assertPaper({ mode, positionId }: PositionTerms): void {
  if (mode !== 'paper') throw new InvariantError('A live position was to be settled on paper', { positionId });
}
