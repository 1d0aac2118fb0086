import type { Market, OrderBook, Outcome } from '#lib/domain/market/market.ts';
import { formatMicros, minMicros, mulDivFloor, ONE_MICROS } from '#lib/domain/market/money.ts';
import type { OrderTerms } from '#lib/domain/market/order.ts';
import { floorToSizeStep, toWholeCents } from '#lib/domain/market/order-amounts.ts';
import { totalsOfSlices, walkBook } from '#lib/domain/market/walk-book.ts';
import type { ExitPolicy } from '#lib/domain/position/exit-policy.ts';
import type { RiskLimits } from '#lib/domain/position/risk-limits.ts';
import type { OpeningRefusal, OpeningRefusalCode } from '#lib/domain/refusal/opening-refusal.ts';

export type MaintenanceWindow = { readonly startsAtMs: number; readonly endsAtMs: number };

/** What an opening may do, as data. */
export type OpeningPolicy = {
  /** Shortest time from the opening to the exit's due time: below it a buy may not even have settled (venue §3.5). */
  readonly timeToExitMsMin: number;
  /** How far above the best ask a buy may go. */
  readonly slackTicks: number;
  /** Announced times in which the venue takes no marketable orders. */
  readonly maintenance: readonly MaintenanceWindow[];
};

export const DEFAULT_OPENING_POLICY: OpeningPolicy = { timeToExitMsMin: 20_000, slackTicks: 2, maintenance: [] };

export type OpeningInput = {
  readonly marketSlug: string;
  readonly market: Market | undefined;
  readonly book: OrderBook | undefined;
  readonly outcome: Outcome;
  readonly budgetMicros: bigint;
  readonly nowMs: number;
  readonly exitPolicy: ExitPolicy;
  readonly openingPolicy: OpeningPolicy;
  readonly limits: RiskLimits;
};

export type OpeningPlan = { readonly market: Market; readonly buy: OrderTerms; readonly exitDueAtMs: number };

/** The venue's smallest marketable buy (venue §2.5). */
const MARKETABLE_BUY_MICROS_MIN = 1_000_000n;

/** Plans the buy, or names why this position could not be got out of again and is therefore not opened. */
export function planOpening(input: OpeningInput): OpeningPlan | OpeningRefusal {
  const { market, nowMs, limits, budgetMicros } = input;
  if (market === undefined) {
    return refusal('market-unknown', `The venue knows no market "${input.marketSlug}". Check asset, window and slug.`);
  }
  if (budgetMicros > limits.budgetMicrosMax) {
    return refusal(
      'budget-above-limit',
      `A position may cost at most $${formatMicros(limits.budgetMicrosMax)}. Ask for less, or raise the stage's limit.`,
    );
  }
  return refusalOfMarket(market, nowMs) ?? refusalOfTime(input, market) ?? planBuy(input, market);
}

function refusal(code: OpeningRefusalCode, message: string): OpeningRefusal {
  return { code, message };
}

function refusalOfMarket(market: Market, nowMs: number): OpeningRefusal | null {
  if (market.version !== 'v1') {
    return refusal(
      'market-version-unsupported',
      `The market ${market.slug} uses a protocol version whose orders cannot be signed here. Nothing can be done but choose another market.`,
    );
  }
  if (nowMs >= market.endsAtMs)
    return refusal('market-over', `The market ${market.slug} is over. Choose the window that is running.`);
  if (market.closed || !market.acceptingOrders) {
    return refusal('market-closed', `The market ${market.slug} takes no orders. Choose another window.`);
  }
  return null;
}

function refusalOfTime(input: OpeningInput, market: Market): OpeningRefusal | null {
  const { nowMs, exitPolicy, openingPolicy } = input;
  const exitDueAtMs = market.endsAtMs - exitPolicy.exitLeadMs;
  const leftMs = exitDueAtMs - nowMs;
  if (leftMs < openingPolicy.timeToExitMsMin) {
    const left = leftMs < 0 ? 'was due already' : `is due in ${Math.floor(leftMs / 1_000)} s`;
    return refusal(
      'too-late-to-exit',
      `The exit ${left}; at least ${Math.ceil(openingPolicy.timeToExitMsMin / 1_000)} s are needed before it. Wait for the next window.`,
    );
  }
  const clash = openingPolicy.maintenance.find(
    (window) => window.startsAtMs < market.endsAtMs && window.endsAtMs > exitDueAtMs,
  );
  if (clash !== undefined) {
    return refusal(
      'maintenance-window',
      `The exit would fall into the venue's announced maintenance (until ${new Date(clash.endsAtMs).toISOString()}). Choose a window that ends outside it.`,
    );
  }
  return null;
}

