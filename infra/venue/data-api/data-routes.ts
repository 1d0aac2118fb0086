import type { FastifyInstance } from 'fastify';
import type { VenueSettings } from '#infra/shared/local-venue.ts';
import { minMicros } from '#lib/domain/market/money.ts';
import { toDecimalText } from '#lib/domain/market/venue-rules.ts';
import { badRequest, conditionsOf, type DataQuery, DataRefusal, statusOf, toPage, walletOf } from './data-pages.ts';
import type { IndexedEvent, IndexedToken, WalletIndex } from './wallet-index.ts';

export type DataRouteDeps = {
  /** The index as of so long ago as the settings say. */
  readIndex(asOfMs: number): Promise<WalletIndex>;
  /** Of a token in the middle of its book; undefined where it had none. */
  priceMicrosAt(tokenId: string, atMs: number): bigint | undefined;
  settings(): VenueSettings;
  nowMs(): number;
};

const limitsOf = ({ dataPageSize }: VenueSettings) => ({ usual: 100, max: dataPageSize });
const STATUSES = ['OPEN', 'REDEEMABLE', 'REDEEMABLE_LOST', 'MERGEABLE', 'CLOSED'];
const YEAR_MS = 365 * 86_400_000;
/** Seconds for which the content network repeats an answer to the same request. */
const MAX_AGE_S = {
  '/v2/positions': 5,
  '/v2/activity': 15,
  '/v2/trades': 300,
  '/v2/resolutions': 5,
  '/v2/prices-history': 5,
} as const;

type Path = keyof typeof MAX_AGE_S;
type Kept = { readonly body: unknown; readonly atMs: number };

/** The Data API, version 2: what an index of the chain says about wallets. */
export function registerDataRoutes(app: FastifyInstance, deps: DataRouteDeps): void {
  const kept = new Map<string, Kept>();
  const serve = (path: Path, answer: (index: WalletIndex, query: DataQuery) => unknown): void => {
    app.get<{ Querystring: DataQuery }>(path, async (request, reply) => {
      const nowMs = deps.nowMs();
      const { dataCached, dataLagMs, dataStaleMs } = deps.settings();
      const keptMs = MAX_AGE_S[path] * 1_000 + dataStaleMs;
      const known = kept.get(request.url);
      if (dataCached && known !== undefined && nowMs < known.atMs + keptMs) return reply.send(known.body);
      const body = answer(await deps.readIndex(nowMs - dataLagMs), request.query);
      kept.set(request.url, { body, atMs: nowMs });
      return reply.header('cache-control', `public, max-age=${MAX_AGE_S[path]}`).send(body);
    });
  };
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof DataRefusal) return reply.code(error.status).send(error.body);
    return reply.send(error);
  });
  serve('/v2/positions', (index, query) => positions(deps.settings(), index, query));
  serve('/v2/activity', (index, query) => activity(deps.settings(), index, query));
  serve('/v2/trades', (index, query) => trades(deps.settings(), index, query));
  serve('/v2/prices-history', (_index, query) => pricesHistory(deps, query));
  serve('/v2/resolutions', (index, query) => resolutions(deps.settings(), index, query));
}

function positions(settings: VenueSettings, index: WalletIndex, query: DataQuery) {
  const wallet = walletOf(query);
  if (wallet === undefined) throw badRequest('user or condition is required');
  const conditions = conditionsOf(query);
  const status = statusOf(query, 'OPEN');
  if (!STATUSES.includes(status)) throw badRequest(`status must be one of ${STATUSES.join(', ')}`);
  const floorMicros = BigInt(Math.round(Number(query.filter_amount ?? '0.1') * 1_000_000));
  const all = index.tokensOf(wallet);
  const rows = all
    .filter((token) => conditions?.includes(token.conditionId) ?? true)
    .filter((token) => hasStatus(index, all, token, status))
    .filter((token) => status === 'CLOSED' || token.sharesMicros >= floorMicros)
    .map((token) => ({ token, archived: isArchived(index, token, settings.dataArchiveAfterMs) }))
    .filter(({ archived }) => !archived || query.include_archived === 'true')
    .map(({ token, archived }) => ({ ...toPositionRow(index, wallet, token, all), archived }));
  return toPage(query, shownRows(settings, rows), limitsOf(settings));
}

function shownRows<Row>({ dataRows }: VenueSettings, rows: readonly Row[]): readonly Row[] {
  switch (dataRows) {
    case 'all':
      return rows;
    case 'repeated':
      return rows.flatMap((row) => [row, row]);
    case 'halved':
      return rows.filter((_row, index) => index % 2 === 1);
    case 'none':
      return [];
  }
}

