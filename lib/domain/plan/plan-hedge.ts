import { withoutFlawedLevels } from '#lib/domain/market/book-flaw.ts';
import { takerFeeMicros } from '#lib/domain/market/fees.ts';
import type { OrderBook } from '#lib/domain/market/market.ts';
import { floorTo, maxMicros, minMicros, mulDivCeil, mulDivFloor, ONE_MICROS } from '#lib/domain/market/money.ts';
import { cashMicrosOf, type OrderTerms } from '#lib/domain/market/order.ts';
import { CENT_MICROS, sizeStepMicros, toWholeCents } from '#lib/domain/market/order-amounts.ts';
import { MARKETABLE_BUY_MIN_MICROS } from '#lib/domain/market/venue-rules.ts';
import { DUST_SHARES_MICROS, pairedSharesMicros, unhedgedSharesMicros } from '#lib/domain/position/fill-totals.ts';
import type { ExitingPosition, HoldingPosition } from '#lib/domain/position/position.ts';
import { priceEndsAtMs } from '#lib/domain/position/position.ts';
import type { RefusalCause } from '#lib/domain/refusal/refusal.ts';

/**
 * Causes that keep shares from being sold, and not cash from buying: the venue does not let go of the shares. A venue
 * that checks another wallet refuses the buy as well, which costs nothing.
 */
const BLOCKS_SALE: readonly RefusalCause[] = [
  'unsettled-buy',
  'stale-balance',
  'stuck-matched-counter',
  'missing-approval',
  'wrong-wallet',
  'balance-unexplained',
];

/** Sells that have to be refused first, none of them filled. Judgement: most balance refusals heal within two. */
const BLOCKED_COUNT_MIN = 3;

/** The last rung: before that there is time for the cause to heal. Judgement: half of the exit lead. */
const HEDGE_LEAD_MS = 60_000;

/**
 * Cents above the deepest ask that covers the shares. The step of the size depends on the price: of six limits one
 * nearly always spends the wanted cash to a few cents.
 */
const SLACK_CENTS = [0n, 1n, 2n, 3n, 4n, 5n];

/** Whether the row says that selling is blocked, late, and not hedged yet. Books and cash are read afterwards. */
export function isHedgeDue(position: HoldingPosition | ExitingPosition, nowMs: number): boolean {
  if (position.state !== 'exiting' || !position.policy.mayMerge || position.hedge !== undefined) return false;
  // The suite neither merges nor redeems there (venue §5.4).
  if (position.negRisk) return false;
  // What such a sell filled is not known: it is looked up first.
  if (position.attempts.some(({ phase }) => phase === 'ended')) return false;
  const blockedCount = BLOCKS_SALE.reduce((sum, cause) => sum + (position.refusals[cause] ?? 0), 0);
  const isBlocked = Math.min(blockedCount, position.fruitlessCount) >= BLOCKED_COUNT_MIN;
  return isBlocked && nowMs >= priceEndsAtMs(position) - HEDGE_LEAD_MS;
}

export type HedgeInput = {
  /** Of the other outcome. Null if the read failed. */
  readonly book: OrderBook | null;
  /** The position's shares on the chain; null when it did not answer, undefined where there is none (paper). */
  readonly heldMicros: bigint | null | undefined;
  /** What a sell would have to bring for a share now. */
  readonly floorMicros: bigint;
  /** Null when it is not known, or without a limit. */
  readonly cashMicros: bigint | null;
  readonly atMs: number;
};

/** Why the other outcome is not bought. The sells go on. */
export type HedgeObstacle = 'shares-unseen' | 'no-book' | 'no-asks' | 'below-floor' | 'too-small' | 'cash-short';

export type HedgePlan = { readonly order: OrderTerms; readonly costMicrosMax: bigint };

/**
 * The buy of the other outcome whose pairs net at least what a sell would have to bring: 1 − price − fee ≥ floor. Its
 * dollars are what the asks cost that cover the shares, so that at today's book it brings as many shares as are held.
 * Only shares that the chain shows get a partner: a buy that fails there would leave the other outcome alone.
 */
