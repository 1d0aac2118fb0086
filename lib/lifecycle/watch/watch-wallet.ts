import {
  type ForeignHolding,
  isWorthTelling,
  mergeTold,
  type SharesByToken,
} from '#lib/domain/news/foreign-holding.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { EventBus } from '#lib/ports/event-bus.ts';
import type { MarketData } from '#lib/ports/market-data.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';
import type { ToldHoldings } from '#lib/ports/told-holdings.ts';
import type { IndexedHoldings, WalletPositions } from '#lib/ports/wallet-positions.ts';
import type { WalletShares, WalletTokens } from '#lib/ports/wallet-tokens.ts';
import { readClosed, readOpen } from '../read/list-positions.ts';
import { groupByMarket, heldOf, type WatchedMarket } from './group-holdings.ts';
import { judgeMarket } from './judge-holding.ts';
import { reasonOf } from './passing-failure.ts';

export type WatchWalletDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly bus: EventBus;
  readonly told: ToldHoldings;
  readonly store: Pick<PositionStore, 'listDue' | 'listClosed' | 'findMany'>;
  readonly positions: Pick<WalletPositions, 'listHoldings'>;
  readonly tokens: WalletTokens;
  readonly marketData: Pick<MarketData, 'findMarket' | 'findBook'>;
  /**
   * What is known to be told, by condition, of one wallet: kept between the runs of a process, so that a market that
   * was told, or lost, costs one balance a minute and nothing else.
   */
  readonly memory: Map<string, SharesByToken>;
};

export type WatchWalletCommand = { readonly walletAddress: string; readonly deadlineAtMs: number };

/** `blind`: index or node did not answer, so that nothing was looked at. */
export type WatchWalletOutcome =
  | { readonly outcome: 'blind'; readonly reason: string }
  | {
      readonly outcome: 'watched';
      /** Markets with shares in the wallet, by the chain. */
      readonly heldCount: number;
      readonly told: readonly ForeignHolding[];
      /** Markets that could not be judged; the next run looks again. */
      readonly failed: readonly { readonly conditionId: string; readonly reason: string }[];
      /** Markets left to the next run: enough was told, or the time was up. */
      readonly leftCount: number;
      /** Rows of the index without a usable id. */
      readonly unreadableCount: number;
    };

/** A wallet full of old shares must not send hundreds of messages at once, which Discord would refuse. */
const TOLD_COUNT_MAX = 10;
const CONCURRENCY = 5;
/** What judging one market may take: payout, market, book and event. */
const JUDGE_MS = 6_000;
const DAY_MS = 86_400_000;

/**
 * Tells once of each market in which the wallet holds shares that no position manages. The index finds the tokens, a
 * finalised block decides the amounts and results, and only then are the rows read: a row is older than its shares.
 * @throws StoreUnavailableError the table did not answer; the next run looks again
 */
export async function watchWallet(deps: WatchWalletDeps, command: WatchWalletCommand): Promise<WatchWalletOutcome> {
  const found = await findHeld(deps, command);
  if (found.outcome === 'blind') return found;
  const { markets, shares, unreadableCount } = found;
  const held = markets.filter((market) => heldOf(market, shares).size > 0);
  const untold = await filterUntold(deps, command, held, shares);
  const rows = await readRows(deps, command, untold, shares);
  const [told, failed]: [ForeignHolding[], { conditionId: string; reason: string }[]] = [[], []];
  let next = 0;
  while (next < untold.length && told.length < TOLD_COUNT_MAX) {
    if (deps.clock.nowMs() + JUDGE_MS > command.deadlineAtMs) break;
    const batch = untold.slice(next, next + Math.min(CONCURRENCY, TOLD_COUNT_MAX - told.length));
    next += batch.length;
    for (const each of await Promise.all(batch.map((market) => tellOrSay(deps, command, { market, shares, rows })))) {
      if (each.outcome === 'failed') failed.push({ conditionId: each.conditionId, reason: each.reason });
      else if (each.holding !== null) told.push(each.holding);
    }
  }
  const leftCount = untold.length - next;
  return { outcome: 'watched', heldCount: held.length, told, failed, leftCount, unreadableCount };
}