/** `OPEN` is everything that is held, but for losers of markets with a result. */
function hasStatus(index: WalletIndex, all: readonly IndexedToken[], token: IndexedToken, status: string): boolean {
  const isHeld = token.sharesMicros > 0n;
  const payout = payoutOf(index, token);
  switch (status) {
    case 'OPEN':
      return isHeld && payout !== 0n;
    case 'REDEEMABLE':
      return isHeld && payout !== undefined && payout > 0n;
    case 'REDEEMABLE_LOST':
      return isHeld && payout === 0n;
    case 'MERGEABLE':
      return isHeld && isMergeable(all, token);
    default:
      return !isHeld;
  }
}

function payoutOf(index: WalletIndex, { tokenId, conditionId }: IndexedToken): bigint | undefined {
  const outcome = index.outcomeOf(tokenId);
  return outcome === undefined ? undefined : index.resultOf(conditionId)?.payouts[outcome];
}

function isMergeable(all: readonly IndexedToken[], { tokenId, conditionId }: IndexedToken): boolean {
  return all.some((each) => each.conditionId === conditionId && each.tokenId !== tokenId && each.sharesMicros > 0n);
}

function isArchived(index: WalletIndex, { conditionId }: IndexedToken, afterMs: number): boolean {
  const result = index.resultOf(conditionId);
  return result !== undefined && index.asOfMs - result.atMs > afterMs;
}

/** Sizes are rounded to four decimals. */
const toSize = (micros: bigint): number => Number((micros + 50n) / 100n) / 10_000;
const toUsd = (micros: bigint): number => Number(toDecimalText(micros));

function toPositionRow(index: WalletIndex, wallet: string, token: IndexedToken, all: readonly IndexedToken[]) {
  const { tokenId, conditionId, sharesMicros, boughtMicros, costMicros, feesMicros } = token;
  const market = index.marketOf(tokenId);
  const payout = payoutOf(index, token);
  const leftMicros = minMicros(sharesMicros, boughtMicros);
  const price = payout === undefined ? 0.5 : toUsd(payout);
  const outcome = index.outcomeOf(tokenId);
  const tokens = market === undefined ? [] : [market.tokenIds.UP, market.tokenIds.DOWN];
  return {
    proxy_wallet: wallet,
    token_id: tokenId,
    condition_id: conditionId,
    current_size: toSize(sharesMicros),
    avg_price: leftMicros === 0n ? 0 : Number(costMicros) / Number(leftMicros),
    entry_cost_usdc: toUsd(costMicros),
    entry_fees_usdc: toUsd(feesMicros),
    total_cost_usdc: toUsd(costMicros + feesMicros),
    current_price: price,
    current_value: toSize(sharesMicros) * price,
    total_size: toSize(boughtMicros),
    realized_pnl: 0,
    unrealized_pnl: toSize(sharesMicros) * price - toUsd(costMicros),
    total_pnl: toSize(sharesMicros) * price - toUsd(costMicros),
    status: sharesMicros === 0n ? 'CLOSED' : payout === undefined ? 'OPEN' : 'REDEEMABLE',
    redeemable: sharesMicros > 0n && payout !== undefined,
    mergeable: isMergeable(all, token),
    negative_risk: market?.negRisk ?? false,
    title: market?.slug ?? '',
    slug: market?.slug ?? '',
    event_slug: market?.slug ?? '',
    outcome: outcome === undefined || market === undefined ? '' : Object.values(market.outcomeNames)[outcome],
    outcome_index: outcome ?? 999,
    opposite_token_id: tokens.find((id) => id !== tokenId) ?? '',
    end_date: market === undefined ? '' : new Date(market.endsAtMs).toISOString(),
    first_entry_at: Math.floor(token.firstAtMs / 1_000),
    last_event_at: Math.floor(token.lastAtMs / 1_000),
  };
}

/** Newest first. Without `start` only three years; cash alone only if asked for. More than one type filters nothing. */
function activity(settings: VenueSettings, index: WalletIndex, query: DataQuery) {
  const { wallet, events } = eventsOf(index, query);
  const { type = '', exclude_deposits_withdrawals: exclude = 'true' } = query;
  const isCash = (event: IndexedEvent) => event.type === 'DEPOSIT' || event.type === 'WITHDRAWAL';
  const rows = events
    .filter((event) => exclude === 'false' || !isCash(event))
    .filter((event) => type === '' || type.includes(',') || event.type === type)
    .map((event) => toActivityRow(index, wallet, event));
  return toPage(query, shownRows(settings, rows), limitsOf(settings));
}

/** Newest first. Without `taker_only=false` a trade is shown to its taker only. */
function trades(settings: VenueSettings, index: WalletIndex, query: DataQuery) {
  const { wallet, events } = eventsOf(index, query);
  const rows = events
    .filter(({ type, isMaker }) => type === 'TRADE' && !(isMaker && query.taker_only !== 'false'))
    .map((event) => toActivityRow(index, wallet, event))
    .map(({ type: _type, usdc_size: _cash, ...row }) => row);
  return toPage(query, shownRows(settings, rows), limitsOf(settings));
}

