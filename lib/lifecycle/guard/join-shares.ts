import type { GuardRefusal } from '#lib/domain/plan/plan-guard.ts';
import { type HeldShares, joinedSharesMicros } from '#lib/domain/plan/plan-take-in.ts';
import { takesIn } from '#lib/domain/position/guarded-shares.ts';
import type { OpenPosition, Position } from '#lib/domain/position/position.ts';
import { VersionConflictError } from '#lib/errors/errors.ts';
import { type RecordEventDeps, recordEvent } from '#lib/lifecycle/record-event.ts';
import type { WatchedAccount } from '#lib/lifecycle/trading-account.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { findCostOfFound, nullIfUnreadable } from './take-in-shares.ts';

export type JoinDeps = RecordEventDeps & { readonly clock: Pick<Clock, 'nowMs'>; readonly account: WatchedAccount };

export type Joined =
  | { readonly outcome: 'joined' | 'joined-before'; readonly position: Position }
  | { readonly outcome: 'refused'; readonly refusal: GuardRefusal };

const READ_DEADLINE_MS = 2_000;

/**
 * Has a position that the suite bought take in what else the wallet holds of its token, now and from now on. Its own
 * exit and rules hold for all of it. A row that took in before does so by itself.
 * @throws StoreUnavailableError it may have been written; repeat it
 */
export async function joinShares(deps: JoinDeps, position: OpenPosition): Promise<Joined> {
  if (takesIn(position)) return { outcome: 'joined-before', position };
  const { clock, account } = deps;
  const untilMs = clock.nowMs() + READ_DEADLINE_MS;
  const reading: HeldShares | null =
    (await account.readings?.readShares(position, untilMs).catch(nullIfUnreadable)) ?? null;
  const sharesMicros = reading === null ? null : joinedSharesMicros(position, reading);
  if (reading === null || sharesMicros === null || account.readings === undefined) {
    return { outcome: 'refused', refusal: notToldApart(position) };
  }
  const { blockNumber } = reading;
  const costMicros =
    sharesMicros === 0n ? 0n : await findCostOfFound(account.readings, position, sharesMicros, untilMs);
  const event = {
    type: 'shares-found',
    atMs: clock.nowMs(),
    found: { sharesMicros, costMicros, blockNumber },
  } as const;
  try {
    const after = await recordEvent(deps, position, event, { chainSharesMicros: reading.sharesMicros.toString() });
    return { outcome: 'joined', position: after };
  } catch (error) {
    // Its exit has just begun, or another request was first.
    if (error instanceof VersionConflictError) return { outcome: 'refused', refusal: notToldApart(position) };
    throw error;
  }
}

function notToldApart({ positionId }: OpenPosition): GuardRefusal {
  return {
    code: 'market-occupied',
    message: `Position ${positionId} has this side of the market, and which shares of the wallet are its own cannot be told yet: for a minute after a buy and ten after a sale, while an order is open, while its exit begins, or when the chain does not answer. Repeat the request later; \`tminus show ${positionId}\` shows it.`,
  };
}
