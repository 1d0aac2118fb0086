import * as z from 'zod/mini';
import { createBinanceReferencePrice } from '#lib/adapters/binance/binance-reference-price.ts';
import { createDynamodbPaperLedger } from '#lib/adapters/dynamodb/dynamodb-paper-ledger.ts';
import { createPaperExchange } from '#lib/adapters/paper/paper-exchange.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import type { TradingAccounts } from '#lib/lifecycle/trading-account.ts';
import type { MarketData } from '#lib/ports/market-data.ts';
import type { PositionChange, PositionStore } from '#lib/ports/position-store.ts';
import { DEFAULT_AWS_LIMITS } from '#lib/runtime/aws-settings.ts';
import { createTurns, RANKS, type Share } from '#lib/runtime/bound-requests.ts';
import { createDynamodbClient } from '#lib/runtime/dynamodb-client.ts';
import type { Env } from '#lib/runtime/env.ts';
import type { CreateLiveDeps, createLiveDeps, LiveDeps } from './live-deps.ts';
import { createStoreDeps, StoreEnvSchema } from './store-deps.ts';
import { LiveSettingsSchema, PaperSettingsSchema, toLiveSettings, toSettlementLags } from './trading-settings.ts';
import { WebUrlSchema } from './web-url.ts';

export const TradingEnvSchema = z.object({
  ...StoreEnvSchema.shape,
  CLOB_HOST: WebUrlSchema,
  GAMMA_HOST: WebUrlSchema,
  BINANCE_HOST: WebUrlSchema,
  ...PaperSettingsSchema.shape,
  ...LiveSettingsSchema.shape,
});

/**
 * Everything an order needs. Live trading is there where it is configured, and only then is its code loaded; a paper position
 * never comes near it (law 7).
 * @throws ConfigError when live trading is half configured
 */
export async function createTradingDeps(
  config: z.output<typeof TradingEnvSchema>,
  env: Env,
  { loadSendApproval }: Pick<CreateLiveDeps, 'loadSendApproval'> = {},
) {
  const takeTurn = createTurns();
  const storeDeps = createStoreDeps(config, env, { takeTurn, ...RANKS.store });
  const { clock, ids, dynamodb } = storeDeps;
  const openTable = (share: Omit<Share, 'takeTurn'>) =>
    createDynamodbClient(env, DEFAULT_AWS_LIMITS, { takeTurn, ...share }, dynamodb);
  const { CLOB_HOST: clobHost, GAMMA_HOST: gammaHost } = config;
  const marketData = createPolymarketMarketData({ clobHost, gammaHost, clock });
  // Paper's ledger and book stand for the venue: an order does not wait behind what is written down of others.
  const ledger = createDynamodbPaperLedger({
    client: openTable(RANKS.paperLedger),
    tableName: config.TABLE_NAME,
  });
  const paperMarketData: Pick<MarketData, 'findBook'> = {
    findBook: (...asked) => takeTurn(() => marketData.findBook(...asked), RANKS.order),
  };
  const paper = createPaperExchange({ marketData: paperMarketData, ledger, clock, ids, ...toSettlementLags(config) });
  const live = await createLive(config, { clobHost, clock, env, ids, loadSendApproval });
  // What waits behind an intent is an order that has not left yet.
  const { store: plain } = storeDeps;
  const intents = storeDeps.openStore(openTable(RANKS.intents));
  const store: PositionStore = { ...plain, save: (change) => (isIntent(change) ? intents : plain).save(change) };
  return {
    ...storeDeps,
    store,
    marketData,
    referencePrice: createBinanceReferencePrice({ binanceHost: config.BINANCE_HOST, clock }),
    accounts: {
      paper: { address: `paper-${config.STAGE}`, exchange: paper, wallet: null },
      ...(live && { live: { address: live.walletAddress, exchange: live.exchange, wallet: live.wallet } }),
    } satisfies TradingAccounts,
    ...(live && { live }),
  };
}

function isIntent({ event }: PositionChange): boolean {
  return event.type === 'buy-intended' || event.type === 'sell-intended' || event.type === 'sell-reposted';
}

async function createLive(
  config: z.output<typeof TradingEnvSchema>,
  deps: Parameters<typeof createLiveDeps>[1],
): Promise<LiveDeps | undefined> {
  const settings = toLiveSettings(config);
  if (settings === undefined) return undefined;
  const { createLiveDeps } = await import('./live-deps.ts');
  return createLiveDeps(settings, deps);
}
