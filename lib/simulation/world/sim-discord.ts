import { RateLimitedError, StoreUnavailableError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Notice, Notifier } from '#lib/ports/notifier.ts';
import type { NoticeLedger } from '#lib/ports/store/notice-ledger.ts';
import type { ServiceCall } from './function-instance.ts';
import { travelMs, type World } from './world.ts';

/** `sent`, or the end of the lease of the function that sends the notice. */
export type NoticeRows = Map<string, 'sent' | number>;

export type MemoryNoticeLedgerDeps = {
  readonly rows: NoticeRows;
  readonly isDown: () => boolean;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly call: ServiceCall;
};

/** The notice ledger's port of one instance. */
export function createMemoryNoticeLedger(
  world: World,
  { rows, isDown, clock, call }: MemoryNoticeLedgerDeps,
): NoticeLedger {
  const { dice } = world;
  const travel = (): number => travelMs(world);
  const ask = <Value>(effect: () => Value): Value => {
    if (isDown() || dice.roll('store-throttled')) throw new StoreUnavailableError('The table did not accept the call');
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
    // The functions of a life do not call this.
    isSent: async (noticeKey) => rows.get(noticeKey) === 'sent',
    release: (noticeKey) =>
      call('noticeLedger.release', travel, () =>
        ask(() => {
          if (rows.get(noticeKey) !== 'sent') rows.delete(noticeKey);
        }),
      ),
  };
}

/** Discord: reports every notice it posts, repeats included. */
export function createSimNotifier(
  world: World,
  { onNotified, isBanned }: { onNotified(notice: Notice): void; isBanned(): boolean },
  call: ServiceCall,
): Notifier {
  const { dice } = world;
  const travel = (): number => 100 + world.draw(200);
  return {
    notify: (notice) =>
      call('notifier.notify', travel, () => {
        if (isBanned()) throw new UpstreamUnavailableError('Discord blocks this address for a time it does not name');
        if (dice.roll('discord-429')) {
          throw new RateLimitedError('Discord asks to wait', dice.between('discord-429', 500, 20_000));
        }
        if (dice.roll('discord-5xx')) throw new UpstreamUnavailableError('Discord failed');
        onNotified(notice);
        if (dice.roll('discord-answer-lost')) throw new UpstreamUnavailableError('The answer of Discord was lost');
      }),
  };
}
