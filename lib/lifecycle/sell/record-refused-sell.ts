import { deadlineAtMs, type ExitingPosition, isClosed, type Position } from '#lib/domain/position/position.ts';
import { diagnoseRefusal, type RefusalReads } from '#lib/domain/refusal/diagnose-refusal.ts';
import { mayBePlaced, type Refusal } from '#lib/domain/refusal/refusal.ts';
import { REACTIONS } from '#lib/domain/refusal/refusal-reactions.ts';
import { type Evidence, type RecordEventDeps, recordResult } from '#lib/lifecycle/record-event.ts';
import { evidenceOfChain, readChain, type TradingAccount } from '#lib/lifecycle/trading-account.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

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

/** The reads run side by side. The diagnosis does without a read that has not answered by then. */
const READS_DEADLINE_MS = 1_500;
const REMEDY_DEADLINE_MS = 2_000;
const REFRESH_MS = 500;

/**
 * After a refused sell: 1. read what shows the cause or the order, 2. apply the remedy (all remedies are safe to
 * repeat), 3. write cause, figures and next wake-up. A crash before 3 leaves an attempt whose lease expires: it is
 * looked up, posted again unchanged, refused again and diagnosed again.
 */
export async function recordRefusedSell(
  deps: RecordRefusedSellDeps,
  position: ExitingPosition,
  { orderHash, refusal, timing }: RefusedSell,
): Promise<Position> {
  const isBalance = refusal.code === 'balance-or-allowance';
  const reads = await readFor(deps, position, refusal);
  const placed = reads.orders?.find((order) => order.orderHash === orderHash);
  const isPlaced = placed !== undefined && (placed.working || placed.trades.length > 0);
  // An earlier post of this order was filled, so the shares were missing for the second one.
  if (isPlaced) {
    const atMs = deps.clock.nowMs();
    return recordResult(deps, position, { type: 'orders-observed', atMs, orders: [placed], absentHashes: [] }, timing);
  }
  // A second post was refused for missing shares. Without a read it is unknown whether the first post sold them.
  if (isBalance && reads.orders === null && wasPostedBefore(position, orderHash)) {
    const atMs = deps.clock.nowMs();
    const unknown = { type: 'order-unknown', atMs, orderHash, text: refusal.text, isAnswered: true } as const;
    return recordResult(deps, position, unknown, timing);
  }
  const diagnosis = diagnoseRefusal(position, refusal, reads);
  const { remedy } = REACTIONS[diagnosis.cause];
  const remedyDone = await applyRemedy(deps, position, remedy);
  // Only a mined approval is certain to help. A refresh or a cancellation depends on the venue.
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

/** Reads and remedies end with the lease or the deadline: after that another invocation may own the attempt. */
function leaseEndsAtMs(position: ExitingPosition): number {
  const posting = position.attempts.find((attempt) => attempt.phase === 'posting');
  const deadlineMs = deadlineAtMs(position);
  return posting?.phase === 'posting' ? Math.min(posting.leaseUntilMs, deadlineMs) : deadlineMs;
}

/** Refusals that do not say for certain that the order was not placed are looked up, once (law 4). */
async function readFor(
  deps: RecordRefusedSellDeps,
  position: ExitingPosition,
  { code }: Refusal,
): Promise<RefusalReads> {
  const lastMs = leaseEndsAtMs(position);
  if (code === 'balance-or-allowance') return readAfterRefusal(deps, position, lastMs);
  if (!mayBePlaced(code)) return NOTHING_READ;
  const deadlineAtMs = Math.min(deps.clock.nowMs() + READS_DEADLINE_MS, lastMs);
  return { ...NOTHING_READ, orders: await listAllOrders(deps, position, deadlineAtMs).catch(() => null) };
}

const NOTHING_READ: RefusalReads = {
  balanceMicros: null,
  approved: null,
  restingOrderCount: null,
  orders: null,
  holdings: null,
};

/**
 * Reads what tells the causes of `not enough balance / allowance` apart. Never throws; no read lasts beyond `lastMs`.
 */
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

/** Every order this position ever wrote: a refused or abandoned one may have been filled after all. */
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

/**
 * The transaction takes a few blocks and may use the whole lease. The venue caches approvals together with the balance.
 */
async function approveShares(
  { account, clock }: RecordRefusedSellDeps,
  position: ExitingPosition,
  refreshUntilMs: number,
): Promise<void> {
  await account.wallet?.approveShares?.(position, leaseEndsAtMs(position));
  await account.exchange.refreshBalance(position, Math.max(refreshUntilMs, clock.nowMs() + REFRESH_MS));
}

/** Saves what the reads showed of the position's orders: settled buys, and sells that were filled after all. */
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
