import { findBookFlaw } from '#lib/domain/market/book-flaw.ts';
import { type Market, OUTCOMES } from '#lib/domain/market/market.ts';
import type { TokenPayout } from '#lib/domain/market/payout.ts';
import { totalsOfSlices, walkBook } from '#lib/domain/market/walk-book.ts';
import {
  explainToken,
  type ForeignHolding,
  findExcess,
  type HoldingRefusal,
  payingTokens,
  type SharesByToken,
} from '#lib/domain/news/foreign-holding.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { isTradable } from '#lib/domain/refusal/opening-refusal.ts';
import type { WalletShares } from '#lib/ports/wallet/wallet-tokens.ts';
import { heldOf, type WatchedMarket } from './group-holdings.ts';
import { ignoreOutage } from './passing-failure.ts';
import type { WatchWalletCommand, WatchWalletDeps } from './watch-wallet.ts';

export type MarketFacts = {
  readonly market: WatchedMarket;
  readonly shares: WalletShares;
  readonly rows: readonly Position[];
};

export type JudgedMarket = {
  readonly market: WatchedMarket;
  /** What no position manages and is worth something: before the result all of it, after it what pays. */
  readonly unmanaged: SharesByToken;
  /** What need not be looked at again once it is told: unmanaged, lost, or told by the alert of a position. */
  readonly known: SharesByToken;
  /** The part of `known` that is never told. */
  readonly reported: SharesByToken;
  /** By the chain; null while the market is unresolved. `own` is `tokenId`. */
  readonly result: { readonly tokenId: string; readonly payout: TokenPayout } | null;
  readonly besidePositionId: string | null;
  /** The open position of these shares' token, where it can take them in. */
  readonly ownPositionId: string | null;
  /** The last of these tokens that has ended. */
  readonly afterPositionId: string | null;
};

/** @throws UpstreamUnavailableError, UnexpectedReplyError when the chain does not say whether the market is resolved */
export async function judgeMarket(
  deps: WatchWalletDeps,
  { deadlineAtMs }: WatchWalletCommand,
  { market, shares, rows }: MarketFacts,
): Promise<JudgedMarket> {
  const held = heldOf(market, shares);
  const own = rows.filter((row) => isOfMarket(row, market));
  const explained = new Map([...held.keys()].map((id) => [id, explainToken(id, own, shares.block.atMs)]));
  const reported = only(held, (id) => explained.get(id)?.kind === 'reported');
  const excess = [...held.keys()].map((id) => ({
    id,
    found: findExcess(id, held, { positions: own, block: shares.block }),
  }));
  const unmanaged = new Map([
    ...only(held, (id) => ['foreign', 'beside'].includes(explained.get(id)?.kind ?? '')),
    ...excess.flatMap(({ id, found }): [string, bigint][] => (found === null ? [] : [[id, found.sharesMicros]])),
  ]);
  const beside = [...explained.values()].find((each) => each.kind === 'beside');
  const positionOf = (canJoin: boolean) => excess.find(({ found }) => found?.canJoin === canJoin)?.found?.positionId;
  const besidePositionId = (beside?.kind === 'beside' ? beside.positionId : positionOf(false)) ?? null;
  const ownPositionId = positionOf(true) ?? null;
  const ended = own.filter(isClosed).filter(({ tokenId }) => unmanaged.has(tokenId));
  const afterPositionId = ended.toSorted((a, b) => b.closedAtMs - a.closedAtMs)[0]?.positionId ?? null;
  const named = { besidePositionId, ownPositionId, afterPositionId };
  const nothing = { market, reported, known: reported, unmanaged, result: null, ...named };
  if (unmanaged.size === 0) return nothing;
  const result = await readResult(deps, market, { unmanaged, shares }, deadlineAtMs);
  const worth = result === null ? unmanaged : only(unmanaged, (id) => paidOf(result, unmanaged).has(id));
  // The whole market is judged once: what pays nothing is never told.
  return { ...nothing, known: new Map([...reported, ...unmanaged]), unmanaged: worth, result };
}

/** The token decides: the index may name another condition for it. */
function isOfMarket({ tokenId, conditionId }: Position, market: WatchedMarket): boolean {
  return market.tokenIds.includes(tokenId) || conditionId.toLowerCase() === market.conditionId.toLowerCase();
}

const paidOf = ({ tokenId, payout }: NonNullable<JudgedMarket['result']>, shares: SharesByToken) =>
  payingTokens(shares, tokenId, payout);

