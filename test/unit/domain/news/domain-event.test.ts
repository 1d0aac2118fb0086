import { describe, expect, it } from 'vitest';
import { alertAfter } from '#lib/domain/news/alert-after.ts';
import { type DomainEvent, isOfCanary, noticeKeyOf, stateChangeOf } from '#lib/domain/news/domain-event.ts';
import type { ForeignHolding } from '#lib/domain/news/foreign-holding.ts';
import type { OperatorAction } from '#lib/domain/news/operator-action.ts';
import type { WalletDifference } from '#lib/domain/news/wallet-difference.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anAlert } from '#test/factories/an-alert.ts';
import { anEvent } from '#test/factories/an-event.ts';

const HOLDING: ForeignHolding = {
  wallet: '0xAB',
  conditionId: '0x1',
  marketVersion: 'v1',
  marketSlug: null,
  marketEndsAtMs: null,
  isEndCertain: false,
  isResolved: false,
  besidePositionId: null,
  ownPositionId: null,
  afterPositionId: null,
  atMs: 1,
  outcomes: [{ tokenId: '123456789', name: null, sharesMicros: '5', worthMicros: null }],
  refusal: null,
};
const DIFFERENCE: WalletDifference = {
  wallet: '0xAB',
  kind: 'cash-moved',
  atMs: 1,
  marketSlug: null,
  conditionId: null,
  positionIds: [],
  cashMicros: '5',
  shares: [],
  transactionHashes: [],
};
const ACTION: OperatorAction = {
  actionId: 'action-1',
  action: 'halt',
  mode: 'live',
  atMs: 1,
  by: null,
  reason: null,
  limits: null,
};

const changed = (position: Position): DomainEvent => ({
  type: 'position-state-changed',
  positionId: 'position-1',
  version: 3,
  from: 'buying',
  to: 'holding',
  isNews: true,
  position: describePosition(position),
});
const alerted = (changes: Parameters<typeof anAlert>[0] = {}): DomainEvent => ({
  type: 'position-alert',
  positionId: 'position-1',
  version: 6,
  alert: anAlert(changes),
});
const summarised: DomainEvent = {
  type: 'daily-summary',
  summary: { stage: 'test', day: '2026-03-12', modes: [], unreadableCount: 0, halts: [] },
};
const others: readonly DomainEvent[] = [
  summarised,
  { type: 'foreign-holding', holding: HOLDING },
  { type: 'wallet-difference', difference: DIFFERENCE },
  { type: 'operator-action', action: ACTION },
];

describe('the key of a notice', () => {
  it.each<[string, DomainEvent]>([
    ['position-state-changed#position-1#3', changed(aPosition({ state: 'holding' }))],
    ['position-alert#position-1#6', alerted()],
    ['position-alert#position-1#6#stalled', alerted({ kind: 'exit-stalled' })],
    ['daily-summary#2026-03-12', summarised],
    ['foreign-holding#0xab#0x1#456789:5', { type: 'foreign-holding', holding: HOLDING }],
    ['wallet-difference#0xab#cash-moved###5#', { type: 'wallet-difference', difference: DIFFERENCE }],
    ['operator-action#action-1', { type: 'operator-action', action: ACTION }],
  ])('is %s', (key, event) => {
    expect(noticeKeyOf(event)).toBe(key);
  });
});

describe('news of a canary', () => {
  const canary = aPosition({ state: 'holding', origin: 'canary' });

  it('are its changes and alerts, and of no other position', () => {
    expect(isOfCanary(changed(canary))).toBe(true);
    expect(isOfCanary(alerted({ position: describePosition(canary) }))).toBe(true);
    expect(isOfCanary(changed(aPosition({ state: 'holding' })))).toBe(false);
    expect(isOfCanary(alerted())).toBe(false);
  });

  it.each(others)('are not what is about no position: $type', (event) => {
    expect(isOfCanary(event)).toBe(false);
  });
});

describe('a change of state', () => {
  const before = aPosition({ state: 'buying' });
  const holding = aPosition({ state: 'holding' });
  const exited = aPosition({ state: 'exited' });
  const quiet = { ...exited, exitReason: 'manual', forceClosed: false } as const;
  const lastBid = { priceMicros: 600_000n, atMs: 1, soldMicros: 99_000_000n };

  it('names both states, and the row as it is now', () => {
    expect(stateChangeOf(before, holding)).toEqual({
      type: 'position-state-changed',
      positionId: 'position-1',
      version: 3,
      from: 'buying',
      to: 'holding',
      isNews: true,
      position: describePosition(holding),
    });
    expect(stateChangeOf(null, before)).toMatchObject({ from: null, to: 'buying', isNews: false });
    expect(stateChangeOf(null, quiet)).toMatchObject({ from: null, to: 'exited', isNews: true });
    expect(stateChangeOf(holding, { ...holding, version: 4 })).toBeNull();
  });

  it('is no news where an alert tells of a sale after the deadline', () => {
    const unsold = aPosition({ state: 'awaiting-resolution' });
    const sold = { ...unsold, exitReason: 'manual' } as const;
    const observed = anEvent({ type: 'orders-observed' });
    expect(alertAfter(unsold, observed, quiet)?.kind).toBe('late-fill');
    expect(stateChangeOf(unsold, quiet)).toMatchObject({ isNews: false });
    expect(alertAfter(sold, observed, quiet)).toBeNull();
    expect(stateChangeOf(sold, quiet)).toMatchObject({ isNews: true });
  });

  it.each<[string, Position, boolean]>([
    ['a new holding', holding, true],
    ['the beginning of an exit', aPosition({ state: 'exiting' }), false],
    ['a quiet exit', quiet, true],
    ['an exit by other programs', { ...quiet, exitReason: 'elsewhere' }, true],
    ['an exit by the clock', exited, false],
    ['an exit by a rule', { ...quiet, exitReason: 'rule:take-profit' }, false],
    ['an exit far below its price', { ...quiet, lastBid }, false],
    ['a loss', aPosition({ state: 'worthless', forceClosed: false }), false],
    ['a canary', { ...holding, origin: 'canary' }, false],
  ])('is news only where no alert tells of it: %s', (_, after, isNews) => {
    expect(stateChangeOf(before, after)).toMatchObject({ isNews });
  });
});
