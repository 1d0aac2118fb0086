import type { Market, MarketVersion } from '#lib/domain/market/market.ts';
import type { Asset } from '#lib/domain/market/up-down-markets.ts';
import {
  ASSETS,
  findWindow,
  marketSlug,
  parseMarketSlug,
  WINDOW_MS,
  WINDOWS,
} from '#lib/domain/market/up-down-markets.ts';
import type { MidPin } from './generated-window.ts';
import { playGeneratedWindow } from './generated-window.ts';
import { drawIdentity, listMarket } from './list-market.ts';
import { clobConditionId, type MarketIds, type MarketVersionChoice, versionOfSlug } from './market-version.ts';
import { findOtherMarket, otherSlugsAround } from './other-markets.ts';
import type { Recording } from './parse-recording.ts';
import type { PlayingMarket } from './playing-market.ts';
import { playRecordedWindow } from './recorded-window.ts';

/** Recordings by name; `get` reads one when it is first played. */
export type RecordingSource = { readonly names: readonly string[]; get(name: string): Recording };

/** A market added on request, with all that is needed to play it again after a restart. */
export type AddedMarket = {
  readonly slug: string;
  readonly asset: Asset | null;
  /** Default: `Up` and `Down`. */
  readonly outcomeNames?: Market['outcomeNames'];
  readonly version: MarketVersion;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly seed: string;
  readonly tokenMidAt: MidPin | null;
  readonly recordingName: string | null;
};

/**
 * All markets of a venue: the regular windows of both assets from a day before they start (venue §5.1), and added ones.
 * What they play follows from seed and slug.
 */
export type PlayingVenue = {
  findBySlug(slug: string, atMs: number): PlayingMarket | undefined;
  /** By token or condition id, among added markets and the regular windows around `atMs`. */
  findByToken(tokenId: string, atMs: number): PlayingMarket | undefined;
  /** By the 32 bytes of the CLOB, also for a market of version v2. */
  findByCondition(conditionId: string, atMs: number): PlayingMarket | undefined;
  /** Ids that the market would have in the other version. Nothing trades under them. */
  otherIds(market: Market): MarketIds;
  /** The underlying's price in the market that runs at that time: the last one added, if any. */
  underlyingMicros(asset: Asset, atMs: number): bigint;
  add(added: AddedMarket): PlayingMarket;
};

export type PlayingVenueOptions = {
  readonly seed: string;
  readonly recordings?: RecordingSource;
  /** Ids of a market on a chain, by its slug; drawn from the seed unless given. */
  readonly identify?: (slug: string, version: MarketVersion) => MarketIds;
  /** Versions of the regular windows. Default: v1. */
  readonly versions?: MarketVersionChoice;
};

/** From their listing to their start (venue §5.1). Daily markets are listed two days before their end. */
const LISTED_AHEAD_MS = 24 * 3_600_000;

/** Ids are looked up among windows within an hour of the moment; older ones have no book. */
const ID_SEARCH_MS = 3_600_000;

const REGULAR_MARKET_COUNT_MAX = 128;