function eventsOf(index: WalletIndex, query: DataQuery) {
  const wallet = walletOf(query);
  if (wallet === undefined) throw badRequest('user is required');
  const conditions = conditionsOf(query);
  const { start = '0', end = '0' } = query;
  const fromMs = Number(start) > 0 ? Number(start) * 1_000 : index.asOfMs - 3 * YEAR_MS;
  const toMs = Number(end) > 0 ? Number(end) * 1_000 : index.asOfMs;
  const events = index
    .eventsOf(wallet)
    .filter((event) => event.atMs >= fromMs && event.atMs <= toMs)
    .filter((event) => conditions?.includes(event.conditionId) ?? true)
    .toReversed();
  return { wallet, events };
}

/** A minute's price is kept for a week, one of five minutes for two months, then one of three hours. */
const GRAINS = [
  { seconds: 60, keptMs: 7 * 86_400_000 },
  { seconds: 300, keptMs: 60 * 86_400_000 },
  { seconds: 10_800, keptMs: Number.POSITIVE_INFINITY },
] as const;

/** At one moment (`as_of`), or over a window from `start` up to `end`, which is excluded. */
function pricesHistory({ priceMicrosAt, nowMs }: DataRouteDeps, query: DataQuery) {
  const { token_id: tokenId = '', as_of: asOf, start, end } = query;
  if (!/^\d+$/.test(tokenId)) throw badRequest('token_id is required');
  const [fromSeconds, toSeconds] = asOf === undefined ? [Number(start), Number(end) - 1] : [Number(asOf), Number(asOf)];
  if (!(fromSeconds > 0 && toSeconds >= fromSeconds)) throw badRequest('provide a time component');
  if (toSeconds - fromSeconds > WINDOW_SECONDS_MAX) throw badRequest('the window is longer than 15 days');
  const { seconds } = GRAINS.find(({ keptMs }) => nowMs() - fromSeconds * 1_000 <= keptMs) ?? GRAINS[2];
  const first = asOf === undefined ? Math.ceil(fromSeconds / seconds) : Math.floor(fromSeconds / seconds);
  const count = Math.max(Math.floor(Math.min(toSeconds, nowMs() / 1_000) / seconds) - first + 1, 0);
  const points = Array.from({ length: count }, (_, index) => (first + index) * seconds).flatMap((timestamp) => {
    const price = priceMicrosAt(tokenId, timestamp * 1_000);
    return price === undefined ? [] : [{ timestamp, price: toUsd(price), resolution_seconds: seconds }];
  });
  return toPage(query, points, { usual: 10_000, max: 10_000 });
}

const WINDOW_SECONDS_MAX = 15 * 86_400;

function toActivityRow(index: WalletIndex, wallet: string, event: IndexedEvent) {
  const market = event.tokenId === '' ? undefined : index.marketOf(event.tokenId);
  const outcome = event.tokenId === '' ? undefined : index.outcomeOf(event.tokenId);
  return {
    proxy_wallet: wallet,
    timestamp: Math.floor(event.atMs / 1_000),
    condition_id: event.conditionId,
    type: event.type,
    size: toUsd(event.sharesMicros),
    usdc_size: toUsd(event.cashMicros),
    transaction_hash: event.transactionHash,
    price: toUsd(event.priceMicros),
    token_id: event.tokenId,
    side: event.side,
    outcome: outcome === undefined || market === undefined ? '' : Object.values(market.outcomeNames)[outcome],
    outcome_index: outcome ?? 999,
    title: market?.slug ?? '',
    slug: market?.slug ?? '',
    event_slug: market?.slug ?? '',
  };
}

function resolutions(settings: VenueSettings, index: WalletIndex, query: DataQuery) {
  const ids = conditionsOf(query);
  if (ids === undefined) throw badRequest('condition is required');
  const rows = ids.map((id) => {
    const result = index.resultOf(id);
    // Fields that are not known yet are left out.
    if (result === undefined) return { condition_id: id, status: 'active' };
    const payouts = result.payouts.map(Number);
    return {
      condition_id: id,
      status: 'resolved',
      payouts: settings.reportedResults === 'opposite' ? payouts.reverse() : payouts,
      resolved_at: new Date(result.atMs).toISOString(),
      ...(result.block !== null && { resolved_block: Number(result.block) }),
      transaction_hash: result.transactionHash,
      reporter: 'EOA',
      resolution_source: 'reported',
      was_disputed: false,
    };
  });
  return toPage(query, rows, limitsOf(settings));
}
