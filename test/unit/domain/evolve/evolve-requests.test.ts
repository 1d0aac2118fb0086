import { describe, expect, it } from 'vitest';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import { isTaken } from '#lib/domain/evolve/evolve-requests.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import type { OpenPosition } from '#lib/domain/position/position.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anEvent, type EventOf } from '#test/factories/an-event.ts';

/** When the default exit is due, and a minute before. */
const DUE_AT_MS = WINDOW_STARTS_AT_MS + 180_000;
const ASKED_AT_MS = DUE_AT_MS - 60_000;
const EARLIER = { atMs: ASKED_AT_MS - 5_000, minPriceMicros: 900_000n };
const UNKNOWN = aLiveAttempt({ phase: { phase: 'unknown', sinceMs: ASKED_AT_MS } });
const MATCHED = aLiveAttempt({
  phase: { phase: 'matched', reported: { sharesMicros: 1n, valueMicros: 1n, feesMicros: 0n } },
});
const HOLD_LOOK = { atMs: DUE_AT_MS, priceMicros: 970_000n };

const buying = aPosition({ state: 'buying', exitRequest: EARLIER });
const holding = aPosition({ state: 'holding', exitRequest: EARLIER });
const selling = aPosition({ state: 'exiting', exitRequest: EARLIER });
const held = aPosition({ state: 'holding', exitDueAtMs: ASKED_AT_MS - 9, holdLook: HOLD_LOOK });
const without = <Position extends OpenPosition>({ exitRequest: _, ...position }: Position) => position;

describe('a request to sell everything', () => {
  const ask = (position: OpenPosition, changes: Partial<EventOf<'exit-requested'>> = {}) =>
    evolvePosition(position, anEvent({ type: 'exit-requested', atMs: ASKED_AT_MS, ...changes }));

  it('makes the exit due at once, and takes the place of an earlier request', () => {
    expect(ask(holding)).toEqual({
      ...without(holding),
      version: 4,
      exitDueAtMs: ASKED_AT_MS,
      wakeUp: { id: 'exit', atMs: ASKED_AT_MS },
    });
  });

  it('waits for the answer of a buy', () => {
    expect(ask(buying)).toEqual({ ...without(buying), version: 2, exitDueAtMs: ASKED_AT_MS });
  });

  it('lets an exit on request go on without its floor, and once an open order is known', () => {
    const now = { version: 5, exitDueAtMs: ASKED_AT_MS };
    expect(ask({ ...selling, attempts: [MATCHED] })).toEqual({
      ...without(selling),
      ...now,
      attempts: [MATCHED],
      wakeUp: { id: 'v5', atMs: ASKED_AT_MS },
    });
    const open = { attempts: [MATCHED, UNKNOWN] };
    expect(ask({ ...selling, ...open })).toEqual({ ...without(selling), ...now, ...open });
  });

  it.each<[string, OpenPosition]>([
    ['once the exit is due', aPosition({ state: 'holding', exitDueAtMs: ASKED_AT_MS })],
    ['while everything is being sold', aPosition({ state: 'exiting', exitDueAtMs: ASKED_AT_MS + 1 })],
    ['after the deadline', aPosition({ state: 'awaiting-resolution' })],
  ])('changes nothing %s', (_, position) => {
    expect(ask(position)).toBe(position);
  });

  it('ends a hold, and a part or a floor does not', () => {
    expect(ask(held)).toEqual({
      ...held,
      version: 4,
      exitRequest: { atMs: ASKED_AT_MS },
      wakeUp: { id: 'exit', atMs: ASKED_AT_MS },
    });
    expect(ask(held, { sharesMicros: 9_000_000n })).toBe(held);
    expect(ask(held, { minPriceMicros: 900_000n })).toBe(held);
    const exiting = aPosition({ state: 'exiting', exitDueAtMs: ASKED_AT_MS - 9, holdLook: HOLD_LOOK });
    expect(ask(exiting)).toBe(exiting);
  });
});

