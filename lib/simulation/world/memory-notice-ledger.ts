import { StoreUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { NoticeLedger } from '#lib/ports/notice-ledger.ts';
import type { Caller } from './incarnation.ts';
import { travelMs, type World } from './world.ts';

/** `sent`, or the time until which somebody is telling it. */
export type NoticeRows = Map<string, 'sent' | number>;

export type MemoryNoticeLedgerDeps = {
  readonly rows: NoticeRows;
  /** Is the table these rows are in away? */
  readonly isAway: () => boolean;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly call: Caller;
};

/** The rows that remember what was told, as one incarnation reaches them. */
export function createMemoryNoticeLedger(
  world: World,
  { rows, isAway, clock, call }: MemoryNoticeLedgerDeps,
): NoticeLedger {
  const { dice } = world;
  const travel = (): number => travelMs(world);
  const ask = <Value>(effect: () => Value): Value => {
    if (isAway() || dice.roll('store-throttled')) throw new StoreUnavailableError('The table did not take the call');
    const value = effect();
    if (dice.roll('store-answer-lost')) throw new StoreUnavailableError('The answer of the table was lost');
    return value;
  };
  return {
    claim: (noticeKey, leaseMs) =>
      call('noticeLedger.claim', travel, () =>
        ask(() => {
          const row = rows.get(noticeKey);
          if (row === 'sent') return 'sent';
          const nowMs = clock.nowMs();
          if (row !== undefined && row > nowMs) return 'busy';
          rows.set(noticeKey, nowMs + leaseMs);
          return 'claimed';
        }),
      ),
    markSent: (noticeKey) => call('noticeLedger.markSent', travel, () => ask(() => void rows.set(noticeKey, 'sent'))),
    // No function asks this while it tells; people do.
    isSent: async (noticeKey) => rows.get(noticeKey) === 'sent',
    release: (noticeKey) =>
      call('noticeLedger.release', travel, () =>
        ask(() => {
          if (rows.get(noticeKey) !== 'sent') rows.delete(noticeKey);
        }),
      ),
  };
}
