import { isUnresolved } from '#lib/domain/position/order-attempt.ts';
import {
  deadlineAtMs,
  isClosed,
  type OpenPosition,
  otherSideOf,
  type Position,
} from '#lib/domain/position/position.ts';
import { type RecordEventDeps, recordEvent } from '#lib/lifecycle/record-event.ts';
import { readChain, type TradingAccount } from '#lib/lifecycle/trading-account.ts';
import type { Clock } from '#lib/ports/clock.ts';

export type LookUpOrdersDeps = RecordEventDeps & { readonly account: TradingAccount; readonly clock: Clock };

/** Longest wait for the venue's answer. The next wake-up repeats a look-up that fails. */
const LOOK_UP_DEADLINE_MS = 3_000;
const CANCEL_DEADLINE_MS = 2_000;

/**
 * Asks the venue for orders that are not final and writes down its answer: fills, settlement, or that it does not know
 * them. A failed read is written down too, because the row has to name its next wake-up. After a buy of unknown outcome
 * the chain is asked as well; its answer counts where the venue has none.
 */
export async function lookUpOrders(
  deps: LookUpOrdersDeps,
  position: OpenPosition,
  orderHashes: readonly string[],
): Promise<Position> {
  const startedAtMs = deps.clock.nowMs();
  const untilMs = lookUpUntilMs(position, startedAtMs);
  const lost = position.attempts.find((attempt) => attempt.intent.side === 'BUY' && isUnresolved(attempt));
  const chain = lost && readChain(deps, position, untilMs);
  const read = await listOrders(deps, position, orderHashes, untilMs).catch(textOf);
  const atMs = deps.clock.nowMs();
  const isText = typeof read === 'string';
  const found = new Set(isText ? [] : read.map((order) => order.orderHash));
  const holdings = await chain;
  const isHedge = lost !== undefined && lost.intent.tokenId === position.otherTokenId;
  const heldMicros = isHedge ? holdings?.otherSharesMicros : holdings?.sharesMicros;
  if (lost && !found.has(lost.intent.orderHash) && heldMicros !== undefined) {
    const proven = await recordShares(deps, position, lost.intent.orderHash, heldMicros);
    if (proven !== position) return proven;
  }
  if (isText) return recordEvent(deps, position, { type: 'look-up-failed', atMs, text: read });
  const absentHashes = orderHashes.filter((orderHash) => !found.has(orderHash));
  const chainSharesMicros = holdings === undefined ? undefined : (heldMicros ?? null);
  const seen = chainSharesMicros === undefined ? {} : { chainSharesMicros };
  const event = { type: 'orders-observed', atMs, orders: read, absentHashes, ...seen } as const;
  return recordEvent(deps, position, event, { tookMs: atMs - startedAtMs });
}

/** A hedge is an order of the other token, and is asked for as such. */
async function listOrders(
  { account }: LookUpOrdersDeps,
  position: OpenPosition,
  orderHashes: readonly string[],
  untilMs: number,
) {
  const isHedge = (orderHash: string): boolean => orderHash === position.hedge?.orderHash;
  const own = orderHashes.filter((orderHash) => !isHedge(orderHash));
  const hedges = orderHashes.filter(isHedge);
  const [ownOrders, hedgeOrders] = await Promise.all([
    own.length === 0 ? [] : account.exchange.listOrders(position, own, untilMs),
    hedges.length === 0 ? [] : account.exchange.listOrders(otherSideOf(position), hedges, untilMs),
  ]);
  return [...ownOrders, ...hedgeOrders];
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : 'the look-up threw no error';
}

/** Nothing is written, and the position stays as it is, when the shares prove nothing. */
async function recordShares(
  deps: LookUpOrdersDeps,
  position: OpenPosition,
  orderHash: string,
  sharesMicros: bigint,
): Promise<Position> {
  return recordEvent(deps, position, { type: 'shares-observed', atMs: deps.clock.nowMs(), orderHash, sharesMicros });
}

/** Never past the deadline, which is written on time whether the venue answers or not. */
function lookUpUntilMs(position: OpenPosition, nowMs: number): number {
  const untilMs = nowMs + LOOK_UP_DEADLINE_MS;
  return position.state === 'awaiting-resolution' ? untilMs : Math.min(untilMs, deadlineAtMs(position));
}

/**
 * Cancels a sell of ours (one that rests, or one that should be over), writes that down, and looks up what it had
 * filled: another order may be signed only after that (law 3). The next wake-up repeats a failed cancellation; the
 * look-up is made all the same. A crash after the cancellation loses nothing: cancelling is safe to repeat.
 */
export async function cancelRestingSell(
  deps: LookUpOrdersDeps,
  position: OpenPosition,
  { orderHash, orderHashes }: { readonly orderHash: string; readonly orderHashes: readonly string[] },
): Promise<Position> {
  const startedAtMs = deps.clock.nowMs();
  const untilMs = Math.min(startedAtMs + CANCEL_DEADLINE_MS, deadlineAtMs(position));
  try {
    const terms = orderHash === position.hedge?.orderHash ? otherSideOf(position) : position;
    await deps.account.exchange.cancelRestingOrders(terms, untilMs);
  } catch {
    return lookUpOrders(deps, position, orderHashes);
  }
  const atMs = deps.clock.nowMs();
  const evidence = { tookMs: atMs - startedAtMs };
  const after = await recordEvent(deps, position, { type: 'order-cancelled', atMs, orderHash }, evidence);
  return isClosed(after) ? after : lookUpOrders(deps, after, orderHashes);
}