export function createPlayingVenue(options: PlayingVenueOptions): PlayingVenue {
  const { seed, recordings } = options;
  const added = new Map<string, PlayingMarket>();
  const regular = new Map<string, PlayingMarket>();
  const slugById = new Map<string, string>();
  const remember = (playing: PlayingMarket): PlayingMarket => {
    for (const id of idsOf(playing.market)) slugById.set(id, playing.market.slug);
    return playing;
  };

  const findBySlug = (slug: string, atMs: number): PlayingMarket | undefined => {
    const known = added.get(slug) ?? regular.get(slug);
    if (known !== undefined) return known;
    const market = listRegularMarket(options, slug, atMs);
    if (market === undefined) return undefined;
    const isShort = market.endsAtMs - market.startsAtMs <= WINDOW_MS['15m'];
    const recordingName = recordings === undefined || !isShort ? null : recordingInTurn(recordings.names, market);
    const playing = play({ ...market, seed, tokenMidAt: null, recordingName }, options);
    const [oldest] = regular.keys();
    if (regular.size >= REGULAR_MARKET_COUNT_MAX && oldest !== undefined) regular.delete(oldest);
    regular.set(slug, playing);
    return remember(playing);
  };

  const findById = (id: string, atMs: number): PlayingMarket | undefined => {
    const knownSlug = slugById.get(id);
    if (knownSlug !== undefined) return findBySlug(knownSlug, atMs);
    // The window was not requested by its slug yet: list all windows that the id may belong to.
    for (const slug of regularSlugsAround(atMs)) {
      const market = added.has(slug) ? undefined : listRegularMarket(options, slug, atMs);
      if (market !== undefined && idsOf(market).includes(id)) return findBySlug(slug, atMs);
    }
    return undefined;
  };

  return {
    findBySlug,
    findByToken: findById,
    findByCondition: findById,
    otherIds: ({ slug, version }) => idsOfVersion(options, slug, version === 'v2' ? 'v1' : 'v2'),
    underlyingMicros(asset, atMs) {
      const running = [...added.values()].findLast(
        ({ market }) => market.asset === asset && market.startsAtMs <= atMs && atMs < market.endsAtMs,
      );
      const playing = running ?? findBySlug(marketSlug(asset, '5m', atMs), atMs);
      return playing?.underlyingMicrosAt(atMs) ?? 0n;
    },
    add(market) {
      const playing = play(market, options);
      added.set(market.slug, playing);
      return remember(playing);
    },
  };
}

function idsOf(market: Market): readonly string[] {
  return [market.tokenIds.UP, market.tokenIds.DOWN, clobConditionId(market)];
}

function idsOfVersion({ seed, identify }: PlayingVenueOptions, slug: string, version: MarketVersion): MarketIds {
  return identify?.(slug, version) ?? drawIdentity(seed, slug, version);
}

/** A recording that no longer exists is replaced by a generated window. */
function play(added: AddedMarket, { recordings, identify }: PlayingVenueOptions): PlayingMarket {
  const { slug, version } = added;
  const market = listMarket(identify === undefined ? added : { ...added, identity: identify(slug, version) });
  if (added.recordingName !== null && recordings?.names.includes(added.recordingName)) {
    return playRecordedWindow(recordings.get(added.recordingName), market);
  }
  const seed = `${added.seed}|${added.slug}`;
  return playGeneratedWindow(
    added.tokenMidAt === null ? { market, seed } : { market, seed, tokenMidAt: added.tokenMidAt },
  );
}

function listRegularMarket(options: PlayingVenueOptions, slug: string, atMs: number): Market | undefined {
  const { seed, versions = 'v1' } = options;
  const version = versionOfSlug(versions, slug);
  const other = findOtherMarket(slug, atMs);
  if (other !== undefined) {
    return listMarket({ seed, slug, asset: null, version, ...other, identity: idsOfVersion(options, slug, version) });
  }
  const { asset, spans } = parseMarketSlug(slug, atMs) ?? { spans: [] };
  const span = spans.find((each) => {
    const window = findWindow(each);
    return window !== undefined && asset !== undefined && marketSlug(asset, window, each.startsAtMs) === slug;
  });
  if (asset === undefined || span === undefined || span.startsAtMs > atMs + LISTED_AHEAD_MS) return undefined;
  return listMarket({ seed, slug, asset, version, ...span, identity: idsOfVersion(options, slug, version) });
}

/** Windows use the recordings in turn; ETH is half of them ahead, so that the two assets do not move together. */
function recordingInTurn(names: readonly string[], market: Market): string | null {
  const ordinal = Math.floor(market.startsAtMs / (market.endsAtMs - market.startsAtMs));
  const offset = market.asset === 'ETH' ? Math.floor(names.length / 2) : 0;
  return names[(ordinal + offset) % names.length] ?? null;
}

function regularSlugsAround(atMs: number): readonly string[] {
  const windows = ASSETS.flatMap((asset) =>
    WINDOWS.flatMap((window) => {
      const windowMs = WINDOW_MS[window];
      const windowCount = Math.ceil(ID_SEARCH_MS / windowMs);
      return Array.from({ length: 2 * windowCount + 1 }, (_, index) =>
        marketSlug(asset, window, atMs + (index - windowCount) * windowMs),
      );
    }),
  );
  return [...windows, ...otherSlugsAround(atMs)];
}
