import { findOutcome, type Market, type Outcome } from '#lib/domain/market/market.ts';
import { isTradable, type UntradableMarket, unknownOutcome } from '#lib/domain/refusal/opening-refusal.ts';
import { TminusError } from '#lib/errors/errors.ts';
import { findWindowMarket, type WindowChoice } from '#lib/lifecycle/buy/find-window-market.ts';
import { countdown, utcTime } from '#lib/words/time-text.ts';
import type { ActionSuite } from './action-deps.ts';
import type { ActionFact } from './action-message.ts';

/** Null where the venue did not answer: the suite reads it again itself. A text says why nothing can be done in it. */
export type Traded = { readonly market: Market; readonly outcome: Outcome } | null;

export async function findTraded(
  markets: ActionSuite['markets'],
  where: { readonly marketSlug: string; readonly window?: WindowChoice | undefined },
  side: string,
): Promise<Traded | string> {
  const { marketSlug, window } = where;
  let market: Market | UntradableMarket | undefined;
  try {
    market = await (window === undefined ? markets.findMarket(marketSlug) : findWindowMarket(markets, window));
  } catch (error) {
    if (error instanceof TminusError) return null;
    throw error;
  }
  if (market === undefined) return `The venue lists no market "${marketSlug}". Check asset, window and slug.`;
  if (!isTradable(market)) return market.refusal.message;
  const outcome = findOutcome(market, side);
  return outcome === undefined ? unknownOutcome(market, side).message : { market, outcome };
}

export function marketFacts(traded: Traded, marketSlug: string, nowMs: number): readonly ActionFact[] {
  if (traded === null) {
    const text = 'not read: the venue did not answer. The suite reads market and price again before it acts.';
    return [
      { name: 'Market', text: marketSlug },
      { name: 'Price', text },
    ];
  }
  const { slug, endsAtMs } = traded.market;
  const ends = `${utcTime(endsAtMs, nowMs)}, in ${countdown(endsAtMs - nowMs)}`;
  return [
    { name: 'Market', text: slug },
    { name: 'Market ends', text: ends },
  ];
}
