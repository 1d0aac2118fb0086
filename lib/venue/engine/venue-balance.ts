import type { Market } from '#lib/domain/market/market.ts';
import { floorTo, maxMicros, minMicros } from '#lib/domain/market/money.ts';
import { SHARES_STEP_MICROS } from '#lib/domain/market/venue-rules.ts';
import { formatBalanceRefusal } from '#lib/domain/refusal/balance-refusal-text.ts';
import type { VenueRefusal } from './check-order.ts';
import type { VenueConditions } from './venue-conditions.ts';
import { activeShares, chainShares, matchedShares, type VenueLedger, type VenueOrderTerms } from './venue-ledger.ts';

/** What the venue believes of one token of a wallet. */
export type VenueBalance = {
  readonly balanceMicros: bigint;
  readonly activeMicros: bigint;
  readonly matchedMicros: bigint;
  /** Null when it looks into a bucket that says nothing. */
  readonly approved: boolean | null;
};

/** Where shares and approvals really are, when somebody else keeps them: the chain, as last read before that time. */
export type VenueHoldings = {
  sharesAt(wallet: string, tokenId: string, atMs: number): bigint;
  isApproved(wallet: string, tokenId: string, atMs: number): boolean;
};

export type BalanceDeps = {
  readonly ledger: VenueLedger;
  readonly conditions: VenueConditions;
  /** Last time somebody had the venue read a balance anew, by wallet and token. */
  readonly refreshedAtMs: ReadonlyMap<string, number>;
  /** Wallets that have approved the exchange since the approval was missing. */
  readonly approvedWallets?: ReadonlySet<string>;
  readonly holdings?: VenueHoldings | undefined;
};

/** More shares than anybody holds: the stuck counter of venue §3.2 e reserves whatever there is. */
const STUCK_SHARES_MICROS = 4_855_820n;
const SPENDER = '0xE111180000d2663C0091e4f400237545B87B996B';

export function balanceAt(deps: BalanceDeps, wallet: string, tokenId: string, atMs: number): VenueBalance {
  const { ledger, conditions, holdings } = deps;
  const readAtMs = cachedAtMs(deps, wallet, tokenId, atMs);
  const sharesMicros = holdings?.sharesAt(wallet, tokenId, readAtMs) ?? chainShares(ledger, wallet, tokenId, readAtMs);
  const isApproved = holdings?.isApproved(wallet, tokenId, readAtMs) ?? true;
  const isWrongBucket = conditions.isOn('wrong-wallet', atMs);
  const stuckMicros = conditions.isOn('stuck-matched-counter', atMs) ? STUCK_SHARES_MICROS : 0n;
  return {
    balanceMicros: isWrongBucket ? 0n : maxMicros(sharesMicros, 0n),
    activeMicros: activeShares(ledger, wallet, tokenId),
    matchedMicros: matchedShares(ledger, wallet, tokenId, atMs) + stuckMicros,
    approved: isWrongBucket ? null : isApproved && !isApprovalMissing(deps, wallet, atMs),
  };
}

/** What the chain itself says, which no cache and no bucket of the venue's changes. */
export function isApprovalMissing({ conditions, approvedWallets }: BalanceDeps, wallet: string, atMs: number): boolean {
  return conditions.isOn('missing-approval', atMs) && approvedWallets?.has(wallet) !== true;
}

/** With a stale cache the balance is the one of its beginning, or of the last refresh. */
function cachedAtMs(deps: BalanceDeps, wallet: string, tokenId: string, atMs: number): number {
  const window = deps.conditions.window('stale-cache', atMs);
  if (window === undefined || !deps.conditions.isOn('stale-cache', atMs)) return atMs;
  return Math.max(window.fromMs, deps.refreshedAtMs.get(`${wallet}|${tokenId}`) ?? 0);
}

/** The gate as measured: accepted if balance ≥ active + matched + amount (venue §3.1). Cash is not modelled as scarce. */
export function gateRefusal(order: VenueOrderTerms, balance: VenueBalance): VenueRefusal | null {
  if (order.side === 'BUY') return null;
  if (balance.approved === false) {
    const text = `not enough balance / allowance: the allowance is not enough -> spender: ${SPENDER}, allowance: 0, order amount (inc. fees): ${order.sharesMicros}`;
    return { status: 400, text };
  }
  const figures = {
    balanceMicros: balance.balanceMicros,
    activeOrdersMicros: balance.activeMicros,
    matchedOrdersMicros: balance.matchedMicros,
    orderMicros: order.sharesMicros,
  };
  const neededMicros = figures.activeOrdersMicros + figures.matchedOrdersMicros + figures.orderMicros;
  return figures.balanceMicros >= neededMicros ? null : { status: 400, text: formatBalanceRefusal(figures) };
}

/** What others do with our shares, once there are any: rest an order on them, or sell them elsewhere. */
export function applyOutsideConditions(
  { ledger, conditions }: BalanceDeps,
  market: Market,
  atMs: number,
  draw: (endExclusive: number) => number,
): void {
  const isSoldDue = conditions.isOn('already-sold', atMs) && ledger.outsideMoves.length === 0;
  const isRestDue = conditions.isOn('own-resting-order', atMs) && !ledger.orders.has(RESTING_HASH);
  if (!isSoldDue && !isRestDue) return;
  const bought = ledger.trades.find((trade) => trade.side === 'BUY' && (trade.minedAtMs ?? atMs) < atMs);
  if (bought === undefined) return;
  const { wallet, tokenId } = bought;
  const freeMicros = chainShares(ledger, wallet, tokenId, atMs) - matchedShares(ledger, wallet, tokenId, atMs);
  const sharesMicros =
    floorTo((freeMicros * BigInt(30 + draw(71))) / 100n, SHARES_STEP_MICROS) - activeShares(ledger, wallet, tokenId);
  if (sharesMicros <= 0n) return;
  if (isSoldDue) ledger.outsideMoves.push({ wallet, tokenId, atMs, sharesMicros: -sharesMicros });
  if (isRestDue && sharesMicros >= market.minOrderSharesMicros) {
    ledger.orders.set(RESTING_HASH, {
      orderHash: RESTING_HASH,
      wallet,
      tokenId,
      side: 'SELL',
      orderType: 'GTC',
      postOnly: true,
      sharesMicros: minMicros(sharesMicros, freeMicros),
      limitPriceMicros: 990_000n,
      receivedAtMs: atMs,
      matchAtMs: null,
      status: 'live',
      filledMicros: 0n,
    });
  }
}

/** The order somebody placed by hand in the same wallet. */
export const RESTING_HASH = `0x${'e5'.repeat(32)}`;
