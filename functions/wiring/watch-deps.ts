import { createDynamodbHandRecords } from '#lib/adapters/dynamodb/dynamodb-hand-records.ts';
import { createDynamodbReconciliationLog } from '#lib/adapters/dynamodb/dynamodb-reconciliation-log.ts';
import { createDynamodbToldHoldings } from '#lib/adapters/dynamodb/dynamodb-told-holdings.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { createEventbridgeEventBus } from '#lib/adapters/eventbridge/eventbridge-event-bus.ts';
import { createPolygonWalletHistory } from '#lib/adapters/polygon/history/polygon-wallet-history.ts';
import { createPolygonWalletTokens } from '#lib/adapters/polygon/settlement/polygon-wallet-tokens.ts';
import { createPolymarketWalletPositions } from '#lib/adapters/polymarket/data-api/polymarket-wallet-positions.ts';
import { versionOfToken } from '#lib/adapters/polymarket/market-data/market-ids.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import type { ReconcileWalletDeps } from '#lib/lifecycle/watch/reconcile-wallet.ts';
import type { WatchWalletDeps } from '#lib/lifecycle/watch/watch-wallet.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { createDynamodbClient, createEventbridgeClient } from '#lib/runtime/function-clients.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import type { TakeInConfig } from './take-in-deps.ts';

export type WatchConfig = TakeInConfig & {
  readonly STAGE: string;
  readonly TABLE_NAME: string;
  readonly EVENT_BUS_NAME: string;
  readonly CLOB_HOST: string;
  readonly GAMMA_HOST: string;
  readonly WALLET_WATCH: 'tell' | 'guard' | 'off';
  readonly REDEEM_FOREIGN: 'true' | 'false';
};

export type WatchDeps = WatchWalletDeps & ReconcileWalletDeps & { readonly clock: Clock };

/** Loaded only where live trading is configured (law 7). Nothing here can sign. */
export async function createWatchDeps(config: WatchConfig, env: Env): Promise<WatchDeps> {
  const { STAGE: stage, TABLE_NAME: tableName, CLOB_HOST: clobHost, GAMMA_HOST: gammaHost } = config;
  const { rpcUrl, walletAddress } = config;
  const client = createDynamodbClient(env);
  const store = createDynamodbPositionStore({ client, tableName, stage, ids: createSystemIdSource(clock) });
  const marketData = createPolymarketMarketData({ clobHost, gammaHost, clock });
  const policy = { isGuarding: config.WALLET_WATCH === 'guard', isRedeeming: config.REDEEM_FOREIGN === 'true' };
  const isTaking = policy.isGuarding || policy.isRedeeming;
  return {
    ...{ clock, store, marketData, policy },
    bus: createEventbridgeEventBus({ client: createEventbridgeClient(env), busName: config.EVENT_BUS_NAME }),
    told: createDynamodbToldHoldings({ client, clock, tableName }),
    positions: createPolymarketWalletPositions({ clock, dataHost: config.DATA_HOST }),
    tokens: createPolygonWalletTokens({ clock, rpcUrl, versionOf: versionOfToken }),
    history: createPolygonWalletHistory({ clock, rpcUrl, walletAddress }),
    hands: createDynamodbHandRecords({ client, tableName }),
    log: createDynamodbReconciliationLog({ client, clock, tableName }),
    taking: isTaking
      ? (await import('./take-in-deps.ts')).createTakeInDeps(config, env, { clock, store, marketData })
      : null,
    memory: new Map(),
    verdicts: new Map(),
    reconciliation: { dueAtMs: 0 },
  };
}
