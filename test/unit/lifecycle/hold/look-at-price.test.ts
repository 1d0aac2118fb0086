import { describe, expect, it } from 'vitest';
import type { OrderBook } from '#lib/domain/market/market.ts';
import type { ExitRules } from '#lib/domain/position/exit-policy.ts';
import type { HoldingPosition, Position } from '#lib/domain/position/position.ts';
import { lookAtPrice, startLooking } from '#lib/lifecycle/hold/look-at-price.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { DOWN_TOKEN_ID, UP_TOKEN_ID } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { createAskedVenue } from '#test/fakes/asked-venue.ts';

const { exitDueAtMs: EXIT_AT_MS, policy, openedAtMs } = aPosition({ state: 'holding' });
const NOW_MS = EXIT_AT_MS - 60_000;
const ruled = (rules: ExitRules, overrides: Partial<HoldingPosition> = {}) =>
  aPosition({ state: 'holding', policy: { ...policy, rules }, ...overrides });
const stopped = ruled({ stopLossMicros: 600_000n });
const message: WakeMessage = { positionId: 'position-1', wakeUpId: 'look', source: 'sweep', lookUntilMs: NOW_MS };
const bookAt = (bid: string, ask: string, atMs: number): OrderBook =>
  aBook({ bids: someLevels([[bid, '900']]), asks: someLevels([[ask, '900']]), atMs });

/** `books`: the answers to the reads, in order; the last one stays. */
function worldOf(position: Position, books: readonly (OrderBook | undefined)[], nowMs = NOW_MS) {
  const venue = createAskedVenue(nowMs, position);
  const left = [...books];
  venue.answers.book = () => (left.length > 1 ? left.shift() : left[0]);
  const look = (letter: Partial<WakeMessage> = {}) =>
    venue.clock.run(lookAtPrice(venue.deps, position, { ...message, ...letter }));
  return { ...venue, look };
}
const NOTHING_DUE = { outcome: 'dropped', reason: 'nothing-due' };

