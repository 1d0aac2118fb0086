import type { Market } from '#lib/domain/market/market.ts';
import {
  type ForeignHolding,
  forgetEnded,
  type HoldingRefusal,
  isToJudge,
  isWorthTelling,
  mergeTold,
  type ToldMarket,
  verdictKeyOf,
  type WatchPolicy,
} from '#lib/domain/news/foreign-holding.ts';
import { planTreatment } from '#lib/domain/plan/plan-watch.ts';
import { CorruptRowError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { EventBus } from '#lib/ports/event-bus.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import type { ToldHoldings } from '#lib/ports/store/told-holdings.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import type { IndexedHoldings, WalletPositions } from '#lib/ports/wallet/wallet-positions.ts';
import type { WalletShares, WalletTokens } from '#lib/ports/wallet/wallet-tokens.ts';
import { groupByMarket, heldOf, isNamed, type WatchedMarket } from './group-holdings.ts';
import { describeHolding, findListed, type JudgedMarket, judgeMarket, type MarketFacts } from './judge-holding.ts';
import { ignoreOutage, isPassing, reasonOf } from './passing-failure.ts';
import { readOpenRows, readRows } from './read-rows.ts';
import type { TakeIn } from './take-in-holding.ts';

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
  readonly memory: Map<string, ToldMarket>;
  /**
   * What was held of a market of which all was said, by condition: while that stays, and no position of the suite comes
   * between, it is not looked at again.
   */
  readonly verdicts: Map<string, string>;
  /** Null: the stage only tells. */
  readonly taking: TakeIn | null;
  readonly policy: WatchPolicy;
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
      /** Positions that were made of shares found. */
      readonly taken: readonly TakenMarket[];
      /** Markets that could not be judged; the next run looks again. */
      readonly failed: readonly { readonly conditionId: string; readonly reason: string }[];
      /** Markets left to the next run: enough was told, or the time was up. */
      readonly leftCount: number;
      /** Rows of the index without a usable id. */
      readonly unreadableCount: number;
      readonly unreadableNames: readonly string[];
      /** The newest final block is old: what came to the wallet since then was not seen. */
      readonly isNodeBehind: boolean;
    };

export type TakenMarket = {
  readonly kind: 'guard' | 'redeem';
  readonly conditionId: string;
  readonly positionId: string;
};

/** A wallet full of old shares must not send hundreds of messages at once, which Discord would refuse. */
const ACTED_COUNT_MAX = 10;
const CONCURRENCY = 5;
/** What judging one market may take: payout, market, book and event. */
const JUDGE_MS = 6_000;
/** A final block is 1 to 6 s old (venue §5.3), and a run takes up to half a minute. */
const BEHIND_MS_MAX = 120_000;

/**
 * Looks at each market in which the wallet holds shares that no position manages: guards or redeems them where the
 * stage says so, and tells of the others once. The index finds the tokens, a finalised block decides the amounts and
 * results, and only then are the rows read: a row is older than its shares.
 * @throws StoreUnavailableError the table did not answer; the next run looks again
 */
export async function watchWallet(deps: WatchWalletDeps, command: WatchWalletCommand): Promise<WatchWalletOutcome> {
  const found = await findHeld(deps, command);
  if (found.outcome === 'blind') return found;
  const { markets, shares, unreadableCount, unreadableNames } = found;
  const held = markets.filter((market) => heldOf(market, shares).size > 0);
  const openRows = await readOpenRows(deps, command, held);
  const open = await filterOpen(deps, command, held, shares);
  const rows = await readRows(deps, command, open, { shares, openRows });
  const [told, taken]: [ForeignHolding[], TakenMarket[]] = [[], []];
  const failed: { conditionId: string; reason: string }[] = [];
  const unexpected: unknown[] = [];
  let next = 0;
  while (next < open.length && told.length + taken.length < ACTED_COUNT_MAX) {
    if (deps.clock.nowMs() + JUDGE_MS > command.deadlineAtMs) break;
    const batch = open.slice(next, next + Math.min(CONCURRENCY, ACTED_COUNT_MAX - told.length - taken.length));
    next += batch.length;
    for (const each of await Promise.all(batch.map((market) => treatOrSay(deps, command, { market, shares, rows })))) {
      if (each.outcome === 'broken') unexpected.push(each.error);
      else if (each.outcome === 'failed') failed.push({ conditionId: each.conditionId, reason: each.reason });
      else if (each.outcome === 'taken') taken.push(each.taken);
      else if (each.outcome === 'told') told.push(each.holding);
    }
  }
  if (unexpected.length > 0) throw unexpected[0];
  const leftCount = open.length - next;
  const isNodeBehind = shares.block.atMs < deps.clock.nowMs() - BEHIND_MS_MAX;
  const unread = { unreadableCount, unreadableNames };
  return { outcome: 'watched', heldCount: held.length, told, taken, failed, leftCount, ...unread, isNodeBehind };
}