function only(shares: SharesByToken, isKept: (tokenId: string) => boolean): SharesByToken {
  return new Map([...shares].filter(([tokenId]) => isKept(tokenId)));
}

async function readResult(
  { tokens }: WatchWalletDeps,
  { marketVersion, conditionId, negRisk, tokenIds }: WatchedMarket,
  { unmanaged, shares }: { readonly unmanaged: SharesByToken; readonly shares: WalletShares },
  deadlineAtMs: number,
): Promise<JudgedMarket['result']> {
  const [tokenId = ''] = unmanaged.keys();
  const otherTokenId = tokenIds.find((id) => id !== tokenId) ?? '';
  const terms = { marketVersion, conditionId, negRisk, tokenId, otherTokenId };
  const payout = await tokens.readPayout(terms, shares.block, deadlineAtMs);
  return payout === null ? null : { tokenId, payout };
}

/**
 * Names, end and terms. Null where the venue does not describe this market.
 * @throws UpstreamUnavailableError, UnexpectedReplyError
 */
export async function findListed(
  { marketData }: Pick<WatchWalletDeps, 'marketData'>,
  { marketSlug, conditionId, tokenIds }: WatchedMarket,
): Promise<Market | null> {
  if (marketSlug === null) return null;
  const found = await marketData.findMarket(marketSlug);
  if (found === undefined || !isTradable(found)) return null;
  const isSame = found.conditionId.toLowerCase() === conditionId.toLowerCase();
  return isSame && tokenIds.every((id) => Object.values(found.tokenIds).includes(id)) ? found : null;
}

/** What is told of a market. What its shares are worth is best effort. */
export async function describeHolding(
  deps: WatchWalletDeps,
  { walletAddress, deadlineAtMs }: WatchWalletCommand,
  { market, unmanaged, result, besidePositionId, ownPositionId, afterPositionId }: JudgedMarket,
  { listed, refusal }: { readonly listed: Market | null; readonly refusal: HoldingRefusal | null },
): Promise<ForeignHolding> {
  const worth = result === null ? await sellableFor(deps, listed, unmanaged, deadlineAtMs) : paidOf(result, unmanaged);
  return {
    ...{ wallet: walletAddress, conditionId: market.conditionId, marketVersion: market.marketVersion },
    marketSlug: listed?.slug ?? market.marketSlug,
    marketEndsAtMs: listed?.endsAtMs ?? market.endsAtMs,
    isEndCertain: listed !== null && listed.asset !== null,
    isResolved: result !== null,
    ...{ besidePositionId, ownPositionId, afterPositionId, refusal },
    atMs: deps.clock.nowMs(),
    outcomes: [...unmanaged].map(([tokenId, sharesMicros]) => ({
      ...{ tokenId, name: nameOf(listed, tokenId), sharesMicros: String(sharesMicros) },
      worthMicros: worth.get(tokenId)?.toString() ?? null,
    })),
  };
}

const BOOK_DEADLINE_MS = 2_000;

/** What selling each token's shares at once would bring after fees; without an entry where no honest book says it. */
async function sellableFor(
  { marketData, clock }: WatchWalletDeps,
  market: Market | null,
  held: SharesByToken,
  deadlineAtMs: number,
): Promise<SharesByToken> {
  if (market === null || !market.acceptingOrders) return new Map();
  const untilMs = Math.min(clock.nowMs() + BOOK_DEADLINE_MS, deadlineAtMs);
  const entries = await Promise.all(
    [...held].map(async ([tokenId, sharesMicros]): Promise<[string, bigint] | null> => {
      const book = await marketData.findBook(tokenId, untilMs).catch(ignoreOutage);
      if (book === undefined || findBookFlaw(book, clock.nowMs()) !== null) return null;
      const order = { side: 'SELL', orderType: 'FAK', sharesMicros, limitPriceMicros: 1n } as const;
      const { valueMicros, feesMicros } = totalsOfSlices(walkBook(book, order), market.feeRateMicros);
      return [tokenId, valueMicros - feesMicros];
    }),
  );
  return new Map(entries.filter((entry) => entry !== null));
}

function nameOf(market: Market | null, tokenId: string): string | null {
  const outcome = OUTCOMES.find((each) => market?.tokenIds[each] === tokenId);
  return market === null || outcome === undefined ? null : market.outcomeNames[outcome];
}