function planBuy(input: OpeningInput, market: Market): OpeningPlan | OpeningRefusal {
  const { book, outcome, budgetMicros, openingPolicy } = input;
  const bestAsk = book?.asks[0];
  if (book === undefined || bestAsk === undefined) {
    return refusal(
      'book-too-thin',
      `Nobody offers ${outcome} in ${market.slug}. Wait for offers, or choose another market.`,
    );
  }
  const worstMicros = bestAsk.priceMicros + BigInt(openingPolicy.slackTicks) * book.tickMicros;
  const limitPriceMicros = toWholeCents('BUY', minMicros(worstMicros, ONE_MICROS - book.tickMicros));
  const sharesMicros = affordableSharesMicros(budgetMicros, limitPriceMicros, market.feeRateMicros);
  const tooSmall = refusalOfSize(sharesMicros, limitPriceMicros, market);
  if (tooSmall !== null) return tooSmall;
  const thin = refusalOfDepth(book, sharesMicros, limitPriceMicros);
  if (thin !== null) return thin;
  const tokenId = market.tokenIds[outcome];
  const buy: OrderTerms = {
    side: 'BUY',
    orderType: 'FOK',
    tokenId,
    negRisk: market.negRisk,
    sharesMicros,
    limitPriceMicros,
  };
  return { market, buy, exitDueAtMs: market.endsAtMs - input.exitPolicy.exitLeadMs };
}

/**
 * The most shares whose cost at the worst price, taker fee included, stays within the budget; in steps that the venue
 * takes at that price. Cost plus fee grows with the price, so no better fill can cost more.
 */
export function affordableSharesMicros(budgetMicros: bigint, limitPriceMicros: bigint, feeRateMicros: bigint): bigint {
  const feePerShare = (feeRateMicros * limitPriceMicros * (ONE_MICROS - limitPriceMicros)) / ONE_MICROS ** 2n + 1n;
  const affordable = mulDivFloor(budgetMicros, ONE_MICROS, limitPriceMicros + feePerShare);
  return floorToSizeStep('BUY', affordable, limitPriceMicros);
}

function refusalOfSize(sharesMicros: bigint, limitPriceMicros: bigint, market: Market): OpeningRefusal | null {
  if (sharesMicros < market.minOrderSharesMicros) {
    return refusal(
      'below-minimum-size',
      `That buys ${formatMicros(sharesMicros)} shares; the market's minimum is ${formatMicros(market.minOrderSharesMicros)}. Ask for more dollars.`,
    );
  }
  if (mulDivFloor(sharesMicros, limitPriceMicros, ONE_MICROS) < MARKETABLE_BUY_MICROS_MIN) {
    return refusal('below-minimum-size', 'The venue takes no marketable buy below $1. Ask for more dollars.');
  }
  return null;
}

/** The offers must fill the buy, and the bids must be able to take the same shares back. */
function refusalOfDepth(book: OrderBook, sharesMicros: bigint, limitPriceMicros: bigint): OpeningRefusal | null {
  const offered = totalsOfSlices(walkBook(book, { side: 'BUY', sharesMicros, limitPriceMicros }), 0n).sharesMicros;
  if (offered < sharesMicros) {
    return refusal(
      'book-too-thin',
      `Only ${formatMicros(offered)} of ${formatMicros(sharesMicros)} shares are offered up to ${formatMicros(limitPriceMicros)}. Ask for fewer dollars.`,
    );
  }
  const wanted = totalsOfSlices(walkBook(book, { side: 'SELL', sharesMicros, limitPriceMicros: 1n }), 0n).sharesMicros;
  if (wanted < sharesMicros) {
    return refusal(
      'book-too-thin',
      `The bids would take back only ${formatMicros(wanted)} of ${formatMicros(sharesMicros)} shares. Ask for fewer dollars.`,
    );
  }
  return null;
}
