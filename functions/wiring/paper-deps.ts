import * as z from 'zod/mini';
import { createDynamodbPaperLedger } from '#lib/adapters/dynamodb/dynamodb-paper-ledger.ts';
import { createPaperExchange } from '#lib/adapters/paper/paper-exchange.ts';
import { DEFAULT_SETTLEMENT_LAG } from '#lib/adapters/paper/settlement-lag.ts';
import type { PolymarketMarketDataDeps } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import type { TradingAccount } from '#lib/lifecycle/trading-account.ts';
import type { PaperLedger } from '#lib/ports/store/paper-ledger.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { WebUrlSchema } from './setting-schemas.ts';
import { createStoreDeps, type StoreDeps, StoreEnvSchema } from './store-deps.ts';
import { PaperSettingsSchema } from './trading-settings.ts';

export const PaperEnvSchema = z.object({
  ...StoreEnvSchema.shape,
  CLOB_HOST: WebUrlSchema,
  GAMMA_HOST: WebUrlSchema,
  ...PaperSettingsSchema.shape,
});

/** What a function reads of the venue's public data. An exit needs books alone, and its bundle no more. */
export type CreateMarketData<Data> = (deps: PolymarketMarketDataDeps) => Data;

export type PaperDeps<Data> = StoreDeps & {
  readonly marketData: Data;
  readonly paper: TradingAccount;
  readonly paperLedger: PaperLedger;
};

/** What paper trading needs: public data and the table, no key and no account. `address` names the paper wallet. */
export function createPaperDeps<Data extends Pick<MarketData, 'findBook'>>(
  config: z.output<typeof PaperEnvSchema>,
  env: Env,
  address: string,
  createMarketData: CreateMarketData<Data>,
): PaperDeps<Data> {
  const stored = createStoreDeps(config, env);
  const { clock, ids, dynamodb: client } = stored;
  const { CLOB_HOST: clobHost, GAMMA_HOST: gammaHost, TABLE_NAME: tableName } = config;
  const { PAPER_SETTLEMENT_FIXED_MS: buyMs, PAPER_SELL_SETTLEMENT_FIXED_MS: sellMs = buyMs } = config;
  const marketData = createMarketData({ clobHost, gammaHost, clock });
  const paperLedger = createDynamodbPaperLedger({ client, tableName });
  const exchange = createPaperExchange({
    ...{ clock, ids, marketData, ledger: paperLedger },
    settlement: toSettlementLag(buyMs),
    sellSettlement: toSettlementLag(sellMs),
  });
  return { ...stored, marketData, paper: { address, exchange, wallet: null }, paperLedger };
}

const toSettlementLag = (fixedMs: number | undefined) => (fixedMs === undefined ? DEFAULT_SETTLEMENT_LAG : { fixedMs });
