import { deadlineAtMs, type ExitingPosition, isClosed, type Position } from '#lib/domain/position/position.ts';
import { diagnoseRefusal, type RefusalReads } from '#lib/domain/refusal/diagnose-refusal.ts';
import type { Refusal } from '#lib/domain/refusal/refusal.ts';
import { REACTIONS } from '#lib/domain/refusal/refusal-reactions.ts';
import { type Evidence, type RecordEventDeps, recordResult } from '#lib/lifecycle/record-event.ts';
import { evidenceOfChain, readChain, type TradingAccount } from '#lib/lifecycle/trading-account.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';

export type RecordRefusedSellDeps = RecordEventDeps & {
  readonly account: TradingAccount;
  readonly clock: Clock;
  readonly store: Pick<PositionStore, 'listAttempts'>;
};

export type RefusedSell = {
  readonly orderHash: string;
  readonly refusal: Refusal;
  /** When the order was posted and how long the refusal took, for the timeline. */
  readonly timing: Evidence & { readonly postedAtMs: number; readonly tookMs: number };
};

/** The reads run side by side; the diagnosis goes without one that has not answered by then. */
const READS_DEADLINE_MS = 1_500;
const REMEDY_DEADLINE_MS = 2_000;
const REFRESH_MS = 500;

/**
 * A refused sell: 1. read what tells the cause, 2. do what mends it (all remedies are safe to repeat), 3. write down cause,
 * figures and next wake-up. Dying before 3 leaves an attempt whose lease runs out: it is looked up and posted again
 * unchanged, refused again, and diagnosed again.
 */
export async function recordRefusedSell(
  deps: RecordRefusedSellDeps,
  position: ExitingPosition,
  { orderHash, refusal, timing }: RefusedSell,
): Promise<Position> {
  const isBalance = refusal.code === 'balance-or-allowance';
  const reads = isBalance ? await readAfterRefusal(deps, position, leaseEndsAtMs(position)) : NOTHING_READ;
  const placed = reads.orders?.find((order) => order.orderHash === orderHash);
  const isPlaced = placed !== undefined && (placed.working || placed.trades.length > 0);
  // An earlier post of this order went through, and that is why the shares were missing for the second one.
  if (isPlaced) {
    const atMs = deps.clock.nowMs();
    return recordResult(deps, position, { type: 'orders-observed', atMs, orders: [placed], absentHashes: [] }, timing);
  }
  // The second post is refused for want of shares; without a read nobody knows whether the first one took them.
  if (isBalance && reads.orders === null && wasPostedBefore(position, orderHash)) {
    const atMs = deps.clock.nowMs();
    return recordResult(deps, position, { type: 'order-unknown', atMs, orderHash, text: refusal.text }, timing);
  }
  const diagnosis = diagnoseRefusal(position, refusal, reads);
  const { remedy } = REACTIONS[diagnosis.cause];
  const remedyDone = await applyRemedy(deps, position, remedy);
  // Whatever else is refreshed or cancelled helps only if the venue goes along; an approval that is mined is one.
  const remedied = remedyDone && remedy === 'approve-shares' && deps.account.wallet?.approveShares != null;
  const { code, text } = refusal;
  const after = await recordResult(
    deps,
    position,
    { type: 'order-refused', atMs: deps.clock.nowMs(), orderHash, code, text, ...diagnosis, remedied },
    {
      ...timing,
      balanceMicros: reads.balanceMicros?.toString() ?? null,
      approved: reads.approved,
      restingOrderCount: reads.restingOrderCount,
      remedyDone,
      ...evidenceOfChain(reads.holdings),
    },
  );
  return recordSeenOrders(deps, after, reads);
}

function wasPostedBefore(position: ExitingPosition, orderHash: string): boolean {
  return position.attempts.some((attempt) => attempt.intent.orderHash === orderHash && attempt.postCount > 1);
}

