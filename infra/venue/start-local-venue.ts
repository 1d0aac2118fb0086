import type { LocalVenue } from '#infra/shared/local-venue.ts';
import { planAddedMarket } from '#lib/venue/books/plan-added-market.ts';
import type { AddedMarket } from '#lib/venue/books/playing-venue.ts';
import { createPlayingVenue } from '#lib/venue/books/playing-venue.ts';
import type { VenueEngineDeps } from '#lib/venue/engine/venue-engine.ts';
import { readAddedMarkets, writeAddedMarkets } from './added-markets-file.ts';
import { createVenueHouse } from './http/venue-house.ts';
import { openRecordingShelf } from './recording-shelf.ts';
import type { SettlingChain } from './trading/settling-chain.ts';

export type LocalVenueOptions = {
  /** Everything generated follows from it: the same seed is the same venue. */
  readonly seed?: string;
  /** Folder of recordings (`*.jsonl.gz`) to play instead of generated windows. */
  readonly recordingsFolder?: string;
  /** Where added markets are kept, so that they are still there after a restart; they are forgotten without it. */
  readonly stateFile?: string;
  /** Unix milliseconds; the machine's clock unless given. */
  nowMs?(): number;
  /** Settles on it what is matched, and takes balances and approvals from it; the venue's own ledger without. */
  readonly chain?: SettlingChain;
  /** From match to block: at least `min` and less than `min + spread`; 2 to 4 s unless given, as the real one. */
  readonly settlementMs?: NonNullable<VenueEngineDeps['settlementMs']>;
};

/**
 * Polymarket and Binance as the suite sees them, on free ports of 127.0.0.1: the public read endpoints and the authenticated
 * CLOB in their documented wire formats, played from recordings or from a seed.
 * @throws InvalidInputError when recordings or state file are not what they have to be
 */
export async function startLocalVenue(options: LocalVenueOptions = {}): Promise<LocalVenue> {
  const { seed = 'tminus', recordingsFolder, stateFile, chain } = options;
  const nowMs = onlyForward(options.nowMs ?? Date.now);
  const recordings = recordingsFolder === undefined ? {} : { recordings: openRecordingShelf(recordingsFolder) };
  const identify = chain === undefined ? {} : { identify: rememberAll((slug: string) => chain.identify(slug)) };
  const venue = createPlayingVenue({ seed, ...recordings, ...identify });
  const added: AddedMarket[] = stateFile === undefined ? [] : [...readAddedMarkets(stateFile)];
  for (const market of added) venue.add(market);

  const house = createVenueHouse(options, { seed, venue, nowMs });
  const { switchboard } = house;
  try {
    return {
      ...(await house.open()),
      stop: house.stop,
      addMarket(request) {
        // A regular window keeps its slug: somebody may hold its tokens.
        const isSlugTaken = (slug: string): boolean => venue.findBySlug(slug, nowMs()) !== undefined;
        const market = planAddedMarket({ seed, ...recordings, isSlugTaken, addedCount: added.length }, request);
        venue.add(market);
        added.push(market);
        if (stateFile !== undefined) writeAddedMarkets(stateFile, added);
        return market.slug;
      },
      registerAccount: (account) => {
        switchboard.accounts.register(account);
        house.expectOrders();
      },
      setCondition: switchboard.conditions.set,
      clearConditions: switchboard.conditions.clear,
      setSettings: switchboard.setSettings,
      setFault: house.faults.set,
      clearFaults: house.faults.clear,
    };
  } catch (error) {
    await house.stop();
    throw error;
  }
}

/** The engines' time never goes back, whatever the machine's clock does. */
function onlyForward(nowMs: () => number): () => number {
  let lastMs = 0;
  return () => {
    lastMs = Math.max(lastMs, nowMs());
    return lastMs;
  };
}

/** A market's ids take a millisecond to compute, and looking for an unknown id goes through all markets around. */
function rememberAll<Value>(compute: (key: string) => Value): (key: string) => Value {
  const known = new Map<string, Value>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}