async function findHeld(deps: WatchWalletDeps, { walletAddress, deadlineAtMs }: WatchWalletCommand) {
  try {
    const listed: IndexedHoldings = await deps.positions.listHoldings(walletAddress, deadlineAtMs);
    const markets = groupByMarket(deps.tokens, listed.holdings, deps.clock.nowMs());
    const tokenIds = [...new Set(markets.flatMap((market) => market.tokenIds))];
    const shares = await deps.tokens.readShares(walletAddress, tokenIds, deadlineAtMs);
    const { unreadableCount, unreadableNames = [] } = listed;
    return { outcome: 'found', markets, shares, unreadableCount, unreadableNames } as const;
  } catch (error) {
    return { outcome: 'blind', reason: reasonOf(error) } as const;
  }
}

function heldKeyOf(market: WatchedMarket, shares: WalletShares): string {
  return `${market.isRedeemable} ${[...heldOf(market, shares)].join(' ')}`;
}

/** Markets of which something may be left to do. */
async function filterOpen(
  { clock, told, memory, verdicts, policy }: WatchWalletDeps,
  { walletAddress }: WatchWalletCommand,
  markets: readonly WatchedMarket[],
  shares: WalletShares,
): Promise<readonly WatchedMarket[]> {
  const nowMs = clock.nowMs();
  const isOpen = (market: WatchedMarket) =>
    verdicts.get(market.conditionId) !== heldKeyOf(market, shares) &&
    isToJudge(heldOf(market, shares), memory.get(market.conditionId) ?? null, { ...market, policy, nowMs });
  const unknown = markets.filter(isOpen);
  for (let start = 0; start < unknown.length; start += CONCURRENCY) {
    const batch = unknown.slice(start, start + CONCURRENCY).filter(({ conditionId }) => !memory.has(conditionId));
    const read = await Promise.all(batch.map(({ conditionId }) => told.find(walletAddress, conditionId)));
    for (const [index, { conditionId }] of batch.entries()) {
      const known = read[index];
      if (known) memory.set(conditionId, known);
    }
  }
  return unknown.filter(isOpen);
}

type Treated =
  | { readonly outcome: 'told'; readonly holding: ForeignHolding }
  | { readonly outcome: 'taken'; readonly taken: TakenMarket }
  | { readonly outcome: 'nothing' }
  | { readonly outcome: 'failed'; readonly conditionId: string; readonly reason: string }
  /** A table that does not answer, or a bug: thrown once the other markets were looked at. */
  | { readonly outcome: 'broken'; readonly error: unknown };

/** One market must not leave the others unmanaged. */
async function treatOrSay(deps: WatchWalletDeps, command: WatchWalletCommand, facts: MarketFacts): Promise<Treated> {
  try {
    return await treat(deps, command, facts);
  } catch (error) {
    const { conditionId } = facts.market;
    if (error instanceof CorruptRowError || isPassing(error)) {
      return { outcome: 'failed', conditionId, reason: error.message };
    }
    return { outcome: 'broken', error };
  }
}

