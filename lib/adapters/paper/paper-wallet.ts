import { createHash } from 'node:crypto';
import { mulDivRound, ONE_MICROS } from '#lib/domain/market/money.ts';
import { InvariantError, StoreUnavailableError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { PaperLedger, PaperOrder } from '#lib/ports/store/paper-ledger.ts';
import type { GuardTerms, PaperWallet, WalletReadings } from '#lib/ports/wallet/wallet-readings.ts';
import { paperBalance } from './paper-balance.ts';

export type PaperWalletDeps = { readonly ledger: PaperLedger; readonly clock: Pick<Clock, 'nowMs'> };

const RECORDING_COUNT_MAX = 5;

/**
 * The wallet on paper is its ledger: it holds what was bought on paper, and what a request says that a bot bought.
 * Nothing else is moved in it.
 */
export function createPaperWallet({ ledger, clock }: PaperWalletDeps): PaperWallet & WalletReadings {
  const read = async (terms: GuardTerms): Promise<readonly PaperOrder[]> => {
    assertPaper(terms);
    return (await ledger.read(terms).catch(toUpstream)).orders;
  };
  return {
    async receiveShares(terms, { sharesMicros, costMicros }) {
      assertPaper(terms);
      for (let count = 1; count <= RECORDING_COUNT_MAX; count += 1) {
        const { sequence } = await ledger.read(terms);
        const receipt = toReceipt(terms, sharesMicros, costMicros ?? 0n, clock.nowMs());
        if ((await ledger.record(terms, sequence, receipt)) !== 'conflict') return;
      }
      throw new StoreUnavailableError('Other orders of the paper wallet kept coming first');
    },
    async readShares(terms) {
      const { tokenId, otherTokenId } = terms;
      const [own, other] = await Promise.all([
        read(terms),
        read({ ...terms, tokenId: otherTokenId, otherTokenId: tokenId }),
      ]);
      const nowMs = clock.nowMs();
      const sharesMicros = paperBalance(own, nowMs).balanceMicros;
      const otherSharesMicros = paperBalance(other, nowMs).balanceMicros;
      return { blockNumber: BigInt(nowMs), blockAtMs: nowMs, sharesMicros, otherSharesMicros };
    },
    async findCost(terms, sharesMicros) {
      const orders = await read(terms);
      const [slice] = orders.find(({ orderHash }) => orderHash === receiptHash(terms))?.slices ?? [];
      return slice?.sharesMicros === sharesMicros && slice.valueMicros > 0n ? slice.valueMicros : null;
    },
    listTransfers: async () => [],
  };
}

/** As a buy that is final at once, outside of any book. Without a cost its value is zero. */
function toReceipt(
  terms: GuardTerms & { readonly positionId: string },
  sharesMicros: bigint,
  valueMicros: bigint,
  nowMs: number,
): PaperOrder {
  const priceMicros = mulDivRound(valueMicros, ONE_MICROS, sharesMicros);
  const orderHash = receiptHash(terms);
  return {
    ...{ orderHash, recordId: orderHash, positionId: terms.positionId, side: 'BUY', orderType: 'FOK' },
    ...{ requestedSharesMicros: sharesMicros, limitPriceMicros: priceMicros },
    slices: [{ priceMicros, sharesMicros, valueMicros, feesMicros: 0n }],
    ...{ bookAtMs: 0, acceptedAtMs: nowMs, settlesAtMs: nowMs },
  };
}

/** One receipt for each request, however often it is repeated. */
function receiptHash({ wallet, tokenId, requestId }: GuardTerms): string {
  const canonical = JSON.stringify(['tminus-paper-receipt-1', wallet, tokenId, requestId]);
  return `0x${createHash('sha256').update(canonical).digest('hex')}`;
}

function toUpstream(error: unknown): never {
  if (!(error instanceof StoreUnavailableError)) throw error;
  throw new UpstreamUnavailableError('The paper ledger was not reached', {}, { cause: error });
}

function assertPaper({ mode, requestId }: GuardTerms): void {
  if (mode !== 'paper') throw new InvariantError('A live position was to be guarded on paper', { requestId });
}
