import { setTimeout as delay } from 'node:timers/promises';
import { accountOfStack, type Bot, fillOf, startBot } from '#infra/proof/bot/start-bot.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { isTradable } from '#lib/domain/refusal/opening-refusal.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { cents, dollars, shares } from '#lib/words/money-text.ts';
import { addMarket, BETS, type Bet, type OpenMarketsDeps, USD } from './open-markets.ts';

export type BuyByBotDeps = OpenMarketsDeps & {
  /** Ends the wait for the suite early. */
  readonly signal: AbortSignal;
};

/** What the bot's wallet holds at its start. */
export const LIVE_CASH_MICROS = 1_000_000_000n;
/** The worst price that the bot takes. */
const PRICE_MAX = 0.95;
const POLL_MS = 200;

/**
 * Lists a market for each bet, in which a bot buys and is killed, and waits until the suite has found what it bought.
 * Returns the ids of the positions that the suite made of it.
 */
export async function buyByBot(deps: BuyByBotDeps, marketCount: number): Promise<readonly string[]> {
  const bot = startBot(await accountOfStack(deps.stack.env));
  const slugs: string[] = [];
  try {
    deps.say(`A bot with ${dollars(LIVE_CASH_MICROS)} in its wallet starts: process ${bot.pid}.`);
    const bets = Array.from({ length: marketCount }, (_, index) => BETS[index % BETS.length] ?? BETS[0]);
    for (const bet of bets) slugs.push(...(await buyOne(deps, bot, bet)));
  } finally {
    await bot.kill();
  }
  deps.say(`The bot is killed (SIGKILL). Nothing of it is left but the shares in its wallet.`);
  return await untilGuarded(deps, slugs);
}

async function buyOne(deps: BuyByBotDeps, bot: Bot, bet: Bet): Promise<readonly string[]> {
  const slug = addMarket(deps, bet);
  const { CLOB_HOST: clobHost = '', GAMMA_HOST: gammaHost = '' } = deps.stack.env;
  const market = await createPolymarketMarketData({ clobHost, gammaHost, clock }).findMarket(slug);
  if (market === undefined || !isTradable(market)) {
    deps.say(`${bet.asset}: ${slug} cannot be traded.`);
    return [];
  }
  deps.scenario.disturb(deps.stack.venue, slug, deps.exitAtMs);
  const token = { tokenId: market.tokenIds.UP, version: market.version };
  const order = { side: 'BUY', ...token, amount: Number(USD), price: PRICE_MAX } as const;
  try {
    const { sharesMicros, valueMicros } = fillOf(order, await bot.place(order));
    const price = cents((valueMicros * 1_000_000n) / sharesMicros);
    deps.say(`It buys ${shares(sharesMicros)} ${bet.asset} UP at ${price} for ${dollars(valueMicros)} in ${slug}.`);
    return [slug];
  } catch (error) {
    if (!(error instanceof UpstreamUnavailableError)) throw error;
    deps.say(error.message);
    return [];
  }
}

/** The suite looks at the wallet again and again. After the exit would have been due, nothing is waited for. */
async function untilGuarded(deps: BuyByBotDeps, slugs: readonly string[]): Promise<readonly string[]> {
  for (;;) {
    const positions = await deps.suite.store.list();
    const found = slugs.flatMap((slug) => positions.filter(({ marketSlug }) => marketSlug === slug));
    const isOver = deps.nowMs() >= deps.endsAtMs || deps.signal.aborted;
    if (found.length >= slugs.length || isOver) return found.map(({ positionId }) => positionId);
    await delay(POLL_MS);
  }
}