describe('a look at the price', () => {
  it('that meets a rule is repeated a second later, and both fire it', async () => {
    const { look, calls, changes, letters } = worldOf(stopped, [
      bookAt('0.60', '0.61', NOW_MS),
      bookAt('0.59', '0.62', NOW_MS + 900),
    ]);
    expect(await look()).toMatchObject({ outcome: 'looked', priceMicros: '590000', fired: 'stop-loss' });
    expect(calls).toEqual([
      { call: 'findBook', about: UP_TOKEN_ID, deadlineAtMs: NOW_MS + 1_500 },
      { call: 'findBook', about: UP_TOKEN_ID, deadlineAtMs: NOW_MS + 2_500 },
    ]);
    expect(changes.map(({ event }) => event)).toEqual([
      {
        ...{ type: 'rule-fired', atMs: NOW_MS + 1_000, rule: 'stop-loss' },
        ...{ priceMicros: 590_000n, levelMicros: 600_000n },
      },
    ]);
    expect(changes[0]?.evidence).toEqual({
      ...{ firstLookAtMs: NOW_MS, firstBookAtMs: NOW_MS, firstPriceMicros: '600000', firstIsWhole: true },
      ...{ firstBestBidMicros: '600000', firstBestAskMicros: '610000' },
      ...{ secondLookAtMs: NOW_MS + 1_000, secondBookAtMs: NOW_MS + 900, secondPriceMicros: '590000' },
      ...{ secondIsWhole: true, secondBestBidMicros: '590000', secondBestAskMicros: '620000' },
    });
    expect(letters[0]).toEqual([{ positionId: 'position-1', wakeUpId: 'exit', source: 'retry' }, NOW_MS + 1_000]);
  });

  it('that the second one does not confirm fires nothing', async () => {
    const { look, changes, letters } = worldOf(stopped, [
      bookAt('0.60', '0.61', NOW_MS),
      bookAt('0.61', '0.62', NOW_MS + 900),
    ]);
    expect(await look()).toEqual({ outcome: 'looked', priceMicros: '610000' });
    expect([changes, letters]).toEqual([[], []]);
  });

  it('that meets nothing is the only one', async () => {
    const { look, calls } = worldOf(stopped, [bookAt('0.61', '0.62', NOW_MS)]);
    expect(await look()).toEqual({ outcome: 'looked', priceMicros: '610000' });
    expect(calls).toHaveLength(1);
  });

  it('names no price where the book is missing or takes a part of the shares', async () => {
    expect(await worldOf(stopped, [undefined]).look()).toEqual({ outcome: 'looked', priceMicros: null });
    const thin = aBook({ bids: someLevels([['0.70', '10']]), atMs: NOW_MS });
    expect(await worldOf(stopped, [thin]).look()).toEqual({ outcome: 'looked', priceMicros: null });
  });

  it.each<[string, boolean]>([
    ['0.47', false],
    ['0.46', true],
  ])('at a book that stands still is confirmed by the other outcome', async (otherAsk, isFired) => {
    const still = bookAt('0.59', '0.60', NOW_MS - 20_000);
    const other = { ...bookAt('0.40', otherAsk, NOW_MS - 20_000), tokenId: DOWN_TOKEN_ID };
    const { look, calls, changes } = worldOf(stopped, [still, still, other]);
    expect(await look()).toMatchObject(isFired ? { fired: 'stop-loss' } : { outcome: 'looked' });
    expect(calls.map(({ about }) => about)).toEqual([UP_TOKEN_ID, UP_TOKEN_ID, DOWN_TOKEN_ID]);
    expect(changes).toHaveLength(isFired ? 1 : 0);
  });

  it('raises the high of a trailing stop without a message', async () => {
    const trailing = ruled({ trailingStopMicros: 100_000n }, { highMicros: 650_000n });
    const { look, changes, letters } = worldOf(trailing, [
      bookAt('0.70', '0.71', NOW_MS),
      bookAt('0.69', '0.70', NOW_MS + 900),
    ]);
    expect(await look()).toEqual({ outcome: 'looked', priceMicros: '690000' });
    expect(changes.map(({ event }) => event)).toEqual([
      { type: 'high-raised', atMs: NOW_MS + 1_000, priceMicros: 690_000n },
    ]);
    expect(letters).toEqual([]);
  });

  it('decides nothing where the second one ends within the exit', async () => {
    const nowMs = EXIT_AT_MS - 4_000;
    const books = [bookAt('0.59', '0.60', nowMs), bookAt('0.59', '0.60', nowMs + 900)];
    const { look, changes } = worldOf(stopped, books, nowMs);
    expect(await look()).toEqual({ outcome: 'looked', priceMicros: '590000' });
    expect(changes).toEqual([]);
  });

  it('is one of several until the time that its message names', async () => {
    const { look, letters } = worldOf(stopped, [bookAt('0.61', '0.62', NOW_MS)]);
    expect(await look({ lookUntilMs: NOW_MS + 12_000 })).toMatchObject({ laterLookCount: 2 });
    const later = { positionId: 'position-1', wakeUpId: 'look', source: 'retry' };
    expect(letters).toEqual([
      [later, NOW_MS + 5_000],
      [later, NOW_MS + 10_000],
    ]);
  });

  it.each<[string, Position]>([
    ['is still bought', aPosition({ state: 'buying', policy: stopped.policy })],
    ['has no rule', aPosition({ state: 'holding' })],
    ['is sold by the clock', aPosition({ state: 'exiting', policy: stopped.policy })],
    ['is closed', aPosition({ state: 'exited', policy: stopped.policy })],
    ['holds nothing', ruled({ stopLossMicros: 600_000n }, { trades: [] })],
  ])('is not taken where the position %s', async (_, position) => {
    const { look, calls, letters } = worldOf(position, [bookAt('0.50', '0.51', NOW_MS)]);
    expect(await look()).toEqual(NOTHING_DUE);
    expect([calls, letters]).toEqual([[], []]);
  });

  it('sends the message of an exit that a rule began', async () => {
    const firedRule = { rule: 'stop-loss', priceMicros: 590_000n, levelMicros: 600_000n, atMs: NOW_MS - 500 } as const;
    const due = NOW_MS - 500;
    const fired = { ...stopped, firedRule, exitDueAtMs: due, wakeUp: { id: 'exit', atMs: due } };
    const { look, calls, letters } = worldOf(fired, [undefined]);
    expect(await look()).toEqual(NOTHING_DUE);
    expect(letters).toEqual([[{ positionId: 'position-1', wakeUpId: 'exit', source: 'retry' }, due]]);
    expect(calls).toEqual([]);
  });
});

describe('the first look', () => {
  it('is asked for with the minute that it is for', async () => {
    const venue = createAskedVenue(openedAtMs, stopped);
    expect(await startLooking(venue.deps, stopped, 'retry')).toBe(true);
    const letter = { positionId: 'position-1', wakeUpId: 'look', source: 'retry', lookUntilMs: openedAtMs + 60_000 };
    expect(venue.letters).toEqual([[letter, openedAtMs]]);
  });

  it('is not asked for without a rule', async () => {
    const venue = createAskedVenue(openedAtMs, stopped);
    expect(await startLooking(venue.deps, aPosition({ state: 'holding' }), 'retry')).toBe(false);
    expect(venue.letters).toEqual([]);
  });
});
