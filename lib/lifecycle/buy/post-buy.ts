import type { OrderTerms } from '#lib/domain/market/order.ts';
import type { BuyingPosition, Position } from '#lib/domain/position/position.ts';
import { CAUSE_OF_CODE } from '#lib/domain/refusal/refusal.ts';
import { VersionConflictError } from '#lib/errors/errors.ts';
import { postOrder } from '#lib/lifecycle/post-order.ts';
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
 * Writes the buy down, posts it once and writes the answer down. A buy whose answer is lost is looked up by later
 * wake-ups; it is never posted again and never signed anew (law 4). `chain` was asked before: what it says by now is written
 * down with the buy, or with its lost answer, because later nobody could tell the shares it brought from those that were there.
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
  const leaseUntilMs = intendedAtMs + policy.requestDeadlineMs + policy.leaseGraceMs;
  let intended: Position;
  try {
    intended = await recordEvent(deps, position, { type: 'buy-intended', atMs: intendedAtMs, intent, leaseUntilMs });
  } catch (error) {
    // Too slow: the sweep has called this opening abandoned. Nothing was posted, and nothing will be.
    if (error instanceof VersionConflictError) return getPosition(deps, position.positionId);
    throw error;
  }
  // Held up for longer than the lease allows, the buy is no longer ours to post: it is being looked up by now.
  if (intended.state !== 'buying' || deps.clock.nowMs() > intendedAtMs + policy.leaseGraceMs) return intended;
  const post = () => postOrder({ clock: deps.clock, exchange }, position, intent);
  const after = await postAndRecord(deps, intended, { orderHash: intent.orderHash, post, chain });
  await sendNextWakeUp(deps, after);
  return after;
}

/** Said only after the post, the figure may hold what the buy brought: then it proves too little, never too much. */
async function sharesBefore(chain: ChainRead | undefined) {
  const holdings = await Promise.race([chain, null]);
  return holdings ? { sharesBeforeMicros: holdings.sharesMicros } : undefined;
}

type Posting = {
  readonly orderHash: string;
  readonly post: () => ReturnType<typeof postOrder>;
  readonly chain: ChainRead | undefined;
};

async function postAndRecord(
  deps: PostBuyDeps,
  position: BuyingPosition,
  { orderHash, post, chain }: Posting,
): Promise<Position> {
  const postedAtMs = deps.clock.nowMs();
  const posted = await post();
  const atMs = deps.clock.nowMs();
  const evidence = { postedAtMs, tookMs: atMs - postedAtMs };
  if (posted.kind === 'result') {
    const { fact } = posted;
    const told = fact.type === 'order-unknown' ? { ...fact, ...(await sharesBefore(chain)) } : fact;
    return recordResult(deps, position, { ...told, atMs }, evidence);
  }
  const { code, text } = posted.refusal;
  // Words that nobody knows prove nothing: were the order placed all the same, nobody would ever sell what it bought (law 4).
  if (code === 'unrecognised') {
    const unknown = { type: 'order-unknown', atMs, orderHash, text, ...(await sharesBefore(chain)) } as const;
    return recordResult(deps, position, unknown, { ...evidence, isUnrecognised: true });
  }
  // A refused buy needs no reads: it ends the position, whatever the cause.
  const cause = CAUSE_OF_CODE[code];
  return recordResult(
    deps,
    position,
    {
      type: 'order-refused',
      atMs,
      orderHash,
      code,
      cause,
      text,
      sellableMicros: null,
      shortfallMicros: null,
      remedied: false,
    },
    evidence,
  );
}

/** The position exists and names its wake-up: a message that cannot be sent now is the sweep's to send. */
async function sendNextWakeUp(deps: PostBuyDeps, position: Position): Promise<void> {
  try {
    await sendWakeUp(deps, position);
  } catch {
    // Healed within a minute by the sweep; failing the opening would only make the caller believe that it did not happen.
  }
}
