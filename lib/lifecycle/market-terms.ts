import { type Market, OTHER_OUTCOME, type Outcome } from '#lib/domain/market/market.ts';

/** What identifies the token at venue and chain. */
export function tokenOf({ tokenIds, negRisk, version }: Market, outcome: Outcome) {
  const ids = { tokenId: tokenIds[outcome], otherTokenId: tokenIds[OTHER_OUTCOME[outcome]] };
  return { ...ids, negRisk, marketVersion: version };
}

/** The terms of a position that follow from its market. */
export function marketTermsOf(market: Market, outcome: Outcome) {
  return {
    asset: market.asset,
    outcome,
    ...(market.asset === null && { outcomeName: market.outcomeNames[outcome] }),
    marketSlug: market.slug,
    conditionId: market.conditionId,
    ...tokenOf(market, outcome),
    tickMicros: market.tickMicros,
    minOrderSharesMicros: market.minOrderSharesMicros,
    feeRateMicros: market.feeRateMicros,
    ...(market.takerDelayMs !== undefined && { takerDelayMs: market.takerDelayMs }),
    marketEndsAtMs: market.endsAtMs,
  };
}
