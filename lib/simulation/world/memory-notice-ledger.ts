import { StoreUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { NoticeLedger } from '#lib/ports/notice-ledger.ts';
import { travelMs, type World } from './world.ts';

/** `sent`, or the time until which somebody is telling it. */
export type NoticeRows = Map<string, 'sent' | number>;

/** The rows that remember what was told, as one incarnation reaches them. */
export function createMemoryNoticeLedger(world: World, rows: NoticeRows, clock: Pick<Clock, 'nowMs'>): NoticeLedger {
  const { time, dice } = world;
  const call = async <Value>(effect: () => Value): Promise<Value> => {
    await time.sleepUntil(time.nowMs() + travelMs(world));
    if (dice.roll('store-throttled')) throw new StoreUnavailableError('The table did not take the call');
    const value = effect();
    if (dice.roll('store-answer-lost')) throw new StoreUnavailableError('The answer of the table was lost');
    return value;
  };
  return {
    claim: (noticeKey, leaseMs) =>
      call(() => {
        const row = rows.get(noticeKey);
        if (row === 'sent') return 'sent';
        const nowMs = clock.nowMs();
        if (row !== undefined && row > nowMs) return 'busy';
        rows.set(noticeKey, nowMs + leaseMs);
        return 'claimed';
      }),
    markSent: (noticeKey) => call(() => void rows.set(noticeKey, 'sent')),
    release: (noticeKey) =>
      call(() => {
        if (rows.get(noticeKey) !== 'sent') rows.delete(noticeKey);
      }),
  };
}
