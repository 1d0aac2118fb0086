import * as z from 'zod';
import { createBinanceReferencePrice } from '#lib/adapters/binance/binance-reference-price.ts';
import { createDynamodbPaperLedger } from '#lib/adapters/dynamodb/dynamodb-paper-ledger.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/dynamodb-position-store.ts';
import { createPaperExchange } from '#lib/adapters/paper/paper-exchange.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/polymarket-market-data.ts';
import { createSqsExitQueue } from '#lib/adapters/sqs/sqs-exit-queue.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import { createReadiness } from '#lib/lifecycle/check/create-readiness.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import { boundPosts } from '#lib/runtime/bound-posts.ts';
import type { Env } from '#lib/runtime/env.ts';
import type { createLiveDeps, LiveDeps } from './live-deps.ts';
import { LiveSettingsSchema, PaperSettingsSchema, toLiveSettings, toSettlementLags } from './trading-settings.ts';
import { WebUrlSchema } from './web-url.ts';

/** What `sweep` needs as well as the functions that trade. */
export const StoreEnvSchema = z.object({
  STAGE: z.string().min(1),
  TABLE_NAME: z.string().min(3),
  EXIT_QUEUE_URL: WebUrlSchema,
});

export const TradingEnvSchema = StoreEnvSchema.extend({
  CLOB_HOST: WebUrlSchema,
  GAMMA_HOST: WebUrlSchema,
  BINANCE_HOST: WebUrlSchema,
})
  .extend(PaperSettingsSchema.shape)
  .extend(LiveSettingsSchema.shape);

/** Table and queue. */
export function createStoreDeps(config: z.output<typeof StoreEnvSchema>, env: Env) {
  const aws = createAwsClients(env);
  const clock = systemClock;
  const ids = createSystemIdSource(clock);
  const { TABLE_NAME: tableName, STAGE: stage, EXIT_QUEUE_URL: queueUrl } = config;
  return {
    aws,
    clock,
    ids,
    store: createDynamodbPositionStore({ client: aws.dynamodb, tableName, stage, ids }),
    queue: createSqsExitQueue({ client: aws.sqs, clock, queueUrl }),
  };
}

/**
 * Everything an order needs. Live trading is there where it is configured, and only then is its code loaded; a paper position
 * never comes near it (law 7).
 * @throws ConfigError when live trading is half configured
 */
export async function createTradingDeps(config: z.output<typeof TradingEnvSchema>, env: Env) {
  const storeDeps = createStoreDeps(config, env);
  const { aws, clock, ids } = storeDeps;
  const { CLOB_HOST: clobHost, GAMMA_HOST: gammaHost } = config;
  const marketData = createPolymarketMarketData({ clobHost, gammaHost, clock });
  const ledger = createDynamodbPaperLedger({ client: aws.dynamodb, tableName: config.TABLE_NAME });
  const live = await createLive(config, { clobHost, clock, env, ids });
  const readiness = live && createReadiness({ clock, checks: live.checks });
  return {
    ...storeDeps,
    marketData,
    referencePrice: createBinanceReferencePrice({ binanceHost: config.BINANCE_HOST, clock }),
    exchanges: {
      paper: boundPosts(createPaperExchange({ marketData, ledger, clock, ids, ...toSettlementLags(config) })),
      ...(live && { live: live.exchange }),
    },
    ...(readiness && { readiness }),
    /** Wallets on the chain, by mode; paper has none. */
    wallets: { ...(live && { live: live.wallet }) },
    /** The wallet of each mode that can be opened here. */
    walletAddresses: { paper: `paper-${config.STAGE}`, ...(live && { live: live.walletAddress }) },
  };
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
