import type { Market } from '#lib/domain/market/market.ts';
import { minMicros } from '#lib/domain/market/money.ts';
import { clobConditionId, versionOfToken } from '#lib/venue/books/market-version.ts';
import type { TradedMarket } from '../trading/traded-markets.ts';
import { type CashTransfer, type ChainFacts, type ShareTransfer, TAKERS } from './chain-index.ts';

export type IndexedEvent = {
  readonly atMs: number;
  readonly transactionHash: string;
  readonly type: 'TRADE' | 'SPLIT' | 'MERGE' | 'REDEEM' | 'DEPOSIT' | 'WITHDRAWAL';
  /** 32 bytes; empty for cash alone. */
  readonly conditionId: string;
  readonly tokenId: string;
  readonly side: 'BUY' | 'SELL' | '';
  readonly sharesMicros: bigint;
  /** Of a trade with its fee. */
  readonly cashMicros: bigint;
  readonly feesMicros: bigint;
  readonly priceMicros: bigint;
  /** Of a trade: its order rested in the book. */
  readonly isMaker: boolean;
};

/** A token in a wallet. Cost and fees are those of the bought shares that are left. */
export type IndexedToken = {
  readonly tokenId: string;
  readonly conditionId: string;
  readonly sharesMicros: bigint;
  readonly boughtMicros: bigint;
  readonly costMicros: bigint;
  readonly feesMicros: bigint;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
};

/** The index as it is now: everything up to `asOfMs`. */
export type WalletIndex = {
  readonly asOfMs: number;
  eventsOf(wallet: string): readonly IndexedEvent[];
  tokensOf(wallet: string): readonly IndexedToken[];
  /** Of the outcomes of a condition of 32 bytes, in millionths; undefined while it has no result. */
  resultOf(conditionId: string):
    | {
        readonly payouts: readonly bigint[];
        readonly atMs: number;
        readonly block: bigint | null;
        readonly transactionHash: string;
      }
    | undefined;
  marketOf(tokenId: string): Market | undefined;
  outcomeOf(tokenId: string): 0 | 1 | undefined;
};

export type WalletIndexDeps = {
  readonly traded: readonly TradedMarket[];
  /** Null without a chain: then the venue's own trades are all there is. */
  readonly facts: ChainFacts | null;
  findMarket(tokenId: string): Market | undefined;
  readonly asOfMs: number;
};

const MILLION = 1_000_000n;

export function createWalletIndex(deps: WalletIndexDeps): WalletIndex {
  const { traded, facts, asOfMs } = deps;
  const conditions = new Map(
    [...(facts?.tokensOf ?? [])].flatMap(([id, tokens]) => tokens.map((token) => [token, id])),
  );
  const marketOf = (tokenId: string): Market | undefined => {
    const own = traded.find(({ playing }) => Object.values(playing.market.tokenIds).includes(tokenId));
    return own?.playing.market ?? deps.findMarket(tokenId);
  };
  const conditionOf = (tokenId: string): string => {
    if (versionOfToken(tokenId) === 'v2') return `0x${BigInt(tokenId).toString(16).padStart(64, '0').slice(0, 62)}00`;
    const market = marketOf(tokenId);
    return conditions.get(tokenId) ?? (market === undefined ? '' : clobConditionId(market));
  };
  const outcomeOf = (tokenId: string): 0 | 1 | undefined => {
    if (versionOfToken(tokenId) === 'v2') return BigInt(tokenId) % 2n === 0n ? 0 : 1;
    const index =
      facts?.tokensOf.get(conditionOf(tokenId))?.indexOf(tokenId) ??
      Object.values(marketOf(tokenId)?.tokenIds ?? {}).indexOf(tokenId);
    return index === 0 || index === 1 ? index : undefined;
  };
  const resultOf: WalletIndex['resultOf'] = (conditionId) => {
    const onChain = facts?.results.get(conditionId);
    if (facts !== null) {
      if (onChain === undefined || onChain.atMs > asOfMs) return undefined;
      const whole = onChain.payouts.reduce((sum, each) => sum + each, 0n);
      return { ...onChain, payouts: onChain.payouts.map((each) => (each * MILLION) / whole) };
    }
    const found = traded.find(({ playing }) => clobConditionId(playing.market) === conditionId)?.playing;
    if (found === undefined || found.resolvesAtMs > asOfMs) return undefined;
    const payouts = found.winner === 'UP' ? [MILLION, 0n] : [0n, MILLION];
    return { payouts, atMs: found.resolvesAtMs, block: null, transactionHash: '' };
  };
  const payoutOf = (tokenId: string, sharesMicros: bigint): bigint => {
    const index = outcomeOf(tokenId);
    return index === undefined ? 0n : (sharesMicros * (resultOf(conditionOf(tokenId))?.payouts[index] ?? 0n)) / MILLION;
  };
  const eventsOf = (wallet: string): readonly IndexedEvent[] =>
    [
      ...tradesOf(traded, wallet, conditionOf),
      ...(facts === null ? [] : movesOf(facts, wallet, { conditionOf, payoutOf })),
    ]
      .filter((event) => event.atMs <= asOfMs)
      .sort((a, b) => a.atMs - b.atMs);
  const tokensOf = (wallet: string): readonly IndexedToken[] => {
    const events = eventsOf(wallet);
    const balances = facts === null ? tradedBalances(events) : chainBalances(facts.shares, wallet, asOfMs);
    return [...balances].map(([tokenId, { sharesMicros, firstAtMs, lastAtMs }]) => ({
      tokenId,
      conditionId: conditionOf(tokenId),
      ...{ sharesMicros, firstAtMs, lastAtMs },
      ...basisOf(events, tokenId, sharesMicros),
    }));
  };
  return { asOfMs, eventsOf, tokensOf, resultOf, marketOf, outcomeOf };
}

