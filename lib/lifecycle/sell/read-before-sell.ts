import type { OrderBook } from '#lib/domain/market/market.ts';
import type { Position, PositionTerms } from '#lib/domain/position/position.ts';
import type { Exchanges, Wallets } from '#lib/lifecycle/choose-exchange.ts';
import { chooseExchange } from '#lib/lifecycle/choose-exchange.ts';
import { readChain } from '#lib/lifecycle/read-chain.ts';
import type { Evidence } from '#lib/lifecycle/record-event.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/market-data.ts';
import type { WalletHoldings } from '#lib/ports/wallet.ts';

export type ReadBeforeSellDeps = {
  readonly clock: Clock;
  readonly exchanges: Exchanges;
  readonly marketData: Pick<MarketData, 'findBook'>;
  readonly wallets?: Wallets;
};

export type SellReads = {
  /** Null when it could not be had: the sell goes out at the floor. */
  readonly book: OrderBook | null;
  /** What the chain has said by now; null without a chain, or while it has not answered. */
  readonly holdings: () => WalletHoldings | null;
  /** What the venue says of the token; null when it was not asked or did not say. */
  readonly balanceMicros: bigint | null;
};

/** A book that takes longer is done without: the sell goes out at the floor. */
const BOOK_DEADLINE_MS = 1_500;
/** What the written intent needs before the order's time; the chain is not waited for after that. */
const INTENT_MS = 400;

/**
 * Reads side by side what a sell is decided on. The book is required (no book is no reason not to sell); the chain is best
 * effort: it is waited for only while the order waits for its time anyway, so that it never delays a sell. Never throws.
 */
export async function readBeforeSell(
  deps: ReadBeforeSellDeps,
  position: Position,
  { postAtMs, onlyIfHeld }: { readonly postAtMs: number; readonly onlyIfHeld: boolean },
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
  { clock, marketData }: Pick<ReadBeforeSellDeps, 'clock' | 'marketData'>,
  position: PositionTerms,
): Promise<OrderBook | null> {
  try {
    return (await marketData.findBook(position.tokenId, clock.nowMs() + BOOK_DEADLINE_MS)) ?? null;
  } catch {
    return null;
  }
}

async function readBalance(deps: ReadBeforeSellDeps, position: PositionTerms): Promise<bigint | null> {
  try {
    const exchange = chooseExchange(deps.exchanges, position.mode);
    return (await exchange.getBalance(position, deps.clock.nowMs() + BOOK_DEADLINE_MS)).balanceMicros;
  } catch {
    return null;
  }
}

export function evidenceOfBook(book: OrderBook | null): Evidence {
  return {
    bookAtMs: book?.atMs ?? null,
    bestBidMicros: book?.bids[0]?.priceMicros.toString() ?? null,
    bidCount: book?.bids.length ?? null,
  };
}

/** Empty where the chain has not said anything. */
export function evidenceOfChain(holdings: WalletHoldings | null): Evidence {
  if (holdings === null) return {};
  return {
    chainSharesMicros: holdings.sharesMicros.toString(),
    chainOtherSharesMicros: holdings.otherSharesMicros.toString(),
    chainApproved: holdings.approved,
  };
}
