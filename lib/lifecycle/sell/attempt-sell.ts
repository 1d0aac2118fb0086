/**
 * One attempt to sell:
 *   1. read the book shortly before the order, and the chain beside it without waiting for the chain;
 *   2. write the intent, conditional on the row's version, so that one of several duplicates wins;
 *   3. wait for the due time, to the millisecond, and post;
 *   4. write the result, with the cause of a refusal, and the next wake-up.
 * A crash after 2 leaves an attempt whose lease expires. The message is delivered again after the visibility timeout,
 * or the sweep sends one; the order is looked up by its hash and only then posted again, unchanged.
 */

import type { OrderBook } from '#lib/domain/market/market.ts';
import { decideHold, type Held, mayHold } from '#lib/domain/plan/plan-hold.ts';
import type { SellPlan } from '#lib/domain/plan/plan-next-step.ts';
import { DEADLINE_WAKE_UP_ID } from '#lib/domain/plan/plan-wake-up.ts';
import { leaseUntilMs, mayStillPost } from '#lib/domain/position/exit-policy.ts';
import { activeRequest } from '#lib/domain/position/exit-request.ts';
import type { LiveAttempt, OrderIntent } from '#lib/domain/position/order-attempt.ts';
import {
  deadlineAtMs,
  type ExitingPosition,
  type HoldingPosition,
  type Position,
} from '#lib/domain/position/position.ts';
import { type PostedOrder, postOrder } from '#lib/lifecycle/post-order.ts';
import { type Evidence, recordEvent, recordResult } from '#lib/lifecycle/record-event.ts';
import {
  assertOwnOrder,
  evidenceOfBook,
  floorOf,
  type PrepareSellDeps,
  prepareSell,
  readBeforeSell,
  readBook,
  todaysBidOf,
} from '#lib/lifecycle/sell/prepare-sell.ts';
import { recordRefusedSell } from '#lib/lifecycle/sell/record-refused-sell.ts';
import { evidenceOfChain } from '#lib/lifecycle/trading-account.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import type { ReferencePrice } from '#lib/ports/venue/reference-price.ts';

export type AttemptSellDeps = PrepareSellDeps & {
  readonly queue: Pick<ExitQueue, 'send'>;
  readonly referencePrice: ReferencePrice;
  readonly store: Pick<PositionStore, 'save' | 'find' | 'listAttempts'>;
};

/**
 * @param because what was considered before, for the timeline
 * @throws VersionConflictError when another invocation took the step first; nothing was posted
 */
export async function attemptSell(
  deps: AttemptSellDeps,
  position: HoldingPosition | ExitingPosition,
  plan: SellPlan,
  because: Evidence = {},
): Promise<Position> {
  const underlying = deps.referencePrice.findPriceMicros(position.asset, plan.postAtMs);
  await deps.clock.sleepUntil(plan.postAtMs - position.policy.bookLeadMs, 'rough');
  const reads = await readBeforeSell(deps, position, plan);
  const { balanceMicros } = reads;
  if (isTooLateToPost(position, deps.clock.nowMs())) return position;
  if (plan.onlyIfHeld && (balanceMicros === null || balanceMicros < plan.sharesMicros)) {
    return recordEvent(deps, position, { type: 'sell-put-off', atMs: deps.clock.nowMs(), balanceMicros });
  }
  const held = findHold(deps, position, plan, reads.book);
  if (held !== null) return holdShares(deps, position, plan, held, evidenceOfBook(reads.book, deps.clock.nowMs()));
  const bidMicros = todaysBidOf(reads.book, deps.clock.nowMs());
  if (isBelowAskedFloor(position, plan, bidMicros)) {
    return recordEvent(deps, position, { type: 'sell-put-off', atMs: deps.clock.nowMs(), balanceMicros, bidMicros });
  }
  const holdings = reads.holdings();
  const intent = await prepareSell(deps, position, plan, reads);
  const atMs = deps.clock.nowMs();
  const postAtMs = Math.max(atMs, plan.postAtMs);
  const event = {
    type: 'sell-intended',
    atMs,
    intent,
    leaseUntilMs: leaseUntilMs(position.policy, postAtMs),
    postAtMs,
    // Null when the price has not arrived yet: it is not waited for.
    underlyingMicros: await Promise.race([underlying, null]),
    bidMicros: todaysBidOf(reads.book, atMs),
    needsApproval: holdings?.approved === false && deps.account.wallet?.approveShares === null,
  } as const;
  const evidence = { ...because, ...evidenceOfBook(reads.book, atMs), ...evidenceOfChain(holdings) };
  const intended = await recordEvent(deps, position, event, evidence);
  if (intended.state !== 'exiting') return intended;
  const isFirst = position.firstExitAttemptAtMs === null && intended.firstExitAttemptAtMs !== null;
  // A chain answer that arrives after this is recorded with the order's answer.
  const lateEvidence = holdings === null ? () => evidenceOfChain(reads.holdings()) : () => ({});
  return postAndRecord(deps, intended, intent, { postAtMs, isFirst, lateEvidence });
}

