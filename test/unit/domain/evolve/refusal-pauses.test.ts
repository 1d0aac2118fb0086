import { describe, expect, test } from 'vitest';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import { alertAfter } from '#lib/domain/news/alert-after.ts';
import type { ExitingPosition, Position } from '#lib/domain/position/position.ts';
import type { EventType } from '#lib/domain/position/position-event.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anEvent, type EventOf } from '#test/factories/an-event.ts';
import { anIntent } from '#test/factories/an-intent.ts';

const AT_MS = WINDOW_STARTS_AT_MS + 180_000;
const selling = (overrides: Partial<ExitingPosition> = {}) =>
  aPosition({ state: 'exiting', attempts: [aLiveAttempt()], ...overrides });

function exitAfter<Type extends EventType>(before: ExitingPosition, event: EventOf<Type>): ExitingPosition {
  const after: Position = evolvePosition(before, event);
  if (after.state !== 'exiting') throw new Error(`The exit is ${after.state}`);
  return after;
}

const pauseMs = (position: ExitingPosition): number => position.wakeUp.atMs - AT_MS;

describe('the pause after a refusal', () => {
  const type = 'order-refused';

  test('is long while a stuck counter leaves no shares to sell, and short while it leaves some', () => {
    const stuck = anEvent({ type, cause: 'stuck-matched-counter' });
    expect(pauseMs(exitAfter(selling(), stuck))).toBe(10_000);
    const around = exitAfter(selling(), { ...stuck, sellableMicros: 31_000_000n });
    expect(pauseMs(around)).toBe(1_000);
    expect(around.sellableMicros).toBe(31_000_000n);
  });

  test('is short, without a page, once a missing approval was set', () => {
    const missing = anEvent({ type, cause: 'missing-approval' });
    expect(pauseMs(exitAfter(selling(), missing))).toBe(10_000);
    const mended = { ...missing, remedied: true };
    const after = exitAfter(selling(), mended);
    expect(pauseMs(after)).toBe(1_000);
    expect(after.pagedCauses).toEqual([]);
    expect(alertAfter(selling(), mended, after)).toBeNull();
  });

  test('of the account is short once, because clock and credentials are read again, and long afterwards', () => {
    const blocked = anEvent({ type, cause: 'account-blocked' });
    const first = exitAfter(selling(), blocked);
    expect(pauseMs(first)).toBe(1_000);
    const second = exitAfter({ ...first, attempts: [aLiveAttempt()] }, blocked);
    expect(pauseMs(second)).toBe(10_000);
  });

  test('pages once, at the third refusal without a cause', () => {
    const unexplained = anEvent({ type, cause: 'balance-unexplained' });
    let before = selling();
    const kinds = [1, 2, 3, 4].map(() => {
      const after = exitAfter(before, unexplained);
      const alert = alertAfter(before, unexplained, after);
      before = { ...after, attempts: [aLiveAttempt()] };
      return alert?.kind ?? null;
    });
    expect(kinds).toEqual([null, null, 'needs-human', null]);
  });

  test.each([
    [1, 1_000, null],
    [4, 2_500, AT_MS + 5_000],
    [9, 2_500, AT_MS + 10_000],
  ])(
    'while bought shares are on their way is filled with reads of the balance (%s refusals before)',
    (count, pause, again) => {
      const after = exitAfter(selling({ fruitlessCount: count }), anEvent({ type, cause: 'unsettled-buy' }));
      expect(pauseMs(after)).toBe(pause);
      expect(after.postAgainAtMs).toBe(again);
    },
  );

  test('ends when the sell is due whatever the balance shows', () => {
    const waiting = selling({ attempts: [], postAgainAtMs: AT_MS + 3_000 });
    const first = exitAfter(waiting, anEvent({ type: 'sell-put-off' }));
    expect(pauseMs(first)).toBe(2_500);
    const atMs = AT_MS + 2_500;
    const second = exitAfter(first, anEvent({ type: 'sell-put-off', atMs }));
    expect(second.wakeUp.atMs).toBe(AT_MS + 3_000);
    expect(evolvePosition(selling({ attempts: [] }), anEvent({ type: 'sell-put-off' })).version).toBe(4);
  });
});

describe('a post-only order', () => {
  test('follows at once after post-only mode is reported; too small a rest waits as long as the venue asks', () => {
    const postOnly = anEvent({ type: 'order-not-sent', code: 'post-only-mode', retryAfterMs: 60_000 });
    const after = exitAfter(selling(), postOnly);
    expect(after.isPostOnly).toBe(true);
    expect(pauseMs(after)).toBe(1_000);
    const small = exitAfter(selling({ minOrderSharesMicros: 99_000_000n }), postOnly);
    expect(pauseMs(small)).toBe(60_000);
  });

  test('is posted again at a new price when a bid had reached the old one', () => {
    const crossed = anEvent({ type: 'order-refused', code: 'invalid-order', cause: 'book-moved' });
    expect(exitAfter(selling({ isPostOnly: true }), crossed)).toMatchObject({ isPostOnly: true, pagedCauses: [] });
  });

  test('rests for a while, and is followed by a FAK order once it is cancelled', () => {
    const posted = selling({ isPostOnly: true, attempts: [aLiveAttempt({ intent: anIntent({ orderType: 'GTC' }) })] });
    const resting = exitAfter(posted, anEvent({ type: 'order-accepted', working: true }));
    expect(pauseMs(resting)).toBe(10_000);
    const cancelled = exitAfter(resting, anEvent({ type: 'order-cancelled' }));
    expect(cancelled).toMatchObject({ isPostOnly: false, attempts: [{ phase: 'cancelled' }] });
    expect(pauseMs(cancelled)).toBe(1_000);
  });

  test('is not cancelled when no other order could follow', () => {
    const intent = anIntent({ orderType: 'GTC' });
    const posted = selling({ attempts: [aLiveAttempt({ intent })] });
    const atMs = posted.marketEndsAtMs - 35_000;
    const resting = exitAfter(posted, anEvent({ type: 'order-accepted', working: true, atMs }));
    expect(resting.wakeUp.atMs).toBe(posted.marketEndsAtMs - 30_000);
  });
});
