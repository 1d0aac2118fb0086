import { describe, expect, test } from 'vitest';
import { evolvePosition, isOutdatedAnswer } from '#lib/domain/evolve/evolve-position.ts';
import { alertAfter } from '#lib/domain/news/alert-after.ts';
import { allAttempts, endedAttempts } from '#lib/domain/position/attempt-records.ts';
import type { OpenPosition } from '#lib/domain/position/position.ts';
import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import { REFUSAL_CAUSES } from '#lib/domain/refusal/refusal.ts';
import { REACTIONS } from '#lib/domain/refusal/refusal-reactions.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { SELL_ORDER_HASH } from '#test/factories/an-intent.ts';

const posting = aPosition({ state: 'exiting', attempts: [aLiveAttempt()] });
const alertOf = (before: OpenPosition, event: PositionEvent) =>
  alertAfter(before, event, evolvePosition(before, event));

describe('alertAfter', () => {
  test.each(REFUSAL_CAUSES)('pages for "%s" once, and only if the operator can help', (cause) => {
    const event = anEvent({ type: 'order-refused', cause });
    const first = alertOf(posting, event);
    expect(first?.kind ?? null).toBe(REACTIONS[cause].pageAtCount === 1 ? 'needs-human' : null);
    const after = evolvePosition(posting, event);
    if (after.state !== 'exiting') throw new Error('The exit ended');
    expect(alertOf({ ...after, attempts: [aLiveAttempt()] }, event)).toBeNull();
  });

  test('carries the cause, the venue’s text and the version', () => {
    const event = anEvent({ type: 'order-refused', cause: 'account-blocked', text: 'banned' });
    expect(alertOf(posting, event)).toMatchObject({
      kind: 'needs-human',
      severity: 'page',
      cause: 'account-blocked',
      venueText: 'banned',
      version: posting.version + 1,
      atMs: event.atMs,
    });
  });

  test('pages when shares are left at the deadline', () => {
    expect(alertOf(posting, anEvent({ type: 'deadline-reached' }))).toMatchObject({
      kind: 'sell-failed',
      severity: 'page',
    });
  });

  test('pages when a sale fails on chain after the deadline', () => {
    const before = aPosition({
      state: 'awaiting-resolution',
      exitReason: 'emergency:timeout',
      trades: [aBuyTrade(), aSellTrade({ status: 'provisional' })],
    });
    const orders = [{ orderHash: SELL_ORDER_HASH, working: false, trades: [aSellTrade({ status: 'failed' })] }];
    const event = anEvent({ type: 'orders-observed', orders });
    expect(alertOf(before, event)?.kind).toBe('sell-failed');
    expect(evolvePosition(before, event)).toMatchObject({
      exitReason: 'emergency:timeout_sell_failed',
      forceClosed: true,
    });
  });
});

describe('isOutdatedAnswer', () => {
  const again = aPosition({ state: 'exiting', attempts: [aLiveAttempt({ postCount: 2 })] });

  test.each(['order-refused', 'order-not-sent', 'order-unknown'] as const)(
    '%s of an earlier post is outdated',
    (type) => {
      expect(isOutdatedAnswer(anEvent({ type }), posting, again)).toBe(true);
      expect(isOutdatedAnswer(anEvent({ type }), posting, posting)).toBe(false);
    },
  );

  test('an acceptance of an earlier post counts for the later one', () => {
    expect(isOutdatedAnswer(anEvent({ type: 'order-accepted' }), posting, again)).toBe(false);
  });

  test.each(['order-refused', 'order-not-sent', 'order-unknown'] as const)(
    '%s never makes a known fill disappear',
    (type) => {
      const reported = { sharesMicros: 36_000_000n, valueMicros: 21_600_000n, feesMicros: 0n };
      const matched = aPosition({
        state: 'exiting',
        attempts: [aLiveAttempt({ phase: { phase: 'matched', reported } })],
      });
      expect(evolvePosition(matched, anEvent({ type }))).toBe(matched);
    },
  );
});

describe('attempt records', () => {
  const attemptsAfter = (event: PositionEvent) => {
    const after = evolvePosition(posting, event);
    return allAttempts(after, endedAttempts(posting, event, after));
  };

  test.each([
    [
      'a refusal, with its cause',
      anEvent({ type: 'order-refused', cause: 'stale-balance' }),
      { phase: 'refused', cause: 'stale-balance' },
    ],
    ['that it was not sent', anEvent({ type: 'order-not-sent' }), { phase: 'not-sent', code: 'engine-restarting' }],
    [
      'that it settled',
      anEvent({
        type: 'orders-observed',
        orders: [{ orderHash: SELL_ORDER_HASH, working: false, trades: [aSellTrade()] }],
      }),
      { phase: 'settled' },
    ],
  ])('record %s', (_, event, result) => {
    expect(attemptsAfter(event)).toMatchObject([
      { intent: { orderHash: SELL_ORDER_HASH }, result, endedAtMs: event.atMs },
    ]);
  });

  test.each([
    ['that its answer is lost', anEvent({ type: 'order-unknown' }), { phase: 'unknown' }],
    ['that it matched', anEvent({ type: 'order-accepted' }), { phase: 'matched' }],
    ['that it works', anEvent({ type: 'order-accepted', working: true }), { phase: 'working' }],
    ['nothing new', anEvent({ type: 'look-up-failed' }), { phase: 'posting' }],
  ])('are not written while the row shows %s', (_, event, result) => {
    const after = evolvePosition(posting, event);
    expect(endedAttempts(posting, event, after)).toEqual([]);
    expect(attemptsAfter(event)).toMatchObject([{ intent: { orderHash: SELL_ORDER_HASH }, result, endedAtMs: null }]);
  });
});
