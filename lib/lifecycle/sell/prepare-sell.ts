import { findBookFlaw, withoutFlawedLevels } from '#lib/domain/market/book-flaw.ts';
import type { OrderBook } from '#lib/domain/market/market.ts';
import { ceilTo, maxMicros } from '#lib/domain/market/money.ts';
import { coarserSize, floorToSizeStep } from '#lib/domain/market/order-amounts.ts';
import { WIDE_LOOK_GAP_MS } from '#lib/domain/plan/plan-look.ts';
import { clampToChain, type SellPlan } from '#lib/domain/plan/plan-next-step.ts';
import { isFarBelow } from '#lib/domain/plan/sell-back.ts';
import { minSellPriceMicros, restingPriceMicros } from '#lib/domain/plan/sell-price.ts';
import { activeRequest } from '#lib/domain/position/exit-request.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import {
  type ExitingPosition,
  type HoldingPosition,
  type PositionTerms,
  priceEndsAtMs,
} from '#lib/domain/position/position.ts';
import { entryPriceMicros } from '#lib/domain/position/position-view.ts';
import type { WalletHoldings } from '#lib/domain/position/wallet-holdings.ts';
import { InvariantError } from '#lib/errors/errors.ts';
import type { Evidence } from '#lib/lifecycle/record-event.ts';
import { readChain, type TradingAccount } from '#lib/lifecycle/trading-account.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';

export type PrepareSellDeps = {
  readonly account: TradingAccount;
  readonly clock: Clock;
  readonly marketData: Pick<MarketData, 'findBook'>;
};

type SellingPosition = HoldingPosition | ExitingPosition;

export type SellReads = {
  /** Null when it could not be read: the sell is priced at the floor. */
  readonly book: OrderBook | null;
  /** The chain's answer so far; null without a chain, or while it has not answered. */
  readonly holdings: () => WalletHoldings | null;
  /** The venue's balance of the token; null when it was not asked or did not answer. */
  readonly balanceMicros: bigint | null;
};

/** A slower book is not waited for: the sell is priced at the floor. */
const BOOK_DEADLINE_MS = 1_500;
/** Time to write the intent before the order is due. The chain is not waited for after that. */
const INTENT_MS = 400;

/**
 * Reads what a sell is decided on, all reads side by side. A missing book does not stop the sell. The chain is best
 * effort: it is waited for only while the order waits for its due time anyway, so it never delays a sell. Never throws.
 */
export async function readBeforeSell(
  deps: PrepareSellDeps,
  position: PositionTerms,
  { postAtMs, onlyIfHeld }: Pick<SellPlan, 'postAtMs' | 'onlyIfHeld'>,
): Promise<SellReads> {
  let holdings: WalletHoldings | null = null;
  const chain = readChain(deps, position)?.then((read) => {
    holdings = read;
  });
  const [book, balanceMicros] = await Promise.all([
    readBook(deps, position),
    onlyIfHeld ? readBalance(deps, position) : null,
  ]);
  if (chain !== undefined) await Promise.race([chain, deps.clock.sleepUntil(postAtMs - INTENT_MS, 'rough')]);
  return { book, balanceMicros, holdings: () => holdings };
}

export async function readBook(
  { clock, marketData }: Pick<PrepareSellDeps, 'clock' | 'marketData'>,
  position: PositionTerms,
): Promise<OrderBook | null> {
  try {
    return (await marketData.findBook(position.tokenId, clock.nowMs() + BOOK_DEADLINE_MS)) ?? null;
  } catch {
    return null;
  }
}

async function readBalance({ account, clock }: PrepareSellDeps, position: PositionTerms): Promise<bigint | null> {
  try {
    return (await account.exchange.getBalance(position, clock.nowMs() + BOOK_DEADLINE_MS)).balanceMicros;
  } catch {
    return null;
  }
}

export function evidenceOfBook(book: OrderBook | null, nowMs: number): Evidence {
  const bookFlaw = book && findBookFlaw(book, nowMs);
  return {
    ...(bookFlaw !== null && { bookFlaw }),
    bookAtMs: book?.atMs ?? null,
    bestBidMicros: book?.bids[0]?.priceMicros.toString() ?? null,
    bidCount: book?.bids.length ?? null,
  };
}

export function todaysBidOf(book: OrderBook | null, nowMs: number): bigint | null {
  return (book && withoutFlawedLevels(book, nowMs).bids[0]?.priceMicros) ?? null;
}

/**
 * Fixes the order: at most the shares the chain holds, at today's floor; or resting, while the venue takes nothing
 * else.
 */