async function findHeld(deps: WatchWalletDeps, { walletAddress, deadlineAtMs }: WatchWalletCommand) {
  try {
    const listed: IndexedHoldings = await deps.positions.listHoldings(walletAddress, deadlineAtMs);
    const markets = groupByMarket(deps.tokens, listed.holdings, deps.clock.nowMs());
    const tokenIds = [...new Set(markets.flatMap((market) => market.tokenIds))];
    const shares = await deps.tokens.readShares(walletAddress, tokenIds, deadlineAtMs);
    return { outcome: 'found', markets, shares, unreadableCount: listed.unreadableCount } as const;
  } catch (error) {
    return { outcome: 'blind', reason: reasonOf(error) } as const;
  }
}

async function filterUntold(
  { told, memory }: WatchWalletDeps,
  { walletAddress }: WatchWalletCommand,
  markets: readonly WatchedMarket[],
  shares: WalletShares,
): Promise<readonly WatchedMarket[]> {
  const isUntold = (market: WatchedMarket) =>
    isWorthTelling(heldOf(market, shares), memory.get(market.conditionId) ?? null);
  const unknown = markets.filter((market) => isUntold(market));
  for (let start = 0; start < unknown.length; start += CONCURRENCY) {
    const batch = unknown.slice(start, start + CONCURRENCY).filter(({ conditionId }) => !memory.has(conditionId));
    const read = await Promise.all(batch.map(({ conditionId }) => told.find(walletAddress, conditionId)));
    for (const [index, { conditionId }] of batch.entries()) {
      const known = read[index];
      if (known) memory.set(conditionId, known);
    }
  }
  return unknown.filter(isUntold);
}

/** The suite's positions of these markets. Closed ones by the days on which they probably ended. */
async function readRows(
  deps: WatchWalletDeps,
  { walletAddress }: WatchWalletCommand,
  markets: readonly WatchedMarket[],
  { block, sharesOf }: WalletShares,
): Promise<readonly Position[]> {
  if (markets.length === 0) return [];
  const isOwn = ({ wallet, mode }: Position) => mode === 'live' && wallet.toLowerCase() === walletAddress.toLowerCase();
  const open = (await readOpen(deps, { mode: 'live' })).positions.filter((each) => isOwn(each) && !isClosed(each));
  const isManaged = (tokenId: string) => open.some((position) => position.tokenId === tokenId);
  const unmanaged = markets.filter((market) =>
    [...heldOf(market, { block, sharesOf }).keys()].some((tokenId) => !isManaged(tokenId)),
  );
  if (unmanaged.length === 0) return open;
  const spans = daySpans(
    [...unmanaged.flatMap(({ endsAtMs }) => endsAtMs ?? []), deps.clock.nowMs()],
    deps.clock.nowMs(),
  );
  const closed = await Promise.all(spans.map((span) => readClosed(deps, { ...span, mode: 'live' })));
  return [...open, ...closed.flatMap(({ positions }) => positions.filter(isOwn))];
}

/** The day of each time, the one before and the one after it, as far as they have begun and are within a year. */
function daySpans(timesMs: readonly number[], nowMs: number) {
  const today = Math.floor(nowMs / DAY_MS);
  const days = new Set(timesMs.flatMap((atMs) => [-1, 0, 1].map((step) => Math.floor(atMs / DAY_MS) + step)));
  return [...days]
    .filter((day) => day <= today && day > today - 365)
    .map((day) => ({ sinceMs: day * DAY_MS, nowMs: Math.min(nowMs, (day + 1) * DAY_MS - 1) }));
}

type Facts = {
  readonly market: WatchedMarket;
  readonly shares: WalletShares;
  readonly rows: readonly Position[];
};

/** Published first, remembered after: a crash between the two tells it again, and Discord's ledger knows the copy. */
async function tellOrSay(deps: WatchWalletDeps, command: WatchWalletCommand, facts: Facts) {
  const { conditionId } = facts.market;
  try {
    const { holding, known } = await judgeMarket(deps, command, facts);
    if (holding !== null) await deps.bus.publish([{ type: 'foreign-holding', holding }]);
    if (known.size > 0) {
      const told = mergeTold(known, deps.memory.get(conditionId) ?? null);
      await deps.told.save(command.walletAddress, conditionId, told);
      deps.memory.set(conditionId, told);
    }
    return { outcome: 'judged', holding } as const;
  } catch (error) {
    return { outcome: 'failed', conditionId, reason: reasonOf(error) } as const;
  }
}
