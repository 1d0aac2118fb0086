import * as z from 'zod/mini';
import { createDynamodbPaperLedger } from '#lib/adapters/dynamodb/dynamodb-paper-ledger.ts';
import { createPaperExchange } from '#lib/adapters/paper/paper-exchange.ts';
import { createPaperSettlement } from '#lib/adapters/paper/paper-settlement.ts';
import { DEFAULT_SETTLEMENT_LAG } from '#lib/adapters/paper/settlement-lag.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import type { TradingAccount } from '#lib/lifecycle/trading-account.ts';
import type { MarketData } from '#lib/ports/market-data.ts';
import type { MarketResults } from '#lib/ports/market-results.ts';
import type { Settlement } from '#lib/ports/settlement.ts';
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

export type PaperDeps = StoreDeps & {
  /** The venue's public data. */
  readonly marketData: MarketData & MarketResults;
  readonly paper: TradingAccount;
  readonly paperSettlement: Settlement;
};

/** What paper trading needs: public data and the table, no key and no account. `address` names the paper wallet. */
export function createPaperDeps(config: z.output<typeof PaperEnvSchema>, env: Env, address: string): PaperDeps {
  const stored = createStoreDeps(config, env);
  const { clock, ids, dynamodb: client } = stored;
  const { CLOB_HOST: clobHost, GAMMA_HOST: gammaHost, TABLE_NAME: tableName } = config;
  const { PAPER_SETTLEMENT_FIXED_MS: buyMs, PAPER_SELL_SETTLEMENT_FIXED_MS: sellMs = buyMs } = config;
  const marketData = createPolymarketMarketData({ clobHost, gammaHost, clock });
  const ledger = createDynamodbPaperLedger({ client, tableName });
  const exchange = createPaperExchange({
    ...{ clock, ids, marketData, ledger },
    settlement: toSettlementLag(buyMs),
    sellSettlement: toSettlementLag(sellMs),
  });
  const paperSettlement = createPaperSettlement({ results: marketData, ledger, clock });
  return { ...stored, marketData, paper: { address, exchange, wallet: null }, paperSettlement };
}

const toSettlementLag = (fixedMs: number | undefined) => (fixedMs === undefined ? DEFAULT_SETTLEMENT_LAG : { fixedMs });