describe('a request for a part, or with a floor', () => {
  const trades = [aBuyTrade(), aSellTrade({ sharesMicros: 6_000_000n })];
  const fresh = aPosition({ state: 'holding', trades });
  const ask = (position: OpenPosition, changes: Partial<EventOf<'exit-requested'>>) =>
    evolvePosition(position, anEvent({ type: 'exit-requested', atMs: ASKED_AT_MS, ...changes }));

  it('sells until as many more are sold, and the exit stays due when it was', () => {
    expect(ask(fresh, { requestId: 'r-1', sharesMicros: 9_000_000n })).toEqual({
      ...fresh,
      version: 4,
      takenRequestIds: ['r-1'],
      exitRequest: { atMs: ASKED_AT_MS, untilSoldMicros: 15_000_000n },
      wakeUp: { id: 'exit', atMs: ASKED_AT_MS },
    });
  });

  it('sells nothing below its floor, and takes the place of an earlier floor', () => {
    const position = aPosition({ state: 'exiting', exitRequest: EARLIER, takenRequestIds: ['r-1'] });
    expect(ask(position, { requestId: 'r-2', minPriceMicros: 800_000n })).toEqual({
      ...position,
      version: 5,
      takenRequestIds: ['r-1', 'r-2'],
      exitRequest: { atMs: ASKED_AT_MS, minPriceMicros: 800_000n },
      wakeUp: { id: 'v5', atMs: ASKED_AT_MS },
    });
  });

  it('without an id is not remembered by one', () => {
    const after = ask(fresh, { minPriceMicros: 800_000n });
    expect(after).toMatchObject({ exitRequest: { minPriceMicros: 800_000n } });
    expect(after).not.toHaveProperty('takenRequestIds');
  });

  it('waits for the answer of a buy', () => {
    const position = aPosition({ state: 'buying' });
    expect(ask(position, { minPriceMicros: 800_000n })).toEqual({
      ...position,
      version: 2,
      exitRequest: { atMs: ASKED_AT_MS, minPriceMicros: 800_000n },
    });
  });

  it.each<[string, OpenPosition, Partial<EventOf<'exit-requested'>>]>([
    ['is repeated', { ...fresh, takenRequestIds: ['r-0', 'r-1'] }, { requestId: 'r-1', sharesMicros: 1_000_000n }],
    ['is for more than is held', fresh, { sharesMicros: 30_000_001n }],
    ['comes after the deadline', aPosition({ state: 'awaiting-resolution' }), { sharesMicros: 1_000_000n }],
    ['comes when the exit is due', { ...fresh, exitDueAtMs: ASKED_AT_MS }, { minPriceMicros: 1n }],
  ])('changes nothing where it %s', (_, position, changes) => {
    expect(ask(position, changes)).toBe(position);
  });

  it('is taken once by its id, and one without an id never', () => {
    expect(isTaken({ ...fresh, takenRequestIds: ['r-1'] }, 'r-1')).toBe(true);
    expect(isTaken({ ...fresh, takenRequestIds: ['r-1'] }, 'r-2')).toBe(false);
    expect(isTaken({ ...fresh, takenRequestIds: ['r-1'] }, undefined)).toBe(false);
    expect(isTaken(fresh, 'r-1')).toBe(false);
  });
});

describe('a request to hold until the result', () => {
  const hold = (position: OpenPosition) =>
    evolvePosition(position, anEvent({ type: 'hold-requested', atMs: ASKED_AT_MS }));
  const policyWith = (rules: OpenPosition['policy']['rules']) => ({ policy: { ...DEFAULT_EXIT_POLICY, rules } });

  it('holds at any price, beside the rules that there are', () => {
    const position = aPosition({ state: 'holding', ...policyWith({ stopLossMicros: 400_000n, holdAboveMicros: 9n }) });
    expect(hold(position)).toEqual({
      ...position,
      version: 4,
      ...policyWith({ stopLossMicros: 400_000n, holdAboveMicros: 0n }),
    });
    expect(hold(aPosition({ state: 'buying' }))).toMatchObject({
      version: 2,
      policy: { rules: { holdAboveMicros: 0n } },
    });
  });

  it.each<[string, OpenPosition]>([
    ['the exit has begun', aPosition({ state: 'exiting' })],
    ['the deadline is past', aPosition({ state: 'awaiting-resolution' })],
    ['an exit was asked for', aPosition({ state: 'holding', exitRequest: EARLIER })],
    ['it is held at any price already', aPosition({ state: 'holding', ...policyWith({ holdAboveMicros: 0n }) })],
  ])('changes nothing where %s', (_, position) => {
    expect(hold(position)).toBe(position);
  });
});

describe('a due exit that is held', () => {
  const event = anEvent({ type: 'exit-held', atMs: DUE_AT_MS });
  const hold = (position: OpenPosition, changes: Partial<EventOf<'exit-held'>> = {}) =>
    evolvePosition(position, { ...event, ...changes });
  const SEEN = { atMs: DUE_AT_MS, priceMicros: 970_000n, proceedsMicros: 34_846_000n };

  it('remembers the first price that decided it, and the last look', () => {
    const position = aPosition({ state: 'holding' });
    expect(hold(position)).toEqual({
      ...position,
      version: 4,
      holdDecision: SEEN,
      holdLook: HOLD_LOOK,
      wakeUp: { id: 'v4', atMs: DUE_AT_MS + 6_000 },
    });
    const known = { ...SEEN, atMs: 1, priceMicros: 2n };
    expect(hold(aPosition({ state: 'holding', holdDecision: known }))).toMatchObject({
      holdDecision: known,
      holdLook: HOLD_LOOK,
    });
  });

  it.each([{ priceMicros: null }, { proceedsMicros: null }])('decides nothing without a price (%o)', (changes) => {
    expect(hold(aPosition({ state: 'holding' }), changes)).not.toHaveProperty('holdDecision');
  });

  it('overtakes a request, and the sells of one', () => {
    const after = hold(holding);
    expect(after).toMatchObject({ state: 'holding', holdLook: HOLD_LOOK });
    expect(after).not.toHaveProperty('exitRequest');
    expect(hold({ ...selling, attempts: [MATCHED] })).toMatchObject({ state: 'holding', attempts: [MATCHED] });
  });

  it.each<[string, OpenPosition, Partial<EventOf<'exit-held'>>]>([
    ['while the buy is not known', aPosition({ state: 'buying' }), {}],
    ['after the deadline', aPosition({ state: 'awaiting-resolution' }), {}],
    ['while everything is being sold', aPosition({ state: 'exiting' }), {}],
    ['while an order is open', aPosition({ state: 'holding', attempts: [MATCHED, UNKNOWN] }), {}],
    ['before the exit is due', aPosition({ state: 'holding' }), { atMs: DUE_AT_MS - 1 }],
    ['once a request has ended the hold', { ...held, exitRequest: { atMs: DUE_AT_MS } }, {}],
  ])('changes nothing %s', (_, position, changes) => {
    expect(hold(position, changes)).toBe(position);
  });
});

