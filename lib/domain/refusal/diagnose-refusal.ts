import { floorTo } from '#lib/domain/market/money.ts';
import { DUST_SHARES_MICROS, remainingSharesMicros } from '#lib/domain/position/fill-totals.ts';
import type { Trade } from '#lib/domain/position/order-attempt.ts';
import type { ExitingPosition } from '#lib/domain/position/position.ts';
import type { ObservedOrder } from '#lib/domain/position/position-event.ts';
import type { WalletHoldings } from '#lib/domain/position/wallet-holdings.ts';
import { CAUSE_OF_CODE, type Refusal, type RefusalCause } from './refusal.ts';

/** What was read after a refusal. Null where a read failed or was not possible. */
export type RefusalReads = {
  readonly balanceMicros: bigint | null;
  readonly approved: boolean | null;
  readonly restingOrderCount: number | null;
  readonly orders: readonly ObservedOrder[] | null;
  readonly holdings: WalletHoldings | null;
};

export type Diagnosis = {
  readonly cause: RefusalCause;
  readonly sellableMicros: bigint | null;
  readonly shortfallMicros: bigint | null;
};

/** The venue uses one text for several causes; reads tell them apart. A missing read never hides a known cause. */
export function diagnoseRefusal(position: ExitingPosition, refusal: Refusal, reads: RefusalReads): Diagnosis {
  if (refusal.code !== 'balance-or-allowance') {
    return { cause: causeOfOtherRefusal(refusal), sellableMicros: null, shortfallMicros: null };
  }
  const cause = causeOfBalanceRefusal(position, refusal, reads);
  const remaining = remainingSharesMicros(position);
  const sellable = freeSharesMicros(refusal, reads) ?? (cause === 'fewer-shares' ? chainMicrosOf(reads) : null);
  // A figure from before the refresh is outdated. It is used only when an earlier refresh did not help.
  const isOutdated = cause === 'stale-balance' && (position.refusals['stale-balance'] ?? 0) === 0;
  const isClamp = !isOutdated && sellable !== null && sellable >= DUST_SHARES_MICROS && sellable < remaining;
  return {
    cause,
    sellableMicros: isClamp ? floorTo(sellable, DUST_SHARES_MICROS) : null,
    shortfallMicros: cause === 'fewer-shares' ? provenShortfallMicros(position, refusal, reads) : null,
  };
}

/** Only a post-only order can be refused for crossing: a bid has reached its price. */
function causeOfOtherRefusal(refusal: Refusal): RefusalCause {
  const hasCrossed = refusal.code === 'invalid-order' && /\bcross(es)?\b/i.test(refusal.text);
  return hasCrossed ? 'book-moved' : CAUSE_OF_CODE[refusal.code];
}

/** The order matters: causes that explain the figures by themselves come before causes that only might. */
function causeOfBalanceRefusal(position: ExitingPosition, refusal: Refusal, reads: RefusalReads): RefusalCause {
  const remaining = remainingSharesMicros(position);
  const balance = refusal.figures?.balanceMicros ?? reads.balanceMicros;
  if (hasUnrecordedSale(position, reads)) return 'already-sold';
  const isRefusedForApproval = reads.approved === false || /allowance is not enough/i.test(refusal.text);
  const chainApproved = reads.holdings?.approved ?? null;
  if (chainApproved === false || (chainApproved === null && isRefusedForApproval)) return 'missing-approval';
  if ((refusal.figures?.activeOrdersMicros ?? 0n) > 0n || (reads.restingOrderCount ?? 0) > 0)
    return 'own-resting-orders';
  if (hasUnsettledBuy(position, reads)) return 'unsettled-buy';
  const matched = refusal.figures?.matchedOrdersMicros ?? 0n;
  // An unsettled sale of ours is counted as matched, too. It goes away by itself.
  if (matched > 0n) return hasUnsettledSale(position) ? 'stale-balance' : 'stuck-matched-counter';
  const chainMicros = chainMicrosOf(reads);
  if (chainMicros !== null && balance !== null && chainMicros > balance) {
    return isOtherWallet(position, balance, reads) ? 'wrong-wallet' : 'stale-balance';
  }
  // The chain shows the approval, so the venue's view of it is out of date.
  if (isRefusedForApproval) return 'stale-balance';
  const seen = balance ?? chainMicros;
  if (seen !== null && seen > 0n && seen < remaining) return 'fewer-shares';
  // The venue's check uses the balance that this read returned: the order would pass now.
  if (reads.balanceMicros !== null && reads.balanceMicros >= remaining) return 'stale-balance';
  if (chainMicros === 0n && (reads.holdings?.otherSharesMicros ?? 0n) >= remaining) return 'wrong-token';
  if (isRestProvenMissing(position, refusal, reads)) return 'fewer-shares';
  // An earlier sell whose fills cannot be read explains it.
  if (position.attempts.some(({ phase }) => phase === 'ended')) return 'already-sold';
  return 'balance-unexplained';
}

