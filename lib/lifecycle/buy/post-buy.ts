import type { OrderTerms } from '#lib/domain/market/order.ts';
import { leaseUntilMs, mayStillPost } from '#lib/domain/position/exit-policy.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { BuyingPosition, Position } from '#lib/domain/position/position.ts';
import { VersionConflictError } from '#lib/errors/errors.ts';
import { startLooking } from '#lib/lifecycle/hold/look-at-price.ts';
import { postBuyOrder } from '#lib/lifecycle/post-order.ts';
import { getPosition, type RecordEventDeps, recordEvent, recordResult } from '#lib/lifecycle/record-event.ts';
import { sendWakeUp } from '#lib/lifecycle/send-wake-up.ts';
import type { ChainRead, TradingAccount } from '#lib/lifecycle/trading-account.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';

export type PostBuyDeps = RecordEventDeps & {
  readonly account: TradingAccount;
  readonly clock: Clock;
  readonly queue: Pick<ExitQueue, 'send'>;
};

/**
 * Writes the buy's intent, posts it once and writes the answer. Later wake-ups look up a buy whose answer is lost; it
 * is never posted again and never signed anew (law 4). `chain` was asked before the buy. Its answer is saved with the
 * intent, or with the lost answer: later, shares from this buy could not be told from shares that were there before.
 */
export async function postBuy(
  deps: PostBuyDeps,
  position: BuyingPosition,
  order: OrderTerms,
  chain: ChainRead | undefined,
): Promise<Position> {
  const { exchange } = deps.account;
  const prepared = await exchange.prepareOrder(position, order, position.attemptCount + 1);
  const before = await sharesBefore(chain);
  const intent = before === undefined ? prepared : { ...prepared, ...before };
  const { policy } = position;
  const intendedAtMs = deps.clock.nowMs();
  const lease = { atMs: intendedAtMs, intent, leaseUntilMs: leaseUntilMs(policy, intendedAtMs) };
  let intended: Position;
  try {
    intended = await recordEvent(deps, position, { type: 'buy-intended', ...lease });
  } catch (error) {
    // The sweep has abandoned this opening. Nothing was posted, and nothing will be.
    if (error instanceof VersionConflictError) return getPosition(deps, position.positionId);
    throw error;
  }
  const isOurs = mayStillPost(policy, intendedAtMs, deps.clock.nowMs());
  if (intended.state !== 'buying' || !isOurs) return intended;
  const after = await postAndRecord(deps, intended, intent, chain);
  await sendNextWakeUp(deps, after);
  return after;
}

/** Read after the post, the figure may include bought shares: it then proves too few shares, never too many. */
async function sharesBefore(chain: ChainRead | undefined) {
  const holdings = await Promise.race([chain, null]);
  return holdings ? { sharesBeforeMicros: holdings.sharesMicros } : undefined;
}

async function postAndRecord(
  deps: PostBuyDeps,
  position: BuyingPosition,
  intent: OrderIntent,
  chain: ChainRead | undefined,
): Promise<Position> {
  const { fact, atMs, timing, refusal } = await postBuyOrder(deps, position, intent);
  const isUnknown = fact.type === 'order-unknown';
  const isOpen = isUnknown || (fact.type === 'order-accepted' && fact.working);
  const before = isOpen ? await sharesBefore(chain) : undefined;
  const words = isUnknown && refusal !== null ? { isUnrecognised: refusal.code === 'unrecognised' } : {};
  return recordResult(deps, position, { ...fact, ...before, atMs }, { ...timing, ...words });
}

/** Never throws: the position exists, and the sweep sends within a minute what cannot be sent now. */
async function sendNextWakeUp(deps: PostBuyDeps, position: Position): Promise<void> {
  try {
    await sendWakeUp(deps, position);
    await startLooking(deps, position, 'retry');
  } catch {
    // See above.
  }
}