/**
 * Posts a sell of unknown outcome again, unchanged: the venue accepts one order per hash, so this cannot sell twice.
 * Returns the position unchanged when the order's price is below the current floor.
 * @throws VersionConflictError as `attemptSell`
 */
export async function repostSell(
  deps: AttemptSellDeps,
  position: ExitingPosition,
  attempt: LiveAttempt,
): Promise<Position> {
  const { intent } = attempt;
  const book = await readBook(deps, position);
  const nowMs = deps.clock.nowMs();
  if (isTooLateToPost(position, nowMs) || intent.limitPriceMicros < floorOf(position, book, nowMs)) return position;
  assertOwnOrder(position, intent);
  const reposted = await recordEvent(
    deps,
    position,
    {
      type: 'sell-reposted',
      atMs: nowMs,
      orderHash: intent.orderHash,
      leaseUntilMs: leaseUntilMs(position.policy, nowMs),
    },
    evidenceOfBook(book, nowMs),
  );
  if (reposted.state !== 'exiting') return reposted;
  return postAndRecord(deps, reposted, intent, { postAtMs: nowMs, isFirst: false, lateEvidence: () => ({}) });
}

/**
 * Sends the message that writes the deadline even if every retry is lost. Without it the last retry or the sweep writes
 * it.
 */
async function sendDeadline(deps: AttemptSellDeps, position: HoldingPosition | ExitingPosition): Promise<void> {
  const { positionId } = position;
  try {
    await deps.queue.send({ positionId, wakeUpId: DEADLINE_WAKE_UP_ID, source: 'delay' }, deadlineAtMs(position));
  } catch {
    // A failure to send must not stop the sell.
  }
}

type Posting = {
  readonly postAtMs: number;
  readonly isFirst: boolean;
  /** What was read after the intent was written. */
  readonly lateEvidence: () => Evidence;
};

async function postAndRecord(
  deps: AttemptSellDeps,
  position: ExitingPosition,
  intent: OrderIntent,
  { postAtMs, isFirst, lateEvidence }: Posting,
): Promise<Position> {
  const { exchange } = deps.account;
  await deps.clock.sleepUntil(postAtMs);
  const postedAtMs = deps.clock.nowMs();
  const isOurs = mayStillPost(position.policy, postAtMs, postedAtMs);
  const posted = isOurs ? await postOrder({ clock: deps.clock, exchange }, position, intent) : null;
  // After the post, so that it does not delay this order or those of other positions.
  const deadlineSent = isFirst ? sendDeadline(deps, position) : undefined;
  const after =
    posted === null ? position : await recordPosted(deps, position, intent, { posted, postedAtMs, lateEvidence });
  await deadlineSent;
  return after;
}

type Posted = Pick<Posting, 'lateEvidence'> & { readonly posted: PostedOrder; readonly postedAtMs: number };

async function recordPosted(
  deps: AttemptSellDeps,
  position: ExitingPosition,
  { orderHash }: OrderIntent,
  { posted, postedAtMs, lateEvidence }: Posted,
): Promise<Position> {
  const atMs = deps.clock.nowMs();
  const timing = { postedAtMs, tookMs: atMs - postedAtMs, ...lateEvidence() };
  if (posted.kind === 'result') return recordResult(deps, position, { ...posted.fact, atMs }, timing);
  return recordRefusedSell(deps, position, { ...posted, orderHash, timing });
}

function findHold(
  { clock }: AttemptSellDeps,
  position: HoldingPosition | ExitingPosition,
  { sharesMicros, postAtMs }: SellPlan,
  book: OrderBook | null,
): Held | null {
  return mayHold(position, postAtMs) ? decideHold(position, { book, atMs: clock.nowMs() }, sharesMicros) : null;
}

/**
 * Written down at each look, with the time of the next one: a look that dies is repeated by its message or the sweep.
 */
async function holdShares(
  deps: AttemptSellDeps,
  position: HoldingPosition | ExitingPosition,
  { postAtMs }: SellPlan,
  held: Held,
  evidence: Evidence,
): Promise<Position> {
  await deps.clock.sleepUntil(postAtMs);
  const atMs = Math.max(deps.clock.nowMs(), postAtMs);
  const after = await recordEvent(deps, position, { type: 'exit-held', atMs, ...held }, evidence);
  if (position.holdLook === undefined && after.state === 'holding') await sendDeadline(deps, after);
  return after;
}

/** Without a bid of today the order is posted: it names the floor. */
function isBelowAskedFloor(
  position: HoldingPosition | ExitingPosition,
  { postAtMs, orderType }: SellPlan,
  bidMicros: bigint | null,
): bidMicros is bigint {
  const floorMicros = activeRequest(position, postAtMs)?.minPriceMicros;
  return floorMicros !== undefined && orderType === 'FAK' && bidMicros !== null && bidMicros < floorMicros;
}

function isTooLateToPost(position: Position, nowMs: number): boolean {
  return nowMs > position.marketEndsAtMs - position.policy.lastOrderLeadMs;
}