export function planHedge(position: ExitingPosition, input: HedgeInput): HedgePlan | HedgeObstacle {
  const wantedMicros = wantedSharesMicros(position, input.heldMicros);
  if (wantedMicros === 0n) return 'shares-unseen';
  if (input.book === null) return 'no-book';
  const { asks, tickMicros } = withoutFlawedLevels(input.book, input.atMs);
  if (asks.length === 0) return 'no-asks';
  const highestMicros = highestPriceMicros(position, input.floorMicros, tickMicros);
  let leftMicros = wantedMicros;
  let cashMicros = 0n;
  let deepestMicros = 0n;
  for (const ask of asks) {
    if (leftMicros === 0n || ask.priceMicros > highestMicros) break;
    const takenMicros = minMicros(leftMicros, ask.sharesMicros);
    leftMicros -= takenMicros;
    cashMicros += mulDivFloor(takenMicros, ask.priceMicros, ONE_MICROS);
    deepestMicros = ask.priceMicros;
  }
  if (deepestMicros === 0n) return 'below-floor';
  const limits = SLACK_CENTS.map((cents) => toWholeCents('BUY', deepestMicros + cents * CENT_MICROS));
  const orders = [deepestMicros, ...limits]
    .filter((limitMicros) => limitMicros <= highestMicros)
    .flatMap((limitMicros) => ordersAt(position, cashMicros, limitMicros))
    .filter((order) => order.sharesMicros <= wantedMicros && cashMicrosOf(order) >= MARKETABLE_BUY_MIN_MICROS);
  const [order] = orders.toSorted((one, other) => Number(missOf(one, cashMicros) - missOf(other, cashMicros)));
  if (order === undefined) return 'too-small';
  const costMicrosMax = cashMicrosOf(order) + mulDivCeil(cashMicrosOf(order), position.feeRateMicros, ONE_MICROS);
  return input.cashMicros !== null && input.cashMicros < costMicrosMax ? 'cash-short' : { order, costMicrosMax };
}

function wantedSharesMicros(position: ExitingPosition, heldMicros: bigint | null | undefined): bigint {
  const unhedgedMicros = unhedgedSharesMicros(position);
  const seenMicros = heldMicros === undefined ? unhedgedMicros : (heldMicros ?? 0n) - pairedSharesMicros(position);
  return floorTo(maxMicros(minMicros(unhedgedMicros, seenMicros), 0n), DUST_SHARES_MICROS);
}

/** The highest price on the book's ticks at which a pair nets the floor; zero when none does. */
function highestPriceMicros({ feeRateMicros }: ExitingPosition, floorMicros: bigint, tickMicros: bigint): bigint {
  let priceMicros = floorTo(ONE_MICROS - floorMicros, tickMicros);
  while (priceMicros > 0n) {
    const feeMicros = takerFeeMicros({ sharesMicros: ONE_MICROS, priceMicros, feeRateMicros });
    if (ONE_MICROS - priceMicros - feeMicros >= floorMicros) return priceMicros;
    priceMicros -= tickMicros;
  }
  return 0n;
}

/**
 * The orders at this limit that spend next to this cash, a little more and a little less: sizes are even in whole
 * cents. FAK, because a part of the shares hedged is better than none.
 */
function ordersAt(position: ExitingPosition, cashMicros: bigint, limitPriceMicros: bigint): readonly OrderTerms[] {
  const { otherTokenId: tokenId, negRisk, marketVersion } = position;
  const step = sizeStepMicros('BUY', limitPriceMicros);
  const lessMicros = floorTo(mulDivFloor(cashMicros, ONE_MICROS, limitPriceMicros), step);
  const terms = { side: 'BUY', orderType: 'FAK', tokenId, negRisk, marketVersion, limitPriceMicros } as const;
  return [lessMicros, lessMicros + step].map((sharesMicros) => ({ ...terms, sharesMicros }));
}

/** Shares that stay without a partner weigh more than a few of the other outcome too many. */
const SHORT_WEIGHT = 10n;

function missOf(order: OrderTerms, wantedMicros: bigint): bigint {
  const overMicros = cashMicrosOf(order) - wantedMicros;
  return overMicros >= 0n ? overMicros : -overMicros * SHORT_WEIGHT;
}
