import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalVenue } from '#infra/shared/local-venue.ts';
import { once } from '#lib/runtime/once.ts';
import type { MarketVersionChoice } from '#lib/venue/books/market-version.ts';
import { planAddedMarket } from '#lib/venue/books/plan-added-market.ts';
import type { AddedMarket } from '#lib/venue/books/playing-venue.ts';
import { createPlayingVenue } from '#lib/venue/books/playing-venue.ts';
import { readAddedMarkets, writeAddedMarkets } from './added-markets-file.ts';
import { createHttpFaults } from './http/http-faults.ts';
import { startVenueServers } from './http/start-venue-servers.ts';
import { openRecordingsFolder } from './recordings-folder.ts';
import type { Trading, TradingOptions } from './trading/start-trading.ts';
import { createVenueControls } from './trading/venue-controls.ts';

export type LocalVenueOptions = {
  /** Prices follow from it. Default: `tminus`. */
  readonly seed?: string;
  /** Versions of its markets, fixed for each slug. Default: v1. */
  readonly versions?: MarketVersionChoice;
  /** Folder of recordings (`*.jsonl.gz`) to play instead of generated windows. */
  readonly recordingsFolder?: string;
  /** Keeps added markets over restarts. Default: they are forgotten. */
  readonly stateFile?: string;
  /** Unix milliseconds. Default: the machine's clock. */
  nowMs?(): number;
  /** Trades settle on it, and balances and approvals are read from it. Default: the venue's own ledger. */
  readonly chain?: NonNullable<TradingOptions['chain']>;
  /** From match to block: at least `min` and less than `min + spread`. Default: 2 to 4 s (venue §3.5). */
  readonly settlementMs?: NonNullable<TradingOptions['settlementMs']>;
};

/**
 * Starts Polymarket and Binance on free ports of 127.0.0.1: the public endpoints that the suite reads and the
 * authenticated CLOB, in their documented wire formats. Books are played from recordings or generated from the seed.
 * @throws InvalidInputError when the recordings or the state file cannot be used
 */
export async function startLocalVenue(options: LocalVenueOptions = {}): Promise<LocalVenue> {
  const { seed = 'tminus', versions = 'v1', recordingsFolder, stateFile, chain } = options;
  const nowMs = onlyForward(options.nowMs ?? Date.now);
  // Pending waits do not keep a stopping process alive.
  const sleepUntil = async (atMs: number): Promise<void> =>
    void (await sleep(Math.max(atMs - nowMs(), 0), undefined, { ref: false }));
  const recordings = recordingsFolder === undefined ? {} : { recordings: openRecordingsFolder(recordingsFolder) };
  const identify = chain === undefined ? {} : { identify: chain.identify };
  const venue = createPlayingVenue({ seed, versions, ...recordings, ...identify });
  const added: AddedMarket[] = stateFile === undefined ? [] : [...readAddedMarkets(stateFile)];
  for (const market of added) venue.add(market);

  const controls = createVenueControls(seed, nowMs);
  const faults = createHttpFaults();
  const trading = createTradingLoader({ ...options, seed, venue, controls, nowMs, sleepUntil });
  const servers = await startVenueServers({ venue, controls, faults, trading, nowMs, sleepUntil });
  return {
    ...servers.hosts,
    stop: async () => {
      await servers.stop();
      await trading.loaded()?.stop();
    },
    addMarket: (request) => {
      // Positions may hold tokens of a regular window, so it keeps its slug.
      const isSlugTaken = (slug: string): boolean => venue.findBySlug(slug, nowMs()) !== undefined;
      const market = planAddedMarket({ seed, versions, ...recordings, isSlugTaken, addedCount: added.length }, request);
      venue.add(market);
      added.push(market);
      if (stateFile !== undefined) writeAddedMarkets(stateFile, added);
      return market.slug;
    },
    registerAccount: (account) => {
      controls.accounts.register(account);
      trading.preload();
    },
    setCondition: controls.conditions.set,
    clearConditions: controls.conditions.clear,
    setSettings: controls.setSettings,
    setFault: faults.set,
    clearFaults: faults.clear,
  };
}

/** Engines require a time that never goes back. */
function onlyForward(nowMs: () => number): () => number {
  let lastMs = 0;
  return () => {
    lastMs = Math.max(lastMs, nowMs());
    return lastMs;
  };
}

/** Paper trading needs neither engines nor signatures, and both take time to load. */
function createTradingLoader(options: TradingOptions) {
  let trading: Trading | undefined;
  const load = once(async (): Promise<Trading> => {
    const { startTrading } = await import('./trading/start-trading.ts');
    trading = startTrading(options);
    return trading;
  });
  return {
    load,
    loaded: () => trading,
    /** Loads in the background what the first order needs. A failure shows at the request that needs it. */
    preload: () => {
      Promise.all([load(), import('./clob/order-signature.ts')]).catch(() => undefined);
    },
  };
}
