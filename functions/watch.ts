/**
 * Every minute, where live trading is configured: makes positions of shares in the wallet that no position manages,
 * where the stage says so, and tells of the others once. About once an hour it tells of rows without shares and of cash
 * that no row explains. A run in which the venue's index or the node does not answer tells nothing; the next one looks
 * again.
 */
import * as z from 'zod/mini';
import { ConfigError } from '#lib/errors/errors.ts';
import { type ReconcileWalletOutcome, reconcileWallet } from '#lib/lifecycle/watch/reconcile-wallet.ts';
import { noteUnread, type UnreadDeps, type UnreadSince } from '#lib/lifecycle/watch/unread-markets.ts';
import { type WatchWalletOutcome, watchWallet } from '#lib/lifecycle/watch/watch-wallet.ts';
import { describeError } from '#lib/runtime/describe-error.ts';
import { type InvocationContext, inInvocation } from '#lib/runtime/invocation.ts';
import type { Log } from '#lib/runtime/log.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { createMetrics, type Meter } from '#lib/runtime/metrics.ts';
import { once } from '#lib/runtime/once.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { DataSettings } from './wiring/data-settings.ts';
import { TimerEnvSchema } from './wiring/exit-timer.ts';
import { PresetSettingsSchema } from './wiring/preset-settings.ts';
import { NameSchema, WebUrlSchema } from './wiring/setting-schemas.ts';
import { StoreEnvSchema } from './wiring/store-deps.ts';
import { ExitSettingsSchema, LiveSettingsSchema } from './wiring/trading-settings.ts';
import { WatchSettings } from './wiring/watch-settings.ts';

const { LIVE_WALLET_ADDRESS, POLYGON_RPC_URL } = LiveSettingsSchema.shape;

/** No name of a key or of credentials: this function signs and posts nothing. */
export const EnvSchema = z.object({
  ...StoreEnvSchema.shape,
  ...TimerEnvSchema.shape,
  ...ExitSettingsSchema.shape,
  ...PresetSettingsSchema.shape,
  EVENT_BUS_NAME: NameSchema,
  CLOB_HOST: WebUrlSchema,
  GAMMA_HOST: WebUrlSchema,
  ...DataSettings.shape,
  ...WatchSettings.shape,
  LIVE_WALLET_ADDRESS,
  POLYGON_RPC_URL,
});

/** Of the function's 60 s. */
const RUN_MS_MAX = 25_000;
const RECONCILE_UNTIL_MS = 55_000;

/** Null where nothing is to be watched: no live trading, or switched off. */
async function createDeps(env: Env) {
  const config = parseEnv(EnvSchema, env);
  const { LIVE_WALLET_ADDRESS: walletAddress, POLYGON_RPC_URL: rpcUrl } = config;
  if (config.WALLET_WATCH === 'off' || walletAddress === undefined) return null;
  if (rpcUrl === undefined) {
    throw new ConfigError(
      'The environment cannot be used: LIVE_WALLET_ADDRESS is watched on the chain. Set POLYGON_RPC_URL, or WALLET_WATCH=off.',
    );
  }
  const { createWatchDeps } = await import('./wiring/watch-deps.ts');
  return { ...(await createWatchDeps({ ...config, rpcUrl, walletAddress }, env)), walletAddress };
}

export function createHandler(env: Env): (event?: unknown, context?: InvocationContext) => Promise<void> {
  const log = createLogger({ env, service: 'watch' });
  const meter = createMetrics({ env, service: 'watch' });
  const deps = once(() => createDeps(env));
  const unreadSince: UnreadSince = new Map();
  return inInvocation({ log, env }, async () => {
    try {
      const wired = await deps();
      if (wired === null) return;
      const { walletAddress, clock } = wired;
      const startedAtMs = clock.nowMs();
      const watched = await watchWallet(wired, { walletAddress, deadlineAtMs: startedAtMs + RUN_MS_MAX });
      await report(log, meter, watched, { ...wired, since: unreadSince, nowMs: startedAtMs });
      const deadlineAtMs = startedAtMs + RECONCILE_UNTIL_MS;
      reportReconciliation(log, meter, await reconcileWallet(wired, { walletAddress, deadlineAtMs }));
    } catch (error) {
      log.error('The wallet was not watched; the next run looks again in a minute', { ...describeError(error) });
      throw error;
    } finally {
      meter.flush();
    }
  });
}

type Unread = UnreadDeps & { readonly nowMs: number };

async function report(log: Log, meter: Meter, found: WatchWalletOutcome, unread: Unread): Promise<void> {
  if (found.outcome === 'blind') {
    log.warn('The wallet could not be read; the next run looks again', { reason: found.reason });
    meter.count('WalletUnread', 1);
    return;
  }
  const { heldCount, told, taken, failed, leftCount, unreadableNames, isNodeBehind } = found;
  const toldSlugs = told.map(({ marketSlug, conditionId }) => marketSlug ?? conditionId);
  log.info('The wallet was compared with the positions', { heldCount, toldSlugs, taken, leftCount });
  if (failed.length > 0) log.warn('Markets of the wallet could not be judged; the next run looks again', { failed });
  const names = [...failed.map(({ conditionId }) => conditionId), ...unreadableNames.map((name) => `index: ${name}`)];
  const { newNames, pagedCount } = await noteUnread(unread, names, unread.nowMs);
  if (newNames.length > 0)
    log.error('Markets of the wallet cannot be read: look after their shares on the website', { newNames });
  if (isNodeBehind) log.warn('The newest final block of the node is minutes old: shares that came since were not seen');
  if (isNodeBehind) meter.count('WalletUnread', 1);
  if (pagedCount > 0) meter.count('WalletUnread', pagedCount);
}

function reportReconciliation(log: Log, meter: Meter, found: ReconcileWalletOutcome): void {
  switch (found.outcome) {
    case 'not-due':
      return;
    case 'blind': {
      const { reason, isLate } = found;
      log.warn('Wallet and table could not be compared; a later run does', { reason, isLate });
      if (isLate) meter.count('WalletUnread', 1);
      return;
    }
    case 'reconciled': {
      const { fromMs, untilMs, skippedFromMs, told, leftCount } = found;
      const kinds = told.map(({ kind, positionIds }) => ({ kind, positionIds }));
      log.info('Wallet and table were compared', { fromMs, untilMs, told: kinds, leftCount });
      if (skippedFromMs === null) return;
      log.warn('An earlier time was not compared: run `tminus ledger --since`', {
        fromMs: skippedFromMs,
        untilMs: fromMs,
      });
    }
  }
}

export const handler = createHandler(process.env);
