import type { MarketVersion } from '#lib/domain/market/market.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import type { Asset, Window } from '#lib/domain/market/up-down-markets.ts';
import { WINDOW_MS } from '#lib/domain/market/up-down-markets.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { STEP_MS } from './generated-path.ts';
import type { MidPin } from './generated-window.ts';
import { type MarketVersionChoice, versionOfSlug } from './market-version.ts';
import type { AddedMarket, RecordingSource } from './playing-venue.ts';
import { recordedMidMicros } from './recorded-window.ts';

/** A market to be added to a venue. The window may be as short as one second, for tests. */
export type MarketRequest = {
  readonly asset: Asset;
  readonly window: Window;
  /** Default: that of the venue's markets. */
  readonly version?: MarketVersion;
  readonly startsAtMs?: number;
  readonly endsAtMs: number;
  /** The token's mid at a time: a generated window passes through it; of recordings the nearest is taken. */
  readonly tokenMidAt?: MidPin;
  readonly seed?: string;
};

export type PlanAddedMarketDeps = {
  readonly seed: string;
  /** Versions of the venue's markets. Default: v1. */
  readonly versions?: MarketVersionChoice;
  readonly recordings?: RecordingSource;
  isSlugTaken(slug: string): boolean;
  readonly addedCount: number;
};

/**
 * Chooses slug and content of a requested market. The slug holds its start in seconds, or the next earlier free second.
 * @throws InvalidInputError for impossible times or an impossible price
 */
export function planAddedMarket(deps: PlanAddedMarketDeps, request: MarketRequest): AddedMarket {
  const { asset, window, endsAtMs, tokenMidAt = null } = request;
  const startsAtMs = request.startsAtMs ?? endsAtMs - WINDOW_MS[window];
  checkRequest(request, startsAtMs);
  const slug = freeSlug(deps, asset, window, endsAtMs);
  return {
    slug,
    asset,
    version: request.version ?? versionOfSlug(deps.versions ?? 'v1', slug),
    startsAtMs,
    endsAtMs,
    seed: request.seed ?? deps.seed,
    tokenMidAt,
    recordingName: chooseRecording(deps, endsAtMs, tokenMidAt),
  };
}

function checkRequest({ endsAtMs, tokenMidAt }: MarketRequest, startsAtMs: number): void {
  if (!Number.isSafeInteger(startsAtMs) || !Number.isSafeInteger(endsAtMs) || startsAtMs < 0) {
    throw new InvalidInputError('The market needs its times in whole Unix milliseconds');
  }
  if (endsAtMs - startsAtMs < 4 * STEP_MS) {
    throw new InvalidInputError('The market has to end at least one second after it starts');
  }
  if (tokenMidAt === undefined) return;
  if (tokenMidAt.atMs <= startsAtMs || tokenMidAt.atMs >= endsAtMs) {
    throw new InvalidInputError('tokenMidAt.atMs has to lie between start and end of the market');
  }
  if (tokenMidAt.priceMicros <= 0n || tokenMidAt.priceMicros >= ONE_MICROS) {
    throw new InvalidInputError('tokenMidAt.priceMicros has to lie between 0 and 1,000,000');
  }
}

/**
 * A slug says when its market ends, so that it has to end when the market does. The window's own length where that is
 * free, else the next longer one from an earlier start: `btc-updown-301s-…`.
 */
function freeSlug(deps: PlanAddedMarketDeps, asset: Asset, window: Window, endsAtMs: number): string {
  const endsAtSeconds = Math.ceil(endsAtMs / 1_000);
  const windowSeconds = WINDOW_MS[window] / 1_000;
  const ticker = asset.toLowerCase();
  let slug = `${ticker}-updown-${window}-${endsAtSeconds - windowSeconds}`;
  for (let length = windowSeconds + 1; deps.isSlugTaken(slug); length += 1)
    slug = `${ticker}-updown-${length}s-${endsAtSeconds - length}`;
  return slug;
}

/** Reading a recording takes tens of milliseconds: at most so many are read for one near the requested price. */
const RECORDING_TRIES_MAX = 100;

const NEAR_MICROS = 20_000n;

function chooseRecording(deps: PlanAddedMarketDeps, endsAtMs: number, tokenMidAt: MidPin | null): string | null {
  const { recordings, addedCount } = deps;
  if (recordings === undefined || recordings.names.length === 0) return null;
  const { names } = recordings;
  const inTurn = Array.from({ length: names.length }, (_, index) => names[(addedCount + index) % names.length] ?? '');
  if (tokenMidAt === null) return inTurn[0] ?? null;
  let best: { name: string; distanceMicros: bigint } | null = null;
  for (const name of inTurn.slice(0, RECORDING_TRIES_MAX)) {
    const mid = recordedMidMicros(recordings.get(name), tokenMidAt.outcome, endsAtMs - tokenMidAt.atMs);
    const distanceMicros = mid > tokenMidAt.priceMicros ? mid - tokenMidAt.priceMicros : tokenMidAt.priceMicros - mid;
    if (best === null || distanceMicros < best.distanceMicros) best = { name, distanceMicros };
    if (distanceMicros <= NEAR_MICROS) break;
  }
  return best?.name ?? null;
}
