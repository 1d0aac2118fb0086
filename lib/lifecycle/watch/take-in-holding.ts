import { createSettling } from '#lib/domain/evolve/create-position.ts';
import { type Market, OUTCOMES, type Outcome } from '#lib/domain/market/market.ts';
import { payoutMicrosOf } from '#lib/domain/market/payout.ts';
import type { HoldingRefusal } from '#lib/domain/news/foreign-holding.ts';
import type { Treatment } from '#lib/domain/plan/plan-watch.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { type GuardPositionDeps, guardPosition } from '#lib/lifecycle/guard/guard-position.ts';
import { nullIfUnreadable } from '#lib/lifecycle/guard/take-in-shares.ts';
import { marketTermsOf } from '#lib/lifecycle/market-terms.ts';
import { sendWakeUp } from '#lib/lifecycle/send-wake-up.ts';
import type { WalletShares } from '#lib/ports/wallet/wallet-tokens.ts';
import type { WatchedMarket } from './group-holdings.ts';
import type { JudgedMarket } from './judge-holding.ts';

/** How a stage takes shares in. One that only tells has none, and loads none of its code. */
export type TakeIn = {
  readonly guard: (facts: TakeInFacts, plan: PlanOf<'guard'>) => Promise<TakenIn>;
  readonly redeem: (facts: TakeInFacts, plan: PlanOf<'redeem'>) => Promise<TakenIn>;
};

type PlanOf<Kind extends Treatment['kind']> = Extract<Treatment, { readonly kind: Kind }>;

export type TakenIn =
  | { readonly outcome: 'taken'; readonly positionId: string }
  /** For good: its owner is told why. */
  | { readonly outcome: 'refused'; readonly refusal: HoldingRefusal }
  /** The next run tries again. */
  | { readonly outcome: 'failed'; readonly reason: string };

export type TakeInFacts = {
  readonly walletAddress: string;
  readonly judged: JudgedMarket;
  readonly shares: WalletShares;
  readonly listed: Market | null;
};

export function createTakeIn(deps: GuardPositionDeps): TakeIn {
  return {
    guard: (facts, plan) => guardHolding(deps, facts, plan),
    redeem: (facts, plan) => redeemHolding(deps, facts, plan),
  };
}

/** Refusals that pass: another request had the market, or venue and node do not show the same as a moment ago. */
const PASSING = ['market-occupied', 'market-unknown', 'market-not-ready', 'nothing-to-guard', 'request-id-reused'];

/**
 * The market's lock keeps two positions apart, not the request id: shares that are bought again later, after the first
 * position has ended, are seen at another block and taken in again.
 */
function requestIdOf({ walletAddress, shares }: TakeInFacts, tokenId: string): string {
  return `watch-${walletAddress.slice(2, 10).toLowerCase()}-${tokenId.slice(-12)}-${shares.block.number}`;
}

/** @throws as `guardPosition` */
async function guardHolding(
  deps: GuardPositionDeps,
  facts: TakeInFacts,
  { market, outcome, sharesMicrosMax }: PlanOf<'guard'>,
): Promise<TakenIn> {
  const guarded = await guardPosition(deps, {
    requestId: requestIdOf(facts, market.tokenIds[outcome]),
    ...{ origin: 'watch', mode: 'live', marketSlug: market.slug, outcome: market.outcomeNames[outcome] },
    expectShares: false,
    ...(sharesMicrosMax !== undefined && { sharesMicrosMax }),
  });
  if (guarded.outcome !== 'refused') return { outcome: 'taken', positionId: guarded.position.positionId };
  const { code, message } = guarded.refusal;
  return PASSING.includes(code)
    ? { outcome: 'failed', reason: message }
    : { outcome: 'refused', refusal: { code, message } };
}

const COST_DEADLINE_MS = 1_500;

/** A position straight before its settlement. @throws StoreUnavailableError: the next run finds its row */
async function redeemHolding(
  deps: GuardPositionDeps,
  facts: TakeInFacts,
  { tokenId, payout }: PlanOf<'redeem'>,
): Promise<TakenIn> {
  const { judged, shares } = facts;
  const account = deps.accounts.live;
  const market = termsOfMarket(facts, tokenId);
  if (market === null || account === undefined) return { outcome: 'refused', refusal: UNNAMED };
  const sharesMicros = judged.unmanaged.get(tokenId) ?? 0n;
  const nowMs = deps.clock.nowMs();
  const ids = { positionId: deps.ids.nextId(), wallet: account.address };
  const requestId = requestIdOf(facts, tokenId);
  const walletTerms = { ...market, ...ids, requestId, mode: 'live' } as const;
  const costMicros =
    (await account.readings?.findCost(walletTerms, sharesMicros, nowMs + COST_DEADLINE_MS).catch(nullIfUnreadable)) ??
    null;
  const terms: PositionTerms = {
    ...walletTerms,
    ...{ origin: 'watch', openedAtMs: nowMs },
    // Of an announced end that is still to come the chain knows better.
    marketEndsAtMs: Math.min(market.marketEndsAtMs, nowMs),
    budgetMicros: costMicros ?? payoutMicrosOf(payout, sharesMicros),
    policy: deps.settings.exitPolicy,
    underlyingAtEntryMicros: null,
  };
  const position = createSettling(terms, { sharesMicros, costMicros, blockNumber: shares.block.number });
  const created = await deps.store.create(position, null);
  if (created.outcome === 'refused') return { outcome: 'failed', reason: 'Another position has this market' };
  if (created.outcome === 'already-requested') return { outcome: 'taken', positionId: created.positionId };
  // Without the message the sweep finds it.
  await sendWakeUp(deps, position).catch(nullIfUnreadable);
  return { outcome: 'taken', positionId: position.positionId };
}

const UNNAMED: HoldingRefusal = {
  code: 'market-unknown',
  message: 'Neither the venue nor its index names the tokens of this market.',
};

/** Of a market that the venue no longer lists nothing can be sold: what an order would need does not matter. */
const NOT_TRADED = { asset: null, tickMicros: 10_000n, minOrderSharesMicros: 5_000_000n, feeRateMicros: 0n } as const;

function termsOfMarket({ judged, listed }: TakeInFacts, tokenId: string) {
  const { market } = judged;
  if (listed !== null) {
    const outcome = OUTCOMES.find((each) => listed.tokenIds[each] === tokenId);
    return outcome === undefined ? null : marketTermsOf(listed, outcome);
  }
  const otherTokenId = market.tokenIds.find((id) => id !== tokenId);
  if (otherTokenId === undefined || market.firstTokenId === null || market.marketSlug === null) return null;
  return { ...NOT_TRADED, ...identityOf(market), ...sideOf(market, tokenId), tokenId, otherTokenId };
}

function identityOf({ conditionId, marketSlug, negRisk, marketVersion, endsAtMs }: WatchedMarket) {
  return {
    ...{ conditionId, negRisk, marketVersion },
    marketSlug: marketSlug ?? conditionId,
    marketEndsAtMs: endsAtMs ?? Number.MAX_SAFE_INTEGER,
  };
}

function sideOf({ firstTokenId }: WatchedMarket, tokenId: string): { outcome: Outcome; outcomeName: string } {
  return firstTokenId === tokenId
    ? { outcome: 'UP', outcomeName: 'first outcome' }
    : { outcome: 'DOWN', outcomeName: 'second outcome' };
}