/** Reads and remedies end with the lease: after it, and after the deadline, the attempt is not ours alone. */
function leaseEndsAtMs(position: ExitingPosition): number {
  const posting = position.attempts.find((attempt) => attempt.phase === 'posting');
  const deadlineMs = deadlineAtMs(position);
  return posting?.phase === 'posting' ? Math.min(posting.leaseUntilMs, deadlineMs) : deadlineMs;
}

const NOTHING_READ: RefusalReads = {
  balanceMicros: null,
  approved: null,
  restingOrderCount: null,
  orders: null,
  holdings: null,
};

/** Collects what tells the causes of `not enough balance / allowance` apart. Never throws; no read goes on after `lastMs`. */
async function readAfterRefusal(
  deps: RecordRefusedSellDeps,
  position: ExitingPosition,
  lastMs: number,
): Promise<RefusalReads> {
  const { exchange } = deps.account;
  const deadlineAtMs = Math.min(deps.clock.nowMs() + READS_DEADLINE_MS, lastMs);
  const [balance, resting, orders, holdings] = await Promise.all([
    exchange.getBalance(position, deadlineAtMs).catch(() => null),
    exchange.listRestingOrders(position, deadlineAtMs).catch(() => null),
    listAllOrders(deps, position, deadlineAtMs).catch(() => null),
    readChain(deps, position, lastMs),
  ]);
  return {
    balanceMicros: balance?.balanceMicros ?? null,
    approved: balance?.approved ?? null,
    restingOrderCount: resting?.length ?? null,
    orders,
    holdings: holdings ?? null,
  };
}

/** Every order this position ever wrote down: one that was refused or given up may have been filled after all. */
async function listAllOrders(deps: RecordRefusedSellDeps, position: ExitingPosition, deadlineAtMs: number) {
  const attempts = await deps.store.listAttempts(position.positionId);
  const orderHashes = attempts.map((attempt) => attempt.intent.orderHash);
  return deps.account.exchange.listOrders(position, orderHashes, deadlineAtMs);
}

/** Best effort: a remedy that fails is tried again after the next refusal. */
async function applyRemedy(
  deps: RecordRefusedSellDeps,
  position: ExitingPosition,
  remedy: (typeof REACTIONS)[keyof typeof REACTIONS]['remedy'],
): Promise<boolean> {
  const { exchange } = deps.account;
  const untilMs = Math.min(deps.clock.nowMs() + REMEDY_DEADLINE_MS, leaseEndsAtMs(position));
  try {
    if (remedy === 'refresh-balance') await exchange.refreshBalance(position, untilMs);
    if (remedy === 'approve-shares') await approveShares(deps, position, untilMs);
    if (remedy === 'cancel-resting-orders') await exchange.cancelRestingOrders(position, untilMs);
    return true;
  } catch {
    return false;
  }
}

/** A transaction takes a few blocks: it has all the time of the lease. The venue keeps its view of approvals beside the balance. */
async function approveShares(
  { account, clock }: RecordRefusedSellDeps,
  position: ExitingPosition,
  refreshUntilMs: number,
): Promise<void> {
  await account.wallet?.approveShares?.(position, leaseEndsAtMs(position));
  await account.exchange.refreshBalance(position, Math.max(refreshUntilMs, clock.nowMs() + REFRESH_MS));
}

/** What the reads showed of our orders is a fact of its own: settled buys, and sells that went through after all. */
async function recordSeenOrders(
  deps: RecordRefusedSellDeps,
  position: Position,
  reads: RefusalReads,
): Promise<Position> {
  const orders = (reads.orders ?? []).filter((order) => order.trades.length > 0);
  if (isClosed(position) || !hasNews(position, orders)) return position;
  return recordResult(deps, position, { type: 'orders-observed', atMs: deps.clock.nowMs(), orders, absentHashes: [] });
}

function hasNews(position: Position, orders: NonNullable<RefusalReads['orders']>): boolean {
  const known = new Map(position.trades.map((trade) => [trade.tradeId, trade.status]));
  return orders.some((order) =>
    order.trades.some((trade) => {
      const status = known.get(trade.tradeId);
      return status === undefined || (status === 'provisional' && trade.status !== 'provisional');
    }),
  );
}
