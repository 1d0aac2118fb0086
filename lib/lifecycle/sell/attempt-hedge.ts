/**
 * The last rung, where the venue refuses to sell: the other outcome is bought, so that both can be merged.
 *   1. read both books, cash and shares side by side, and decide; where nothing can be bought, sell as planned;
 *   2. write the intent, conditional on the row's version;
 *   3. post it once and write the answer.
 * A crash after 2 leaves a buy that is looked up: it is never posted again and never signed anew (law 4).
 */

import type { OrderBook } from '#lib/domain/market/market.ts';
import { type HedgeObstacle, planHedge } from '#lib/domain/plan/plan-hedge.ts';
import type { SellPlan } from '#lib/domain/plan/plan-next-step.ts';
import { leaseUntilMs, mayStillPost } from '#lib/domain/position/exit-policy.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import {
  deadlineAtMs,
  type ExitingPosition,
  otherSideOf,
  type Position,
  type PositionTerms,
} from '#lib/domain/position/position.ts';
import { postBuyOrder } from '#lib/lifecycle/post-order.ts';
import { type Evidence, recordEvent, recordResult } from '#lib/lifecycle/record-event.ts';
import { type AttemptSellDeps, attemptSell } from '#lib/lifecycle/sell/attempt-sell.ts';
import { floorOf, readBook } from '#lib/lifecycle/sell/prepare-sell.ts';
import { readChain } from '#lib/lifecycle/trading-account.ts';

/** @throws VersionConflictError as `attemptSell` */
export async function attemptHedge(
  deps: AttemptSellDeps,
  position: ExitingPosition,
  sell: SellPlan,
): Promise<Position> {
  const { policy } = position;
  await deps.clock.sleepUntil(sell.postAtMs - policy.bookLeadMs, 'rough');
  const reads = await readBeforeHedge(deps, position);
  const atMs = deps.clock.nowMs();
  const floorMicros = floorOf(position, reads.ownBook, atMs);
  const plan = planHedge(position, { ...reads, floorMicros, atMs });
  if (typeof plan === 'string') return attemptSell(deps, position, sell, toEvidence(plan));
  if (atMs > position.marketEndsAtMs - policy.lastOrderLeadMs) return position;
  const terms = otherSideOf(position);
  const prepared = await deps.account.exchange.prepareOrder(terms, plan.order, position.attemptCount + 1);
  const { otherMicros } = reads;
  const intent = otherMicros === null ? prepared : { ...prepared, sharesBeforeMicros: otherMicros };
  const intendedAtMs = deps.clock.nowMs();
  const lease = { atMs: intendedAtMs, intent, leaseUntilMs: leaseUntilMs(policy, intendedAtMs) };
  const { costMicrosMax } = plan;
  const intended = await recordEvent(
    deps,
    position,
    { type: 'hedge-intended', ...lease, costMicrosMax },
    { ...evidenceOf(reads), floorMicros: floorMicros.toString() },
  );
  const isOurs = mayStillPost(policy, intendedAtMs, deps.clock.nowMs());
  return intended.state === 'exiting' && isOurs ? postAndRecord(deps, intended, terms, intent) : intended;
}

function toEvidence(hedge: HedgeObstacle): Evidence {
  return { hedge };
}

type HedgeReads = {
  readonly ownBook: OrderBook | null;
  readonly book: OrderBook | null;
  /** Null where the account has no chain, or the chain did not answer. */
  readonly cashMicros: bigint | null;
  readonly heldMicros: bigint | null | undefined;
  /** Shares of the other outcome before the buy. */
  readonly otherMicros: bigint | null;
};

const CASH_DEADLINE_MS = 1_000;

/** Never throws: a missing book buys nothing, and without a figure for the cash the venue decides. */
async function readBeforeHedge(deps: AttemptSellDeps, position: ExitingPosition): Promise<HedgeReads> {
  const { account, clock } = deps;
  const cash = account.wallet?.getCash(position, clock.nowMs() + CASH_DEADLINE_MS).catch(() => null);
  const [ownBook, book, cashMicros, holdings] = await Promise.all([
    readBook(deps, position),
    readBook(deps, otherSideOf(position)),
    cash ?? null,
    readChain(deps, position),
  ]);
  const heldMicros = holdings === undefined ? undefined : (holdings?.sharesMicros ?? null);
  return { ownBook, book, cashMicros, heldMicros, otherMicros: holdings?.otherSharesMicros ?? null };
}

function evidenceOf({ ownBook, book, cashMicros, heldMicros }: HedgeReads): Evidence {
  return {
    bestBidMicros: ownBook?.bids[0]?.priceMicros.toString() ?? null,
    bestOtherAskMicros: book?.asks[0]?.priceMicros.toString() ?? null,
    cashMicros: cashMicros?.toString() ?? null,
    chainSharesMicros: heldMicros?.toString() ?? null,
  };
}

async function postAndRecord(
  deps: AttemptSellDeps,
  position: ExitingPosition,
  terms: PositionTerms,
  intent: OrderIntent,
): Promise<Position> {
  const { fact, atMs, timing } = await postBuyOrder(deps, terms, intent);
  return recordResult(deps, position, { ...fact, atMs }, { ...timing, leftMs: deadlineAtMs(position) - atMs });
}
