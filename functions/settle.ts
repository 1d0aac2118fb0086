/**
 * The settle queue's function: takes the next step of each position whose market is over, until its shares are sold,
 * redeemed or worthless. A queue of its own, so that a slow chain never holds up a sell.
 */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { createDynamodbRedemptionStore } from '#lib/adapters/dynamodb/dynamodb-redemption-store.ts';
import { createPaperSettlement } from '#lib/adapters/paper/paper-settlement.ts';
import { createPolymarketBooks } from '#lib/adapters/polymarket/market-data/polymarket-books.ts';
import { createPolymarketResults } from '#lib/adapters/polymarket/market-data/polymarket-results.ts';
import { createSqsDeadRecordKeeper } from '#lib/adapters/sqs/sqs-dead-record-keeper.ts';
import { decodeWakeMessage } from '#lib/contracts/wake-message.ts';
import { type WakeAwaitingDeps, wakeAwaiting } from '#lib/lifecycle/settle/wake-awaiting.ts';
import { type InvocationContext, inInvocation } from '#lib/runtime/invocation.ts';
import { addLogFields } from '#lib/runtime/log-context.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { createMetrics, type Meter } from '#lib/runtime/metrics.ts';
import { once } from '#lib/runtime/once.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { runQueueBatch } from '#lib/runtime/run-batch.ts';
import type { LiveSettlement } from './wiring/live-settlement.ts';
import { RelayerSettings } from './wiring/relayer-settings.ts';
import { WebUrlSchema } from './wiring/setting-schemas.ts';
import { createTradingDeps, type TradingDeps, TradingEnvSchema } from './wiring/trading-deps.ts';
import { toLiveSettings } from './wiring/trading-settings.ts';

export const EnvSchema = z.object({
  ...TradingEnvSchema.shape,
  ...RelayerSettings.shape,
  SETTLE_DEAD_LETTER_URL: WebUrlSchema,
});

type Deps = WakeAwaitingDeps & { readonly keepDead: ReturnType<typeof createSqsDeadRecordKeeper> };

async function createDeps(env: Env, meter: Meter): Promise<Deps> {
  const config = parseEnv(EnvSchema, env);
  const trading = await createTradingDeps(config, env, {
    meter,
    createMarketData: (deps) => ({ ...createPolymarketBooks(deps), ...createPolymarketResults(deps) }),
  });
  const { clock, dynamodb: client, ids, marketData, paperLedger, sqs } = trading;
  const paper = createPaperSettlement({ results: marketData, ledger: paperLedger, clock });
  const live = await loadLiveSettlement(config, trading, meter);
  return {
    ...trading,
    results: live === undefined ? [marketData] : [marketData, live.results],
    settlements: { paper, ...(live && { live: live.settlement }) },
    redemptions: createDynamodbRedemptionStore({ client, tableName: config.TABLE_NAME, ids }),
    keepDead: createSqsDeadRecordKeeper({ client: sqs, deadLetterUrl: config.SETTLE_DEAD_LETTER_URL }),
  };
}

/** The code of live settlement is loaded only where live trading is configured (law 7). */
async function loadLiveSettlement(
  config: z.output<typeof EnvSchema>,
  { clock, live }: Pick<TradingDeps<unknown>, 'clock' | 'live'>,
  meter: Meter,
): Promise<LiveSettlement | undefined> {
  const settings = toLiveSettings(config);
  if (settings === undefined || live === undefined) return undefined;
  const { createLiveSettlement } = await import('./wiring/live-settlement.ts');
  return createLiveSettlement(settings, { clock, live, relayer: config, dataHost: config.DATA_HOST, meter });
}

export function createHandler(env: Env): (event: SQSEvent, context?: InvocationContext) => Promise<SQSBatchResponse> {
  const log = createLogger({ env, service: 'settle' });
  const meter = createMetrics({ env, service: 'settle' });
  const deps = once(() => createDeps(env, meter));
  return inInvocation({ log, env }, (event: SQSEvent) =>
    runQueueBatch(
      { log, meter, keepDead: async (record, errorName) => (await deps()).keepDead(record, errorName) },
      event,
      async (record) => {
        const message = decodeWakeMessage(record.body);
        addLogFields({ positionId: message.positionId });
        const outcome = await wakeAwaiting(await deps(), message);
        log.info('Settlement step ended', { ...message, ...outcome });
      },
    ),
  );
}

export const handler = createHandler(process.env);