/** Mined trades, at the time of their block. */
function tradesOf(
  traded: readonly TradedMarket[],
  wallet: string,
  conditionOf: (tokenId: string) => string,
): readonly IndexedEvent[] {
  return traded.flatMap((each) =>
    each.engine.ledger.trades
      .filter((trade) => trade.wallet.toLowerCase() === wallet && trade.minedAtMs !== null)
      .map((trade) => ({
        atMs: trade.minedAtMs ?? 0,
        transactionHash: each.transactionHash(trade, trade.minedAtMs ?? 0),
        type: 'TRADE' as const,
        conditionId: conditionOf(trade.tokenId),
        tokenId: trade.tokenId,
        side: trade.side,
        sharesMicros: trade.deliveredMicros,
        cashMicros: trade.side === 'BUY' ? trade.valueMicros + trade.feesMicros : trade.valueMicros - trade.feesMicros,
        feesMicros: trade.feesMicros,
        priceMicros: trade.priceMicros,
        isMaker: trade.isMaker,
      })),
  );
}

type TokenFacts = { conditionOf(tokenId: string): string; payoutOf(tokenId: string, sharesMicros: bigint): bigint };

const ZERO = `0x${'0'.repeat(40)}`;

/** What happened to a wallet on the chain other than trades: one row for each outcome. */
function movesOf(facts: ChainFacts, wallet: string, { conditionOf, payoutOf }: TokenFacts): readonly IndexedEvent[] {
  const base = { side: '', feesMicros: 0n, priceMicros: 0n, isMaker: false } as const;
  const ofShares = facts.shares.flatMap((move): IndexedEvent[] => {
    const { atMs, transactionHash, tokenId, sharesMicros } = move;
    const common = { atMs, transactionHash, tokenId, conditionId: conditionOf(tokenId), sharesMicros, ...base };
    if (move.from === wallet && TAKERS.has(move.to)) {
      if (facts.merges.has(transactionHash)) return [{ ...common, type: 'MERGE', cashMicros: sharesMicros / 2n }];
      return [{ ...common, type: 'REDEEM', cashMicros: payoutOf(tokenId, sharesMicros) }];
    }
    if (move.to === wallet && move.from === ZERO && facts.splits.has(transactionHash)) {
      return [{ ...common, type: 'SPLIT', cashMicros: sharesMicros / 2n }];
    }
    return [];
  });
  const withShares = new Set(facts.shares.filter((move) => isOf(move, wallet)).map((move) => move.transactionHash));
  const ofCash = facts.cash
    .filter((move) => isOf(move, wallet) && !withShares.has(move.transactionHash) && move.cashMicros > 0n)
    .map(({ atMs, transactionHash, to, cashMicros }): IndexedEvent => {
      const type = to === wallet ? 'DEPOSIT' : 'WITHDRAWAL';
      return {
        atMs,
        transactionHash,
        tokenId: '',
        conditionId: '',
        sharesMicros: cashMicros,
        cashMicros,
        type,
        ...base,
      };
    });
  return [...ofShares, ...ofCash];
}

function isOf({ from, to }: Pick<CashTransfer, 'from' | 'to'>, wallet: string): boolean {
  return from === wallet || to === wallet;
}

type Balance = { readonly sharesMicros: bigint; readonly firstAtMs: number; readonly lastAtMs: number };

function chainBalances(moves: readonly ShareTransfer[], wallet: string, asOfMs: number): ReadonlyMap<string, Balance> {
  const balances = new Map<string, Balance>();
  for (const move of moves) {
    if (move.atMs > asOfMs || !isOf(move, wallet)) continue;
    const before = balances.get(move.tokenId) ?? { sharesMicros: 0n, firstAtMs: move.atMs };
    const sharesMicros = before.sharesMicros + (move.to === wallet ? move.sharesMicros : -move.sharesMicros);
    balances.set(move.tokenId, { sharesMicros, firstAtMs: before.firstAtMs, lastAtMs: move.atMs });
  }
  return balances;
}

function tradedBalances(events: readonly IndexedEvent[]): ReadonlyMap<string, Balance> {
  const moves = events.map(({ atMs, transactionHash, tokenId, side, sharesMicros }) => {
    const [from, to] = side === 'BUY' ? ['', 'wallet'] : ['wallet', ''];
    return { atMs, transactionHash, tokenId, sharesMicros, from, to };
  });
  return chainBalances(moves, 'wallet', Number.POSITIVE_INFINITY);
}

/** By average cost. Shares that came without a trade have none. */
function basisOf(events: readonly IndexedEvent[], tokenId: string, sharesMicros: bigint) {
  const buys = events.filter((event) => event.tokenId === tokenId && event.side === 'BUY');
  const sum = (of: (event: IndexedEvent) => bigint) => buys.reduce((total, event) => total + of(event), 0n);
  const boughtMicros = sum((event) => event.sharesMicros);
  const leftMicros = minMicros(sharesMicros, boughtMicros);
  const share = (micros: bigint) => (boughtMicros === 0n ? 0n : (micros * leftMicros) / boughtMicros);
  const feesMicros = sum((event) => event.feesMicros);
  const costMicros = sum((event) => event.cashMicros) - feesMicros;
  return { boughtMicros, costMicros: share(costMicros), feesMicros: share(feesMicros) };
}
