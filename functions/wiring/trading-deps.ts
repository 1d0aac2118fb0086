import * as z from 'zod/mini';
import { createBinanceReferencePrice } from '#lib/adapters/binance/binance-reference-price.ts';
import type { TradingAccount, TradingAccounts } from '#lib/lifecycle/trading-account.ts';
import { type StepFacts, watchSteps } from '#lib/lifecycle/watch/step-facts.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import type { ReferencePrice } from '#lib/ports/venue/reference-price.ts';
import type { PaperWallet, WalletReadings } from '#lib/ports/wallet/wallet-readings.ts';
import { type Log, QUIET_LOG } from '#lib/runtime/log.ts';
import type { Meter } from '#lib/runtime/metrics.ts';
import { once } from '#lib/runtime/once.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { DataSettings } from './data-settings.ts';
import type { CreateLiveDeps, createLiveDeps, LiveDeps } from './live-deps.ts';
import { type CreateMarketData, createPaperDeps, type PaperDeps, PaperEnvSchema } from './paper-deps.ts';
import { WebUrlSchema } from './setting-schemas.ts';
import { LiveSettingsSchema, toLiveSettings } from './trading-settings.ts';

export const TradingEnvSchema = z.object({
  ...PaperEnvSchema.shape,
  BINANCE_HOST: WebUrlSchema,
  ...DataSettings.shape,
  ...LiveSettingsSchema.shape,
});
export type TradingEnv = z.output<typeof TradingEnvSchema>;

/** What `open` and `sell` have in common. The store counts its steps in `meter`. */
export type TradingDeps<Data> = Omit<PaperDeps<Data>, 'paper'> & {
  readonly accounts: TradingAccounts;
  readonly referencePrice: ReferencePrice;
  /** Undefined where live trading is not configured. */
  readonly live: LiveDeps | undefined;
};

type TradingOptions<Data> = Pick<CreateLiveDeps, 'loadSendApproval'> & {
  readonly meter: Meter;
  readonly log?: Log;
  readonly createMarketData: CreateMarketData<Data>;
};

/** @throws ConfigError when live trading is half configured */
export async function createTradingDeps<Data extends Pick<MarketData, 'findBook'>>(
  config: TradingEnv,
  env: Env,
  { meter, log = QUIET_LOG, loadSendApproval, createMarketData }: TradingOptions<Data>,
): Promise<TradingDeps<Data>> {
  const { paper, ...shared } = createPaperDeps(config, env, `paper-${config.STAGE}`, createMarketData);
  const { clock, ids } = shared;
  const onRenewed = (renewal: { readonly isStored: boolean }) => tellRenewal(log, meter, renewal);
  const live = await loadLive(config, { clobHost: config.CLOB_HOST, clock, env, ids, loadSendApproval, onRenewed });
  return {
    ...shared,
    store: watchSteps(shared.store, (facts) => measureStep(meter, facts)),
    accounts: {
      paper: toPaperAccount(paper, shared),
      ...(live && { live: toLiveAccount(config, live, clock) }),
    },
    referencePrice: createBinanceReferencePrice({ binanceHost: config.BINANCE_HOST, clock }),
    live,
  };
}

/** The code of live trading is loaded only where it is configured (law 7). */
async function loadLive(config: TradingEnv, deps: Parameters<typeof createLiveDeps>[1]): Promise<LiveDeps | undefined> {
  const settings = toLiveSettings(config);
  if (settings === undefined) return undefined;
  const { createLiveDeps } = await import('./live-deps.ts');
  return createLiveDeps(settings, deps);
}

function toPaperAccount(
  paper: TradingAccount,
  { clock, paperLedger: ledger }: Pick<PaperDeps<unknown>, 'clock' | 'paperLedger'>,
) {
  const load = once(async () =>
    (await import('#lib/adapters/paper/paper-wallet.ts')).createPaperWallet({ ledger, clock }),
  );
  const paperWallet = {
    receiveShares: async (...asked: Parameters<PaperWallet['receiveShares']>) => (await load()).receiveShares(...asked),
  };
  return { ...paper, readings: whenNeeded(load), paperWallet };
}

function toLiveAccount(
  { POLYGON_RPC_URL: rpcUrl = '', DATA_HOST: dataHost }: TradingEnv,
  { walletAddress: address, exchange, wallet }: LiveDeps,
  clock: Clock,
): TradingAccount {
  const load = once(async () => (await import('./live-readings.ts')).createLiveReadings({ clock, rpcUrl, dataHost }));
  return { address, exchange, wallet, readings: whenNeeded(load) };
}

/** Loaded when a guarded position needs them: no other exit waits for their code. */
function whenNeeded(load: () => Promise<WalletReadings>): WalletReadings {
  return {
    readShares: async (...asked) => (await load()).readShares(...asked),
    findCost: async (...asked) => (await load()).findCost(...asked),
    listTransfers: async (...asked) => (await load()).listTransfers(...asked),
  };
}

/** The vault's copy stays as it is: the functions may read it only. */
function tellRenewal(log: Log, meter: Meter, { isStored }: { readonly isStored: boolean }): void {
  meter.count('CredentialsRenewed');
  if (isStored) log.warn('The venue had let our credentials lapse; deriving them made them valid again');
  else
    log.warn('The venue refuses the stored credentials; derived ones are used. Run `tminus credentials` to store them');
}

export function measureStep(meter: Meter, facts: StepFacts): void {
  if (facts.isExitAttempt) meter.count('ExitAttempt');
  if (facts.exitSetback !== null) meter.count('ExitRefused', 1, { cause: facts.exitSetback });
  if (facts.isExitFailing) meter.count('ExitFailing');
  if (facts.isUnrecognised) meter.count('RefusalUnrecognised');
  // On a line of its own, which has the position's id.
  if (facts.orderLatenessMs !== null) meter.millis('OrderLateness', facts.orderLatenessMs, {});
}
