import { describe, expect, it } from 'vitest';
import { findExitRefusal, findHoldRefusal } from '#lib/domain/plan/plan-exit-request.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade } from '#test/factories/a-trade.ts';

const holding = aPosition({ state: 'holding' });
const buying = aPosition({ state: 'buying' });
const DUE = holding.exitDueAtMs;
const BEGINS = DUE - 3_000;
const EARLY = DUE - 60_000;
const exitRequest = { atMs: EARLY - 1_000, untilSoldMicros: 18_000_000n };
const onRequest = aPosition({ state: 'exiting', exitRequest });
const part = { sharesMicros: 10_000_000n };

const BEGUN = {
  code: 'exit-under-way',
  message: 'The exit of the whole position has begun, at the prices of its own policy.',
  retryable: false,
};
const USED = {
  code: 'attempts-used',
  message: 'The orders kept for requests are used up. Sell all, or wait for the exit.',
  retryable: false,
};
const NOT_BOUGHT = {
  code: 'not-bought-yet',
  message: 'The venue has not answered the buy yet. Ask again in some seconds.',
  retryable: true,
};
const PENDING = {
  code: 'exit-pending',
  message: 'An earlier request is still being sold. Ask again when it is done, or sell all.',
  retryable: true,
};
const idsOf = (count: number) => Array.from({ length: count }, (_, index) => `request-${index}`);

describe('a partial exit, or one with a floor', () => {
  it.each([
    ['a part, while shares are held', holding, part, EARLY, null],
    ['all with a floor', holding, {}, EARLY, null],
    ['all with a floor, before the venue has answered the buy', buying, {}, EARLY, null],
    ['all with a floor, in place of an earlier request', onRequest, {}, EARLY, null],
    ['a part, just before the exit is prepared', holding, part, BEGINS - 1, null],
    ['a part, once the exit is prepared', holding, part, BEGINS, BEGUN],
    ['all, once the exit is prepared', onRequest, {}, BEGINS, BEGUN],
    ['a part of a position that is being sold', aPosition({ state: 'exiting' }), part, EARLY, BEGUN],
    ['a part, before the venue has answered the buy', buying, part, EARLY, NOT_BOUGHT],
    ['a part, while an earlier request is being sold', onRequest, part, EARLY, PENDING],
    ['a part, with 29 of 60 orders used', { ...holding, attemptCount: 29 }, part, EARLY, null],
    ['a part, with 30 of 60 orders used', { ...holding, attemptCount: 30 }, part, EARLY, USED],
    ['all with a floor, with 30 of 60 orders used', { ...holding, attemptCount: 30 }, {}, EARLY, USED],
    ['a part, after 29 requests', { ...holding, takenRequestIds: idsOf(29) }, part, EARLY, null],
    ['a part, after 30 requests', { ...holding, takenRequestIds: idsOf(30) }, part, EARLY, USED],
    [
      'a part, where an odd number of orders is halved and rounded down',
      { ...holding, attemptCount: 2, policy: { ...DEFAULT_EXIT_POLICY, attemptCountMax: 5 } },
      part,
      EARLY,
      USED,
    ],
  ])('is judged: %s', (_what, position, asked, nowMs, expected) => {
    expect(findExitRefusal(position, asked, nowMs)).toEqual(expected);
  });
});

describe('the size of a partial exit of 36 shares', () => {
  const refusalOf = (sharesMicros: bigint, position = holding) => findExitRefusal(position, { sharesMicros }, EARLY);

  it.each([
    ['all shares', 36_000_000n],
    ['all but less than a hundredth', 35_990_001n],
    ['all but the smallest order', 31_000_000n],
  ])('may be %s', (_what, sharesMicros) => {
    expect(refusalOf(sharesMicros)).toBeNull();
  });

  it('is not more than is held', () => {
    expect(refusalOf(36_000_001n)).toEqual({
      code: 'more-than-held',
      message: '36.00 shares are held. Ask for fewer, or leave out the number to sell all.',
      retryable: false,
    });
  });

  it('leaves no rest below the smallest order', () => {
    expect(refusalOf(31_000_001n)).toEqual({
      code: 'rest-too-small',
      message:
        "36.00 shares are held, and this would leave 4.99, below the venue's smallest order of 5.00. Ask for 31.00 at most, or leave out the number to sell all.",
      retryable: false,
    });
    expect(refusalOf(35_990_000n)).toMatchObject({ code: 'rest-too-small' });
  });

  it('is not suggested where every part would leave too little', () => {
    const message =
      "5.00 shares are held, and this would leave 4.00, below the venue's smallest order of 5.00. Leave out the number to sell all.";
    const held = (sharesMicros: bigint) => aPosition({ state: 'holding', trades: [aBuyTrade({ sharesMicros })] });
    expect(refusalOf(1_000_000n, held(5_000_000n))?.message).toBe(message);
    expect(refusalOf(1_009_999n, held(5_009_999n))?.message).toBe(message);
    expect(refusalOf(1_000_000n, held(5_010_000n))?.message).toContain('Ask for 0.01 at most, or leave out');
  });
});

describe('a hold to the end', () => {
  const ASKED = {
    code: 'exit-under-way',
    message: 'Its exit was asked for, or has begun. Nothing was changed.',
    retryable: false,
  };
  const BEGINNING = { ...ASKED, message: 'Its exit begins this moment. Nothing was changed.' };
  const holdLook = { atMs: DUE, priceMicros: null };

  it.each([
    ['shares that are held', holding, EARLY, null],
    ['a buy', buying, EARLY, null],
    ['just before the exit is prepared', holding, BEGINS - 1, null],
    ['once the exit is prepared', holding, BEGINS, BEGINNING],
    ['a due exit that its rule holds', { ...holding, holdLook }, DUE + 1_000, null],
    ['a buy, once the exit is prepared', { ...buying, holdLook }, BEGINS, BEGINNING],
    ['an exit that has begun', aPosition({ state: 'exiting' }), EARLY, ASKED],
    ['a rule that fired', { ...holding, exitDueAtMs: EARLY }, EARLY - 10_000, ASKED],
    ['a request', { ...holding, exitRequest }, EARLY, ASKED],
  ])('is judged: %s', (_what, position, nowMs, expected) => {
    expect(findHoldRefusal(position, nowMs)).toEqual(expected);
  });
});