/** After this many refreshes the balance is not outdated, but that of another wallet or signature type. */
const VAIN_REFRESHES_MAX = 3;
const VAIN_REFRESHES_MAX_WITHOUT_APPROVAL = 1;

function isOtherWallet(position: ExitingPosition, balance: bigint, reads: RefusalReads): boolean {
  const seesNothing = balance === 0n && reads.balanceMicros === 0n;
  const vainRefreshesMax = reads.approved === null ? VAIN_REFRESHES_MAX_WITHOUT_APPROVAL : VAIN_REFRESHES_MAX;
  const isRefreshVain = (position.refusals['stale-balance'] ?? 0) >= vainRefreshesMax;
  return seesNothing && (reads.approved === false || isRefreshVain);
}

/** Only if venue and chain agree, and all fills are known and final: a late sale would count twice otherwise. */
function provenShortfallMicros(position: ExitingPosition, refusal: Refusal, reads: RefusalReads): bigint | null {
  const remaining = remainingSharesMicros(position);
  const balance = refusal.figures?.balanceMicros ?? reads.balanceMicros;
  const chainMicros = chainMicrosOf(reads);
  const isAllKnown = reads.orders !== null && position.attempts.length <= 1 && !hasUnsettledSale(position);
  if (!isAllKnown || chainMicros === null || chainMicros !== balance) return null;
  return chainMicros < remaining ? remaining - chainMicros : null;
}

/** A zero balance alone proves nothing (law 5). After a confirmed sale it proves that fewer shares had arrived. */
function isRestProvenMissing(position: ExitingPosition, refusal: Refusal, reads: RefusalReads): boolean {
  const hasSold = position.trades.some((trade) => trade.side === 'SELL' && trade.status === 'confirmed');
  return hasSold && provenShortfallMicros(position, refusal, reads) !== null;
}

function chainMicrosOf({ holdings }: RefusalReads): bigint | null {
  return holdings?.sharesMicros ?? null;
}

function freeSharesMicros(refusal: Refusal, reads: RefusalReads): bigint | null {
  const { figures } = refusal;
  if (figures === undefined) return reads.balanceMicros;
  return figures.balanceMicros - figures.activeOrdersMicros - figures.matchedOrdersMicros;
}

function hasUnsettledBuy(position: ExitingPosition, reads: RefusalReads): boolean {
  const isBuy = ({ side, orderHash }: Trade): boolean => side === 'BUY' && orderHash !== position.hedge?.orderHash;
  const seen = (reads.orders ?? []).flatMap((order) => order.trades).filter(isBuy);
  if (seen.length > 0) return seen.some((trade) => trade.status === 'provisional');
  const isLive = position.attempts.some(({ intent }) => intent.side === 'BUY' && intent.tokenId === position.tokenId);
  return isLive || position.trades.some((trade) => isBuy(trade) && trade.status === 'provisional');
}

function hasUnsettledSale(position: ExitingPosition): boolean {
  return (
    position.attempts.some(
      ({ intent, phase }) => intent.side === 'SELL' && (phase === 'matched' || phase === 'ended'),
    ) || position.trades.some((trade) => trade.side === 'SELL' && trade.status === 'provisional')
  );
}

function hasUnrecordedSale(position: ExitingPosition, reads: RefusalReads): boolean {
  const known = new Set(position.trades.map((trade) => trade.tradeId));
  const liveHashes = new Set(position.attempts.filter((a) => a.phase === 'matched').map((a) => a.intent.orderHash));
  return (reads.orders ?? [])
    .flatMap((order) => order.trades)
    .some(
      (trade) =>
        trade.side === 'SELL' &&
        trade.status !== 'failed' &&
        !known.has(trade.tradeId) &&
        !liveHashes.has(trade.orderHash),
    );
}
