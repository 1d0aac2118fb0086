import type { Market, MarketVersion } from '#lib/domain/market/market.ts';
import { floorTo, maxMicros, minMicros } from '#lib/domain/market/money.ts';
import { SHARES_STEP_MICROS } from '#lib/domain/market/venue-rules.ts';
import { formatBalanceRefusal } from '#lib/domain/refusal/balance-refusal-text.ts';
import type { VenueRefusal } from './check-order.ts';
import type { VenueConditions } from './venue-conditions.ts';
import { activeShares, chainShares, matchedShares, type VenueLedger, type VenueOrderTerms } from './venue-ledger.ts';

export type VenueBalance = {
  readonly balanceMicros: bigint;
  readonly activeMicros: bigint;
  readonly matchedMicros: bigint;
  /** Null when the venue reads the balance of another wallet type. */
  readonly approved: boolean | null;
};

/** Shares and approvals on a chain outside the engine, as last read before that time. */
export type VenueHoldings = {
  sharesAt(wallet: string, tokenId: string, atMs: number): bigint;
  isApproved(wallet: string, tokenId: string, atMs: number): boolean;
};

export type BalanceDeps = {
  readonly ledger: VenueLedger;
  readonly conditions: VenueConditions;
  readonly refreshedAtMs: ReadonlyMap<string, number>;
  /** Wallets that approved the exchange after the approval was missing. */
  readonly approvedWallets?: ReadonlySet<string>;
  readonly holdings?: VenueHoldings | undefined;
};

/** What the stuck counter reserves; the figure is from a report (py-clob-client-v2#112). */
const STUCK_SHARES_MICROS = 4_855_820n;
const SPENDERS = {
  v1: '0xE111180000d2663C0091e4f400237545B87B996B',
  v2: '0xe3333700cA9d93003F00f0F71f8515005F6c00Aa',
} as const satisfies Record<MarketVersion, string>;

export function balanceAt(deps: BalanceDeps, wallet: string, tokenId: string, atMs: number): VenueBalance {
  const { ledger, conditions, holdings } = deps;
  const readAtMs = cachedAtMs(deps, wallet, tokenId, atMs);
  const sharesMicros = holdings?.sharesAt(wallet, tokenId, readAtMs) ?? chainShares(ledger, wallet, tokenId, readAtMs);
  const isApproved = holdings?.isApproved(wallet, tokenId, readAtMs) ?? true;
  const isWrongWallet = conditions.isOn('wrong-wallet', atMs);
  const isBlocked = isWrongWallet || conditions.isOn('sale-blocked', atMs);
  const stuckMicros = conditions.isOn('stuck-matched-counter', atMs) ? STUCK_SHARES_MICROS : 0n;
  return {
    balanceMicros: isBlocked ? 0n : maxMicros(sharesMicros, 0n),
    activeMicros: activeShares(ledger, wallet, tokenId),
    matchedMicros: matchedShares(ledger, wallet, tokenId, atMs) + stuckMicros,
    approved: isWrongWallet ? null : isApproved && !isApprovalMissing(deps, wallet, atMs),
  };
}

/** The approval on chain, whatever the venue's caches say. */
export function isApprovalMissing({ conditions, approvedWallets }: BalanceDeps, wallet: string, atMs: number): boolean {
  return conditions.isOn('missing-approval', atMs) && approvedWallets?.has(wallet) !== true;
}

/** A stale cache shows the balance of its beginning, or of the last refresh. */
function cachedAtMs(deps: BalanceDeps, wallet: string, tokenId: string, atMs: number): number {
  const window = deps.conditions.window('stale-cache', atMs);
  if (window === undefined || !deps.conditions.isOn('stale-cache', atMs)) return atMs;
  return Math.max(window.fromMs, deps.refreshedAtMs.get(`${wallet}|${tokenId}`) ?? 0);
}

/** Accepted if balance ≥ active + matched + amount (venue §3.1). Cash is not limited here. */
export function findBalanceRefusal(
  { version }: Pick<Market, 'version'>,
  order: VenueOrderTerms,
  balance: VenueBalance,
): VenueRefusal | null {
  if (order.side === 'BUY') return null;
  if (balance.approved === false) {
    const text = `not enough balance / allowance: the allowance is not enough -> spender: ${SPENDERS[version]}, allowance: 0, order amount (inc. fees): ${order.sharesMicros}`;
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

/** The owner's own actions outside the suite, once there are shares: a resting order on them, or a sale elsewhere. */
export function applyOutsideConditions(
  { ledger, conditions }: BalanceDeps,
  market: Market,
  atMs: number,
  draw: (endExclusive: number) => number,
): void {
  const isSaleDue = conditions.isOn('already-sold', atMs) && ledger.outsideMoves.length === 0;
  const isRestDue = conditions.isOn('own-resting-order', atMs) && !ledger.orders.has(RESTING_HASH);
  if (!isSaleDue && !isRestDue) return;
  const bought = ledger.trades.find((trade) => trade.side === 'BUY' && (trade.minedAtMs ?? atMs) < atMs);
  if (bought === undefined) return;
  const { wallet, tokenId } = bought;
  const freeMicros = chainShares(ledger, wallet, tokenId, atMs) - matchedShares(ledger, wallet, tokenId, atMs);
  const sharesMicros =
    floorTo((freeMicros * BigInt(30 + draw(71))) / 100n, SHARES_STEP_MICROS) - activeShares(ledger, wallet, tokenId);
  if (sharesMicros <= 0n) return;
  if (isSaleDue) ledger.outsideMoves.push({ wallet, tokenId, atMs, sharesMicros: -sharesMicros });
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

export const RESTING_HASH = `0x${'e5'.repeat(32)}`;
