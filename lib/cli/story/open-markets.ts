import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import type { Suite } from '#lib/cli/suite/find-suite.ts';
import type { LocalStack } from '#lib/cli/suite/local-stack.ts';
import type { OrderBook, Outcome } from '#lib/domain/market/market.ts';
import { OUTCOMES } from '#lib/domain/market/market.ts';
import type { Asset } from '#lib/domain/market/up-down-markets.ts';
import { isTradable } from '#lib/domain/refusal/opening-refusal.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import { getOpened } from '#lib/suite-client/invoke-open.ts';
import { cents } from '#lib/words/money-text.ts';
import { EXIT_REASON_WORDS, wordsOr } from '#lib/words/position-words.ts';
import type { Scenario } from './scenarios.ts';

/** Bought on the night of the loss. */
export const BETS = [
  { asset: 'BTC', priceMicros: 650_000n },
  { asset: 'ETH', priceMicros: 440_000n },
] as const satisfies readonly { readonly asset: Asset; readonly priceMicros: bigint }[];
export const USD = '25';

/** An opening may be refused, for example when the book is too thin: then another market is tried. */
const MARKET_TRIES_MAX = 5;
const BOOK_DEADLINE_MS = 3_000;
/** After this time, while the buy is under way, the generated price is the wanted one. */
const PRICE_PIN_MS = 1_000;

export type OpenMarketsDeps = {
  readonly suite: Suite;
  readonly stack: Pick<LocalStack, 'venue' | 'env'>;
  readonly isRecorded: boolean;
  readonly scenario: Pick<Scenario, 'disturb'>;
  /** When the markets end, in Unix milliseconds. */
  readonly endsAtMs: number;
  readonly exitAtMs: number;
  readonly runId: string;
  readonly nowMs: () => number;
  readonly say: (text: string) => void;
};

/** Lists a market for each bet and opens a position in it through `open`. Returns the ids of all that were opened. */
export async function openMarkets(deps: OpenMarketsDeps, marketCount: number): Promise<readonly string[]> {
  const numbers = Array.from({ length: marketCount }, (_, index) => index + 1);
  // In parallel: opened one by one, the last of many would be too late for its exit.
  const ids = await Promise.all(numbers.map((number) => openOne(deps, number)));
  return ids.flat();
}

/** Tries markets until something is bought: an opening may be refused, and the price may leave the buy behind. */
async function openOne(deps: OpenMarketsDeps, number: number): Promise<readonly string[]> {
  const bet = BETS[(number - 1) % BETS.length] ?? BETS[0];
  const { asset } = bet;
  const ids: string[] = [];
  for (let tries = 1; tries <= MARKET_TRIES_MAX; tries += 1) {
    const marketSlug = addMarket(deps, bet);
    deps.scenario.disturb(deps.stack.venue, marketSlug, deps.exitAtMs);
    const side = deps.isRecorded ? await nearestSide(deps, marketSlug, bet) : 'UP';
    const requestId = `${deps.runId}-${number}-${tries}`;
    const reply = await deps.suite.open({ requestId, asset, side, usd: USD, mode: 'paper', marketSlug });
    if (reply.outcome === 'refused') {
      deps.say(`Opening ${asset} ${side} in ${marketSlug} was refused (${reply.code}): ${reply.message}`);
      continue;
    }
    const { positionId, state, exitReason } = getOpened(reply);
    ids.push(positionId);
    if (state !== 'voided') break;
    const reason = wordsOr(EXIT_REASON_WORDS, exitReason ?? '');
    deps.say(`The buy of ${asset} ${side} in ${marketSlug} got nothing (${reason}): the next market is tried.`);
  }
  return ids;
}

export type Bet = { readonly asset: Asset; readonly priceMicros: bigint };

export function addMarket(
  deps: Pick<OpenMarketsDeps, 'stack' | 'isRecorded' | 'endsAtMs' | 'nowMs'>,
  { asset, priceMicros }: Bet,
): string {
  const { endsAtMs } = deps;
  if (deps.isRecorded) return deps.stack.venue.addMarket({ asset, window: '5m', endsAtMs });
  const atMs = deps.nowMs() + PRICE_PIN_MS;
  return deps.stack.venue.addMarket({
    asset,
    window: '5m',
    endsAtMs,
    tokenMidAt: { outcome: 'UP', priceMicros, atMs },
  });
}

/** The side of a recording whose price is nearest to that night's. */
async function nearestSide(deps: OpenMarketsDeps, marketSlug: string, bet: Bet): Promise<Outcome> {
  const { CLOB_HOST: clobHost = '', GAMMA_HOST: gammaHost = '' } = deps.stack.env;
  const marketData = createPolymarketMarketData({ clobHost, gammaHost, clock: systemClock });
  const mids = await Promise.all(OUTCOMES.map((side) => findMidMicros(marketData, marketSlug, side, deps.nowMs())));
  const priced = OUTCOMES.flatMap((side, index) => {
    const midMicros = mids[index];
    return midMicros === null || midMicros === undefined ? [] : [{ side, midMicros }];
  });
  const distance = (midMicros: bigint) => {
    const difference = midMicros - bet.priceMicros;
    return difference < 0n ? -difference : difference;
  };
  const [nearest] = priced.sort((a, b) => (distance(a.midMicros) < distance(b.midMicros) ? -1 : 1));
  if (nearest === undefined) {
    deps.say(`${bet.asset}: the recorded window has no price on either side at this moment.`);
    return 'UP';
  }
  const prices = priced
    .map(({ side, midMicros }) => `${side} ${cents(midMicros)}`)
    .sort()
    .join(', ');
  deps.say(`${bet.asset}: the recorded window has ${prices}; ${nearest.side} is nearest to ${cents(bet.priceMicros)}.`);
  return nearest.side;
}

async function findMidMicros(
  marketData: MarketData,
  marketSlug: string,
  side: Outcome,
  nowMs: number,
): Promise<bigint | null> {
  const market = await marketData.findMarket(marketSlug);
  if (market === undefined || !isTradable(market)) return null;
  const book = await marketData.findBook(market.tokenIds[side], nowMs + BOOK_DEADLINE_MS);
  return book === undefined ? null : midMicros(book);
}

function midMicros({ bids, asks }: OrderBook): bigint | null {
  const bid = bids[0]?.priceMicros;
  const ask = asks[0]?.priceMicros;
  if (bid === undefined || ask === undefined) return bid ?? ask ?? null;
  return (bid + ask) / 2n;
}