describe('a rule that fires', () => {
  const stop = anEvent({ type: 'rule-fired', atMs: ASKED_AT_MS });
  const profit = anEvent({ type: 'rule-fired', atMs: ASKED_AT_MS, rule: 'take-profit', levelMicros: 900_000n });
  const STOPPED = { rule: 'stop-loss', priceMicros: 440_000n, levelMicros: 450_000n, atMs: ASKED_AT_MS };
  const PROFIT = { rule: 'take-profit', priceMicros: 440_000n, levelMicros: 900_000n, atMs: ASKED_AT_MS } as const;
  const fired = { firedRule: { ...PROFIT, atMs: 7 } };

  it('and is a stop makes the exit due at once', () => {
    expect(evolvePosition(holding, stop)).toEqual({
      ...without(holding),
      version: 4,
      firedRule: STOPPED,
      exitDueAtMs: ASKED_AT_MS,
      wakeUp: { id: 'exit', atMs: ASKED_AT_MS },
    });
    expect(evolvePosition(selling, stop)).toEqual({
      ...without(selling),
      version: 5,
      firedRule: STOPPED,
      exitDueAtMs: ASKED_AT_MS,
      wakeUp: { id: 'v5', atMs: ASKED_AT_MS },
    });
  });

  it('and is a take-profit is a request for everything, with its level as the floor', () => {
    const exitRequest = { atMs: ASKED_AT_MS, minPriceMicros: 900_000n };
    expect(evolvePosition(holding, profit)).toEqual({
      ...holding,
      version: 4,
      firedRule: PROFIT,
      exitRequest,
      wakeUp: { id: 'exit', atMs: ASKED_AT_MS },
    });
    expect(evolvePosition(selling, profit)).toMatchObject({ firedRule: PROFIT, exitRequest, exitDueAtMs: DUE_AT_MS });
  });

  it('fires once, and only a stop may follow a take-profit', () => {
    const waiting = aPosition({ state: 'exiting', exitRequest: EARLIER, ...fired });
    expect(evolvePosition(waiting, stop)).toMatchObject({ firedRule: STOPPED, exitDueAtMs: ASKED_AT_MS });
    expect(evolvePosition(waiting, profit)).toBe(waiting);
    const stopped = { ...waiting, firedRule: { ...PROFIT, rule: 'trailing-stop' } } as const;
    expect(evolvePosition(stopped, stop)).toBe(stopped);
    expect(evolvePosition(stopped, profit)).toBe(stopped);
  });

  it.each<[string, OpenPosition]>([
    ['is due', aPosition({ state: 'holding', exitDueAtMs: ASKED_AT_MS })],
    ['has begun', aPosition({ state: 'exiting' })],
    ['waits for the answer of the buy', aPosition({ state: 'buying' })],
    ['is over', aPosition({ state: 'awaiting-resolution' })],
  ])('changes nothing once the exit %s', (_, position) => {
    expect(evolvePosition(position, stop)).toBe(position);
  });
});

describe('a high that is raised', () => {
  const raise = (position: OpenPosition, priceMicros: bigint) =>
    evolvePosition(position, anEvent({ type: 'high-raised', priceMicros, atMs: ASKED_AT_MS }));

  it('is remembered as long as a rule may fire, and the wake-up stays', () => {
    const position = aPosition({ state: 'holding' });
    expect(raise(position, 1n)).toEqual({ ...position, version: 4, highMicros: 1n });
    expect(raise(selling, 700_000n)).toEqual({ ...selling, version: 5, highMicros: 700_000n });
    const exiting = aPosition({ state: 'exiting' });
    expect(raise(exiting, 700_000n)).toBe(exiting);
  });

  it('never falls', () => {
    const position = aPosition({ state: 'holding', highMicros: 700_000n });
    expect(raise(position, 700_000n)).toBe(position);
    expect(raise(position, 700_001n)).toMatchObject({ highMicros: 700_001n });
  });
});
