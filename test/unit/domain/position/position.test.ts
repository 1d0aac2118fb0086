import { describe, expect, it } from 'vitest';
import { assertLaw, assertNever, BrokenLawError } from '#lib/domain/position/broken-law.ts';
import {
  dueAtMs,
  isClosed,
  isClosedState,
  minuteOf,
  otherSideOf,
  POSITION_STATES,
  priceEndsAtMs,
} from '#lib/domain/position/position.ts';
import { DOWN_TOKEN_ID, UP_TOKEN_ID } from '#test/factories/a-market.ts';
import { aPosition, somePositionTerms } from '#test/factories/a-position.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';

const CLOSED = ['exited', 'redeemed', 'worthless', 'voided', 'stranded'];

it('a position is closed in five of its states', () => {
  expect(POSITION_STATES.filter(isClosedState)).toEqual(CLOSED);
  expect(POSITION_STATES.filter((state) => isClosed(aPosition({ state })))).toEqual(CLOSED);
});

describe('the next step of a position', () => {
  const wakeUp = { id: 'v4', atMs: 100_000 };
  const posting = (leaseUntilMs: number) => aLiveAttempt({ phase: { phase: 'posting', leaseUntilMs } });
  const dueWith = (...attempts: ReturnType<typeof posting>[]) =>
    dueAtMs(aPosition({ state: 'exiting', wakeUp, attempts }));

  it('is due at its wake-up, and not before the lease of an attempt has ended', () => {
    expect(dueWith()).toBe(100_000);
    expect(dueWith(posting(105_000))).toBe(105_000);
    expect(dueWith(posting(95_000))).toBe(100_000);
  });

  it('does not wait for an attempt that is no longer posted', () => {
    const unknown = aLiveAttempt({ phase: { phase: 'unknown', sinceMs: 105_000 } });
    expect(dueWith(unknown)).toBe(100_000);
    expect(dueWith(unknown, posting(105_000))).toBe(105_000);
  });

  it('is never due once it is closed', () => {
    expect(dueAtMs(aPosition({ state: 'exited', attempts: [posting(105_000)] }))).toBeNull();
  });

  it('is indexed by its minute', () => {
    expect([0, 59_999, 60_000].map(minuteOf)).toEqual([0, 0, 1]);
  });
});

describe('the minimum price falls', () => {
  const terms = somePositionTerms({ marketEndsAtMs: 1_000_000 });

  it('until the market ends', () => {
    expect(priceEndsAtMs(terms)).toBe(1_000_000);
  });

  it('within the exit lead after the exit time that was given, and no longer than until the end', () => {
    expect(priceEndsAtMs({ ...terms, givenExitAtMs: 500_000 })).toBe(620_000);
    expect(priceEndsAtMs({ ...terms, givenExitAtMs: 900_000 })).toBe(1_000_000);
  });
});

it('seen from the other side, a market has its tokens exchanged and no name of the outcome', () => {
  const terms = somePositionTerms();
  const other = otherSideOf({ ...terms, outcomeName: 'Yes' });
  expect(other).toEqual({ ...terms, outcome: 'DOWN', tokenId: DOWN_TOKEN_ID, otherTokenId: UP_TOKEN_ID });
  expect(otherSideOf(other)).toEqual(terms);
});

describe('a broken law', () => {
  it('is thrown with its message, and nothing is where the law holds', () => {
    expect(() => assertLaw(true, 'A sell names the token held')).not.toThrow();
    expect(() => assertLaw(false, 'A sell names the token held')).toThrow(
      new BrokenLawError('A sell names the token held'),
    );
  });

  it.each<[unknown, string]>([
    ['a-new-state', 'Unhandled case a-new-state'],
    ['x'.repeat(41), `Unhandled case ${'x'.repeat(40)}`],
    [{ secret: 1n }, 'Unhandled case object'],
  ])('names an unhandled case without its content', (met, message) => {
    expect(() => assertNever(met as never)).toThrow(new BrokenLawError(message));
  });
});
