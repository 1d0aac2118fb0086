import type { HistoryRow } from '#lib/adapters/polymarket/history/history-rows.ts';
import { versionOfToken } from '#lib/adapters/polymarket/market-data/market-ids.ts';
import { parseMarketSlug, type SlugParts, type Span } from '#lib/domain/market/up-down-markets.ts';
import { groupByMarket, type WatchedMarket } from '#lib/lifecycle/watch/group-holdings.ts';
import type { IndexedHolding } from '#lib/ports/wallet/wallet-positions.ts';

/** What changed the wallet's shares of one token. */
export type Move = {
  readonly atMs: number;
  readonly kind: 'buy' | 'sell' | 'split' | 'merge' | 'redeem';
  readonly sharesMicros: bigint;
  readonly cashMicros: bigint;
  readonly hasFee: boolean;
};

export type TokenHistory = {
  readonly tokenId: string;
  readonly outcomeName: string | null;
  /** In the order of the condition's outcomes; null where no row says it. */
  readonly outcomeIndex: 0 | 1 | null;
  /** Oldest first. */
  readonly moves: readonly Move[];
};

export type MarketHistory = {
  readonly watched: WatchedMarket;
  readonly slug: string | null;
  /** Of an up/down window; null for any other market, whose end no slug tells. */
  readonly window: (Pick<SlugParts, 'asset'> & Span) | null;
  readonly tokens: readonly TokenHistory[];
};

const KINDS = { SPLIT: 'split', MERGE: 'merge', REDEEM: 'redeem' } as const;

/** Times are whole seconds: of one second what came in counts first. */
const rankOf = ({ side, type }: HistoryRow): number => (side === 'BUY' || type === 'SPLIT' ? 0 : 1);

/** The wallet's markets, newest first. */
export function groupHistory(rows: readonly HistoryRow[]): readonly MarketHistory[] {
  const ordered = rows.toSorted((a, b) => a.atMs - b.atMs || rankOf(a) - rankOf(b));
  const markets = Map.groupBy(
    ordered.filter(({ conditionId }) => conditionId !== null),
    ({ conditionId }) => conditionId ?? '',
  );
  const holdings = [...markets.values()].flatMap(toHoldings);
  const identify = (tokenId: string) => ({ marketVersion: versionOfToken(tokenId), otherTokenId: null });
  return groupByMarket({ identify }, holdings, 0)
    .map((watched) => toMarket(watched, markets.get(watched.conditionId) ?? []))
    .toSorted((a, b) => lastMoveAtMs(b) - lastMoveAtMs(a));
}

export function lastMoveAtMs({ tokens }: MarketHistory): number {
  return Math.max(0, ...tokens.flatMap(({ moves }) => moves.map(({ atMs }) => atMs)));
}

function toHoldings(rows: readonly HistoryRow[]): readonly IndexedHolding[] {
  const tokens = Map.groupBy(rows, ({ tokenId }) => tokenId);
  return [...tokens].flatMap(([tokenId, of]): readonly IndexedHolding[] => {
    if (tokenId === null) return [];
    return [
      {
        tokenId,
        conditionId: of[0]?.conditionId ?? '',
        marketSlug: of.find(({ slug }) => slug !== null)?.slug ?? null,
        outcomeIndex: indexOf(tokenId, of),
        ...{ oppositeTokenId: null, negRisk: false, isRedeemable: false, marketEndsAtMs: null, sharesMicros: 0n },
      },
    ];
  });
}

function toMarket(watched: WatchedMarket, rows: readonly HistoryRow[]): MarketHistory {
  const slug = watched.marketSlug ?? rows.find((row) => row.slug !== null)?.slug ?? null;
  const firstAtMs = rows[0]?.atMs ?? 0;
  const parts = slug === null ? undefined : parseMarketSlug(slug, firstAtMs);
  // Ambiguous names mean the window that was still to end.
  const span = parts?.spans.find(({ endsAtMs }) => endsAtMs >= firstAtMs) ?? parts?.spans[0];
  const tokens = watched.tokenIds.map((tokenId): TokenHistory => {
    const own = rows.filter((row) => row.tokenId === tokenId);
    return {
      tokenId,
      outcomeName: own.find(({ outcomeName }) => outcomeName !== null)?.outcomeName ?? null,
      outcomeIndex: indexOf(tokenId, own),
      moves: own.flatMap(toMove),
    };
  });
  const pairs = rows.filter((row) => row.tokenId === null);
  const window = parts === undefined || span === undefined ? null : { asset: parts.asset, ...span };
  return { watched, slug, window, tokens: pairs.reduce(withPairMove, tokens) };
}

function toMove({ atMs, type, side, sharesMicros, cashMicros, hasFee }: HistoryRow): readonly Move[] {
  const amounts = { atMs, sharesMicros, cashMicros, hasFee };
  if (type === 'TRADE') return [{ ...amounts, kind: side === 'BUY' ? 'buy' : 'sell' }];
  return type === 'SPLIT' || type === 'MERGE' || type === 'REDEEM' ? [{ ...amounts, kind: KINDS[type] }] : [];
}

/**
 * A row without a token concerns both outcomes: of a split or merge each has its shares and half of the cash. An older
 * redemption took all that was held, and its cash is what the winner paid.
 */
function withPairMove(tokens: readonly TokenHistory[], row: HistoryRow): readonly TokenHistory[] {
  const [move] = toMove(row);
  if (move === undefined) return tokens;
  const add = (token: TokenHistory, added: Move): TokenHistory => ({
    ...token,
    moves: [...token.moves, added].toSorted((a, b) => a.atMs - b.atMs),
  });
  if (move.kind !== 'redeem') return tokens.map((token) => add(token, { ...move, cashMicros: move.cashMicros / 2n }));
  const held = tokens.map((token) => balanceMicros(token.moves.filter(({ atMs }) => atMs <= row.atMs)));
  // A won share pays a dollar. Of two tokens the one with that many shares won.
  const winner = held.findIndex((sharesMicros) => sharesMicros > 0n && isNear(sharesMicros, move.cashMicros));
  const only = held.filter((sharesMicros) => sharesMicros > 0n).length === 1;
  return tokens.map((token, place) => {
    const sharesMicros = held[place] ?? 0n;
    if (sharesMicros <= 0n || (winner < 0 && !only)) return token;
    const cashMicros = winner < 0 || winner === place ? move.cashMicros : 0n;
    return add(token, { ...move, sharesMicros, cashMicros });
  });
}

const ROUNDING_MICROS = 10_000n;
const isNear = (a: bigint, b: bigint): boolean => a - b < ROUNDING_MICROS && b - a < ROUNDING_MICROS;

const SIGN = { buy: 1n, split: 1n, sell: -1n, merge: -1n, redeem: -1n } as const;

export function balanceMicros(moves: readonly Move[]): bigint {
  return moves.reduce((sum, { kind, sharesMicros }) => sum + SIGN[kind] * sharesMicros, 0n);
}

function indexOf(tokenId: string, rows: readonly HistoryRow[]): 0 | 1 | null {
  const said = rows.find(({ outcomeIndex }) => outcomeIndex !== null)?.outcomeIndex;
  if (said !== undefined && said !== null) return said;
  if (versionOfToken(tokenId) === 'v2') return BigInt(tokenId) % 2n === 0n ? 0 : 1;
  const name = rows.find(({ outcomeName }) => outcomeName !== null)?.outcomeName?.toLowerCase();
  if (name === 'up' || name === 'yes') return 0;
  return name === 'down' || name === 'no' ? 1 : null;
}
