import { findBookFlaw } from '#lib/domain/market/book-flaw.ts';
import { type Market, OUTCOMES } from '#lib/domain/market/market.ts';
import { totalsOfSlices, walkBook } from '#lib/domain/market/walk-book.ts';
import {
  explainToken,
  type ForeignHolding,
  isWorthTelling,
  payingTokens,
  type SharesByToken,
} from '#lib/domain/news/foreign-holding.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { isTradable } from '#lib/domain/refusal/opening-refusal.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { WalletShares } from '#lib/ports/wallet-tokens.ts';
import { heldOf, type WatchedMarket } from './group-holdings.ts';
import type { WatchWalletCommand, WatchWalletDeps } from './watch-wallet.ts';

export type JudgedMarket = {
  /** Null: there is nothing to tell, now or ever. */
  readonly holding: ForeignHolding | null;
  /** What need not be looked at again: told, lost, or told by the alert of a position. */
  readonly known: SharesByToken;
};

type Facts = {
  readonly market: WatchedMarket;
  readonly shares: WalletShares;
  readonly rows: readonly Position[];
};

const BOOK_DEADLINE_MS = 2_000;

/** @throws UpstreamUnavailableError, UnexpectedReplyError when the chain does not say whether the market is resolved */
export async function judgeMarket(
  deps: WatchWalletDeps,
  { walletAddress, deadlineAtMs }: WatchWalletCommand,
  { market, shares, rows }: Facts,
): Promise<JudgedMarket> {
  const held = heldOf(market, shares);
  const own = rows.filter(({ conditionId }) => conditionId.toLowerCase() === market.conditionId.toLowerCase());
  const explained = new Map([...held.keys()].map((id) => [id, explainToken(id, own, shares.block.atMs)]));
  const known = only(held, (id) => explained.get(id)?.kind === 'reported');
  const unmanaged = only(held, (id) => ['foreign', 'beside'].includes(explained.get(id)?.kind ?? ''));
  if (unmanaged.size === 0) return { holding: null, known };
  const { payout, paid } = await readPaid(deps, market, { unmanaged, shares }, deadlineAtMs);
  const worthTelling = paid === null ? unmanaged : only(unmanaged, (id) => paid.has(id));
  // The whole market is judged once: what pays nothing is never told.
  const allKnown = new Map([...known, ...unmanaged]);
  if (!isWorthTelling(worthTelling, deps.memory.get(market.conditionId) ?? null)) {
    return { holding: null, known: payout === null ? known : allKnown };
  }
  const listed = await findListed(deps, market);
  const worth = paid ?? (await sellableFor(deps, listed, worthTelling, deadlineAtMs));
  const beside = [...explained.values()].find((each) => each.kind === 'beside');
  return {
    known: allKnown,
    holding: {
      ...{ wallet: walletAddress, conditionId: market.conditionId, marketVersion: market.marketVersion },
      marketSlug: listed?.slug ?? market.marketSlug,
      marketEndsAtMs: listed?.endsAtMs ?? market.endsAtMs,
      isEndCertain: listed !== null && listed.asset !== null,
      isResolved: payout !== null,
      besidePositionId: beside?.kind === 'beside' ? beside.positionId : null,
      atMs: deps.clock.nowMs(),
      outcomes: [...worthTelling].map(([tokenId, sharesMicros]) => ({
        ...{ tokenId, name: nameOf(listed, tokenId), sharesMicros: String(sharesMicros) },
        worthMicros: worth.get(tokenId)?.toString() ?? null,
      })),
    },
  };
}

function only(shares: SharesByToken, isKept: (tokenId: string) => boolean): SharesByToken {
  return new Map([...shares].filter(([tokenId]) => isKept(tokenId)));
}

/** What the chain pays, by token; null while the market is unresolved. */
async function readPaid(
  { tokens }: WatchWalletDeps,
  { marketVersion, conditionId, negRisk, tokenIds }: WatchedMarket,
  { unmanaged, shares }: { readonly unmanaged: SharesByToken; readonly shares: WalletShares },
  deadlineAtMs: number,
) {
  const [tokenId = ''] = unmanaged.keys();
  const otherTokenId = tokenIds.find((id) => id !== tokenId) ?? '';
  const terms = { marketVersion, conditionId, negRisk, tokenId, otherTokenId };
  const payout = await tokens.readPayout(terms, shares.block, deadlineAtMs);
  return { payout, paid: payout === null ? null : payingTokens(unmanaged, tokenId, payout) };
}

/** Best effort: names, end and terms. Null where the venue does not describe this market. */
async function findListed(
  { marketData }: WatchWalletDeps,
  { marketSlug, conditionId, tokenIds }: WatchedMarket,
): Promise<Market | null> {
  if (marketSlug === null) return null;
  const found = await marketData.findMarket(marketSlug).catch(ignoreOutage);
  if (found === undefined || !isTradable(found)) return null;
  const isSame = found.conditionId.toLowerCase() === conditionId.toLowerCase();
  return isSame && tokenIds.every((id) => Object.values(found.tokenIds).includes(id)) ? found : null;
}

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

function ignoreOutage(error: unknown): undefined {
  if (error instanceof UpstreamUnavailableError || error instanceof UnexpectedReplyError) return undefined;
  throw error;
}