export async function prepareSell(
  { account }: PrepareSellDeps,
  position: SellingPosition,
  plan: SellPlan,
  { book, holdings }: SellReads,
): Promise<OrderIntent> {
  const { tokenId, negRisk, marketVersion, tickMicros } = position;
  const floorMicros = floorOf(position, book, plan.postAtMs);
  const isResting = plan.orderType === 'GTC';
  const todaysBook = book && withoutFlawedLevels(book, plan.postAtMs);
  const limitPriceMicros = isResting ? restingPriceMicros(todaysBook, tickMicros, floorMicros) : floorMicros;
  const sharesMicros = clampToChain(position, plan.sharesMicros, holdings()?.sharesMicros ?? null);
  const refusalCount = position.refusals['order-size'] ?? 0;
  const evenMicros =
    refusalCount === 0
      ? floorToSizeStep('SELL', sharesMicros, limitPriceMicros)
      : coarserSize(sharesMicros, limitPriceMicros, refusalCount);
  const intent = await account.exchange.prepareOrder(
    position,
    {
      side: 'SELL',
      orderType: plan.orderType,
      tokenId,
      negRisk,
      marketVersion,
      // A rest too small for the venue's steps at this price is offered as it is: the venue decides.
      sharesMicros: evenMicros === 0n ? sharesMicros : evenMicros,
      limitPriceMicros,
    },
    position.attemptCount + 1,
  );
  assertOwnOrder(position, intent);
  return intent;
}

/**
 * Law 6, before every sell: the order sells the token that the stored row bought, of its outcome and its market.
 * @throws InvariantError naming what differs; nothing is written or posted
 */
export function assertOwnOrder(stored: PositionTerms, intent: OrderIntent): void {
  const differing = [
    ...(intent.side === 'SELL' ? [] : ['side']),
    ...(intent.tokenId === stored.tokenId ? [] : ['token']),
    ...(intent.tokenId === stored.otherTokenId ? ['outcome'] : []),
    ...(intent.negRisk === stored.negRisk ? [] : ['market']),
    ...(intent.marketVersion === stored.marketVersion ? [] : ['market version']),
  ];
  if (differing.length === 0) return;
  throw new InvariantError('A sell names another thing than the stored position bought', {
    positionId: stored.positionId,
    differing: differing.join(', '),
  });
}

/** The middle of all prices. */
const ANY_PRICE_MICROS = 500_000n;

/**
 * What stands for a price while no bid is seen: what the shares cost, else the bid seen last. Where both are unknown
 * the middle: a tick would give a winner away to the first stray bid, and the last rung takes any price in time.
 */
function blindPriceMicros(position: SellingPosition): bigint {
  return entryPriceMicros(position) ?? position.lastBid?.priceMicros ?? ANY_PRICE_MICROS;
}

/**
 * The lowest price acceptable for this position at `atMs`. A book that is old, crossed or too wide counts as one
 * without bids: it neither holds a sell back nor lets it go for the price of another day.
 */
export function floorOf(position: SellingPosition, book: OrderBook | null, atMs: number): bigint {
  const floorMicros = minSellPriceMicros({
    policy: position.policy,
    book: book && withoutFlawedLevels(book, atMs),
    tickMicros: position.tickMicros,
    entryPriceMicros: blindPriceMicros(position),
    leadMs: priceEndsAtMs(position) - atMs,
    noBuyerCount: position.state === 'exiting' ? position.noBuyerCount : 0,
    isStopped: position.firedRule !== undefined && position.firedRule.rule !== 'take-profit',
  });
  const askedMicros = activeRequest(position, atMs)?.minPriceMicros ?? 0n;
  const tick = book?.tickMicros ?? position.tickMicros;
  return maxMicros(floorMicros, ceilTo(maxMicros(askedMicros, seenFloorMicros(position, book, atMs)), tick));
}

/** Judgement: as far below the price that two looks saw as a stop goes after two misses. */
const SEEN_SLACK_TICKS = 10n;

/**
 * Bids that are withdrawn between the looks that fired a rule and its sale are no price either. For some seconds the
 * price of the looks stands for them.
 */
function seenFloorMicros({ firedRule, tickMicros }: SellingPosition, book: OrderBook | null, atMs: number): bigint {
  const [bid, ask] = [book?.bids[0]?.priceMicros, book?.asks[0]?.priceMicros ?? null];
  if (firedRule === undefined || bid === undefined || atMs >= firedRule.atMs + WIDE_LOOK_GAP_MS) return 0n;
  return isFarBelow(bid, ask) ? maxMicros(firedRule.priceMicros - SEEN_SLACK_TICKS * tickMicros, 0n) : 0n;
}
