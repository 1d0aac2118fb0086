import type { Outcome } from '#lib/domain/market/market.ts';
import { minMicros } from '#lib/domain/market/money.ts';
import { otherPayoutMicrosOf, payoutMicrosOf, type TokenPayout } from '#lib/domain/market/payout.ts';
import { otherSideOf, type PositionTerms } from '#lib/domain/position/position.ts';
import type { Payout } from '#lib/domain/position/settlement-progress.ts';
import { InvariantError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { PaperLedger } from '#lib/ports/store/paper-ledger.ts';
import type { MarketResults } from '#lib/ports/venue/market-results.ts';
import type { Settlement } from '#lib/ports/wallet/settlement.ts';
import { paperBalance } from './paper-balance.ts';
import { readPaperLedger } from './read-paper-ledger.ts';

export type PaperSettlementDeps = {
  readonly results: MarketResults;
  readonly ledger: PaperLedger;
  readonly clock: Pick<Clock, 'nowMs'>;
};

/**
 * The settlement port on paper: the venue's public result decides, and the shares of the ledger are paid as soon as the
 * venue names the winner, as if it had redeemed them itself. Pairs of both outcomes that the position bought are paid
 * in the same way, as soon as both buys are final. So nothing is ever sent, and no key is needed (law 7).
 */
export function createPaperSettlement({ results, ledger, clock }: PaperSettlementDeps): Settlement {
  const readHeld = async (position: PositionTerms): Promise<Held> => {
    const [own, other] = await Promise.all(
      [position, otherSideOf(position)].map((terms) => readPaperLedger(ledger, terms)),
    );
    const hedge = other?.orders.filter(({ positionId }) => positionId === position.positionId) ?? [];
    const ownMicros = paperBalance(own?.orders ?? [], clock.nowMs()).balanceMicros;
    const otherMicros = paperBalance(hedge, clock.nowMs()).balanceMicros;
    return { ownMicros, otherMicros, pairedMicros: minMicros(ownMicros, otherMicros) };
  };
  const nothingToSend = async (): Promise<never> => {
    throw new InvariantError('On paper the venue redeems and merges: there is nothing to send');
  };
  return {
    async readCondition(position, deadlineAtMs) {
      assertPaper(position);
      const [winner, held] = await Promise.all([results.findWinner(position, deadlineAtMs), readHeld(position)]);
      const nowMs = clock.nowMs();
      return {
        blockNumber: BigInt(nowMs),
        blockAtMs: nowMs,
        payout: winner === null ? null : payoutOf(position, winner),
        sharesMicros: winner === null ? held.ownMicros - held.pairedMicros : 0n,
        otherSharesMicros: winner === null ? held.otherMicros - held.pairedMicros : 0n,
      };
    },
    async listPayouts(position, _afterBlock, deadlineAtMs) {
      assertPaper(position);
      const [winner, held] = await Promise.all([results.findWinner(position, deadlineAtMs), readHeld(position)]);
      const pay = (kind: Payout['kind'], name: string, cashMicros: bigint): readonly Payout[] => {
        const transactionHash = `${name}-${position.conditionId}`;
        return cashMicros <= 0n
          ? []
          : [{ kind, transactionHash, cashMicros, blockNumber: BigInt(clock.nowMs()), gasWei: null }];
      };
      const merged = pay('merge', 'paper-merge', held.pairedMicros);
      return winner === null
        ? merged
        : [...merged, ...pay('redemption', 'paper', redeemedMicros(position, winner, held))];
    },
    prepareRedemption: nothingToSend,
    prepareMerge: nothingToSend,
    sendRedemption: nothingToSend,
    findRedemption: nothingToSend,
  };
}

/** Shares that are final in the ledger; of the other outcome those of this position. */
type Held = { readonly ownMicros: bigint; readonly otherMicros: bigint; readonly pairedMicros: bigint };

function redeemedMicros(
  position: PositionTerms,
  winner: Outcome,
  { ownMicros, otherMicros, pairedMicros }: Held,
): bigint {
  const payout = payoutOf(position, winner);
  const hedgeMicros = otherPayoutMicrosOf(payout, otherMicros - pairedMicros);
  return payoutMicrosOf(payout, ownMicros - pairedMicros) + hedgeMicros;
}

function payoutOf({ outcome }: PositionTerms, winner: Outcome): TokenPayout {
  return outcome === winner ? { own: 1n, other: 0n, total: 1n } : { own: 0n, other: 1n, total: 1n };
}

function assertPaper({ mode, positionId }: PositionTerms): void {
  if (mode !== 'paper') throw new InvariantError('A live position was to be settled on paper', { positionId });
}
