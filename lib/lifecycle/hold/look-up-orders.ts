import { isUnanswered } from '#lib/domain/position/order-attempt.ts';
import { deadlineAtMs, type OpenPosition, type Position } from '#lib/domain/position/position.ts';
import { chooseExchange, type Exchanges } from '#lib/lifecycle/choose-exchange.ts';
import { type ReadChainDeps, readChain } from '#lib/lifecycle/read-chain.ts';
import { type RecordEventDeps, recordEvent } from '#lib/lifecycle/record-event.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { WalletHoldings } from '#lib/ports/wallet.ts';

export type LookUpOrdersDeps = RecordEventDeps &
  ReadChainDeps & { readonly clock: Clock; readonly exchanges: Exchanges };

/** Longest wait for the venue's answer; a look-up that fails is repeated by the next wake-up. */
const LOOK_UP_DEADLINE_MS = 3_000;

/**
 * Asks the venue what became of orders that are not final and writes down what it says: fills, settlement, or that it knows
 * nothing (yet). A read that fails is written down too, because the row has to name its next wake-up. The chain is asked beside
 * it after a buy whose answer is lost; its word counts where the venue has none.
 */
export async function lookUpOrders(
  deps: LookUpOrdersDeps,
  position: OpenPosition,
  orderHashes: readonly string[],
): Promise<Position> {
  const exchange = chooseExchange(deps.exchanges, position.mode);
  const startedAtMs = deps.clock.nowMs();
  const untilMs = lookUpUntilMs(position, startedAtMs);
  const lost = position.attempts.find(
    (attempt) => isUnanswered(attempt) && attempt.intent.sharesBeforeMicros !== undefined,
  );
  const chain = lost && readChain(deps, position, untilMs);
  const read = await exchange.listOrders(position, orderHashes, untilMs).catch(textOf);
  const atMs = deps.clock.nowMs();
  const isText = typeof read === 'string';
  const found = new Set(isText ? [] : read.map((order) => order.orderHash));
  if (lost && !found.has(lost.intent.orderHash)) {
    const proven = await recordShares(deps, position, lost.intent.orderHash, await chain);
    if (proven !== position) return proven;
  }
  if (isText) return recordEvent(deps, position, { type: 'look-up-failed', atMs, text: read });
  const absentHashes = orderHashes.filter((orderHash) => !found.has(orderHash));
  const event = { type: 'orders-observed', atMs, orders: read, absentHashes } as const;
  return recordEvent(deps, position, event, { tookMs: atMs - startedAtMs });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : 'the look-up threw no error';
}

/** Shares that prove nothing leave the position as it is: nothing is written of them. */
async function recordShares(
  deps: LookUpOrdersDeps,
  position: OpenPosition,
  orderHash: string,
  holdings: WalletHoldings | null | undefined,
): Promise<Position> {
  if (!holdings) return position;
  const { sharesMicros } = holdings;
  return recordEvent(deps, position, { type: 'shares-observed', atMs: deps.clock.nowMs(), orderHash, sharesMicros });
}

/** The end is written on time, whether the venue answers or not. */
function lookUpUntilMs(position: OpenPosition, nowMs: number): number {
  const untilMs = nowMs + LOOK_UP_DEADLINE_MS;
  return position.state === 'awaiting-resolution' ? untilMs : Math.min(untilMs, deadlineAtMs(position));
}