async function treat(deps: WatchWalletDeps, command: WatchWalletCommand, facts: MarketFacts): Promise<Treated> {
  const { conditionId } = facts.market;
  const told = forgetEnded(deps.memory.get(conditionId) ?? null, facts.rows);
  if (told === null) deps.memory.delete(conditionId);
  else deps.memory.set(conditionId, told);
  const judged = await judgeMarket(deps, command, facts);
  // Winnings are told although their market was told before its result.
  const before = told !== null && judged.result !== null && !told.isResolved ? null : told;
  const isNews = isWorthTelling(judged.unmanaged, before?.shares ?? null);
  const mayTake = judged.result === null ? deps.policy.isGuarding : deps.policy.isRedeeming;
  if (!isNews && (!mayTake || judged.unmanaged.size === 0)) {
    return nothingMore(deps, command, { judged, facts, refusal: null });
  }
  // A market that may be taken in is not told as unknown because the venue did not answer.
  const isNeeded = mayTake && (judged.result === null || !isNamed(facts.market));
  const listed = (await findListed(deps, facts.market).catch((error) => rethrowIf(isNeeded, error))) ?? null;
  const { negRisk } = listed ?? facts.market;
  const plan = planTreatment({ ...deps, ...judged, listed, negRisk, nowMs: deps.clock.nowMs() });
  let refusal = plan.kind === 'tell' ? plan.refusal : null;
  if (plan.kind !== 'tell' && deps.taking !== null) {
    const own = { ...command, judged, shares: facts.shares, listed };
    const taken = plan.kind === 'guard' ? await deps.taking.guard(own, plan) : await deps.taking.redeem(own, plan);
    if (taken.outcome === 'failed') return { ...taken, conditionId };
    if (taken.outcome === 'taken') {
      return { outcome: 'taken', taken: { kind: plan.kind, conditionId, positionId: taken.positionId } };
    }
    refusal = taken.refusal;
  }
  const said = { judged, facts, refusal };
  return isNews ? tell(deps, command, said, listed) : nothingMore(deps, command, said);
}

type Said = { readonly judged: JudgedMarket; readonly facts: MarketFacts; readonly refusal: HoldingRefusal | null };

/** All is said, unless a position in the market may end and leave its shares to the next look. */
function conclude(deps: WatchWalletDeps, { judged, facts: { market, shares }, refusal }: Said): void {
  const isForeign =
    judged.besidePositionId === null &&
    judged.ownPositionId === null &&
    judged.known.size === heldOf(market, shares).size;
  const isLast = refusal === null ? judged.result === null : isLasting(deps, market, refusal);
  if (isForeign && isLast) deps.verdicts.set(market.conditionId, heldKeyOf(market, shares));
}

const DAY_MS = 86_400_000;
/** Refusals that no later answer of venue or chain changes while the wallet holds the same. */
const LASTING = ['exit-time-required', 'pairs', 'neg-risk'];

/** The venue may list a market later, and one that is over will have a result: looked for each minute, for a day. */
function isLasting({ clock }: WatchWalletDeps, { endsAtMs }: WatchedMarket, { code }: HoldingRefusal): boolean {
  return LASTING.includes(code) || (endsAtMs !== null && endsAtMs < clock.nowMs() - DAY_MS);
}

function rethrowIf(isNeeded: boolean, error: unknown): undefined {
  if (isNeeded) throw error;
  return ignoreOutage(error);
}

async function nothingMore(deps: WatchWalletDeps, command: WatchWalletCommand, said: Said): Promise<Treated> {
  await remember(deps, command, said.judged, false);
  conclude(deps, said);
  return { outcome: 'nothing' };
}

/** Published first, remembered after: a crash between the two tells it again, and Discord's ledger knows the copy. */
async function tell(
  deps: WatchWalletDeps,
  command: WatchWalletCommand,
  said: Said,
  listed: Market | null,
): Promise<Treated> {
  const { judged, refusal } = said;
  const holding = await describeHolding(deps, command, judged, { listed, refusal });
  await deps.bus.publish([{ type: 'foreign-holding', holding }]);
  await remember(deps, command, judged, true);
  conclude(deps, said);
  return { outcome: 'told', holding };
}

/** A market that is resolved is known as a whole; of one that is not, what was told. */
async function remember(
  { clock, told, memory, policy }: WatchWalletDeps,
  { walletAddress }: WatchWalletCommand,
  { market: { conditionId }, known, reported, result }: JudgedMarket,
  isTold: boolean,
): Promise<void> {
  const before = memory.get(conditionId) ?? null;
  const shares = mergeTold(isTold || result !== null ? known : reported, before?.shares ?? null);
  if (shares.size === 0) return;
  const now: ToldMarket = {
    ...{ shares, by: verdictKeyOf(policy) },
    isResolved: result !== null || before?.isResolved === true,
    atMs: isTold ? clock.nowMs() : (before?.atMs ?? clock.nowMs()),
  };
  const isSameShares = [...shares].every(([tokenId, micros]) => before?.shares.get(tokenId) === micros);
  if (isSameShares && before?.by === now.by && before.isResolved === now.isResolved) return;
  await told.save(walletAddress, conditionId, now);
  memory.set(conditionId, now);
}
