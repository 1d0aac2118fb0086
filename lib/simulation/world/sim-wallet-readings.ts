import { OTHER_OUTCOME, type Outcome } from '#lib/domain/market/market.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ShareTransfer, WalletReadings } from '#lib/ports/wallet/wallet-readings.ts';
import type { ConditionChain } from '#lib/venue/engine/condition-chain.ts';
import type { VenueLedger } from '#lib/venue/engine/venue-ledger.ts';
import type { ServiceCall } from './function-instance.ts';
import { createChainReads, shownHead } from './sim-settlement.ts';
import type { World } from './world.ts';

export type SimWalletReadingsDeps = {
  readonly ledger: VenueLedger;
  readonly chain: ConditionChain;
  readonly outcome: Outcome;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly call: ServiceCall;
};

/** What came to the live wallet and left it, by any program: the model's chain at finalised blocks, and the index. */
export function createSimWalletReadings(world: World, deps: SimWalletReadingsDeps): WalletReadings {
  const { ledger, chain, outcome } = deps;
  const { time, dice } = world;
  const read = createChainReads(world, deps, { slow: 'chain-slow', slowMsMax: 4_000, down: 'chain-down' });
  return {
    readShares: ({ wallet }, deadlineAtMs) =>
      read('readings.readShares', deadlineAtMs, () => {
        const head = shownHead(world, chain);
        const sharesMicros = chain.sharesAt(wallet, outcome, head.blockAtMs);
        return {
          ...head,
          sharesMicros,
          otherSharesMicros: chain.sharesAt(wallet, OTHER_OUTCOME[outcome], head.blockAtMs),
        };
      }),
    findCost: ({ wallet, tokenId }, sharesMicros, deadlineAtMs) =>
      read('readings.findCost', deadlineAtMs, () =>
        dice.roll('index-omits') ? null : costOf(ledger, { wallet, tokenId, sharesMicros, atMs: time.nowMs() }),
      ),
    listTransfers: ({ wallet, tokenId }, { afterBlock, toBlock }, deadlineAtMs) =>
      read('readings.listTransfers', deadlineAtMs, () =>
        transfersOf(ledger, chain, { wallet, tokenId }).filter(
          ({ blockNumber }) => blockNumber > afterBlock && blockNumber <= toBlock,
        ),
      ),
  };
}

type Held = { readonly wallet: string; readonly tokenId: string };

/** The index knows the cost of shares that were all bought, and of which none has left. */
function costOf(
  { trades, outsideMoves }: VenueLedger,
  held: Held & { readonly sharesMicros: bigint; readonly atMs: number },
): bigint | null {
  let sharesMicros = 0n;
  let costMicros = 0n;
  for (const trade of trades) {
    if (trade.wallet !== held.wallet || trade.minedAtMs === null || trade.minedAtMs > held.atMs) continue;
    if (trade.side === 'SELL' && trade.tokenId === held.tokenId) return null;
    if (trade.side !== 'BUY' || trade.deliveredTokenId !== held.tokenId) continue;
    sharesMicros += trade.deliveredMicros;
    costMicros += trade.valueMicros + trade.feesMicros;
  }
  const isMoved = outsideMoves.some(({ wallet, tokenId }) => wallet === held.wallet && tokenId === held.tokenId);
  return isMoved || sharesMicros !== held.sharesMicros ? null : costMicros;
}

type TimedTransfer = ShareTransfer & { readonly atMs: number; readonly orderHash: string | undefined };

/** Every transaction that moved shares of the token, by the time it was mined. */
export function transfersOf(ledger: VenueLedger, chain: ConditionChain, held: Held): readonly TimedTransfer[] {
  const transfers: TimedTransfer[] = [];
  const add = (
    transactionHash: string,
    atMs: number,
    sharesMicros: bigint,
    cashMicros: bigint | null,
    orderHash?: string,
  ): void => {
    transfers.push({ transactionHash, atMs, blockNumber: chain.blockOf(atMs), sharesMicros, cashMicros, orderHash });
  };
  for (const trade of ledger.trades) {
    const { wallet, side, tokenId, deliveredTokenId, tradeId, minedAtMs, valueMicros, feesMicros } = trade;
    if (wallet !== held.wallet || minedAtMs === null) continue;
    if (side === 'BUY' && deliveredTokenId === held.tokenId) {
      // Fills of one order are one transaction; its first one pays the fee of all, also in shares.
      const first = transfers.findIndex((each) => each.orderHash === trade.orderHash && each.atMs === minedAtMs);
      const { sharesMicros = 0n, cashMicros = 0n } = transfers[first] ?? {};
      const [known] = first === -1 ? [] : transfers.splice(first, 1);
      add(
        known?.transactionHash ?? tradeId,
        minedAtMs,
        sharesMicros + trade.deliveredMicros,
        (cashMicros ?? 0n) - valueMicros - feesMicros,
        trade.orderHash,
      );
    }
    if (side === 'SELL' && tokenId === held.tokenId) {
      add(tradeId, minedAtMs, -trade.sharesMicros, valueMicros - feesMicros);
    }
  }
  for (const [index, { wallet, tokenId, atMs, sharesMicros, transactionHash }] of ledger.outsideMoves.entries()) {
    if (wallet !== held.wallet || tokenId !== held.tokenId) continue;
    add(transactionHash ?? `0xmove${index + 1}`, atMs, sharesMicros, null);
  }
  return transfers.toSorted((a, b) => a.atMs - b.atMs);
}
