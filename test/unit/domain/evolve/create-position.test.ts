import { describe, expect, it } from 'vitest';
import { createGuarded, createPosition, createSettling } from '#lib/domain/evolve/create-position.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { somePositionTerms } from '#test/factories/a-position.ts';

const FOUND = { sharesMicros: 36_000_000n, costMicros: 18_000_000n, blockNumber: 6_000n };
const LAST_BID = { priceMicros: 500_000n, atMs: 7, soldMicros: 0n };
const terms = somePositionTerms();
const trailing = somePositionTerms({ policy: { ...DEFAULT_EXIT_POLICY, rules: { trailingStopMicros: 50_000n } } });
const stopped = somePositionTerms({ policy: { ...DEFAULT_EXIT_POLICY, rules: { stopLossMicros: 50_000n } } });
const FIRST_RECORD = {
  version: 1,
  exitDueAtMs: terms.marketEndsAtMs - 120_000,
  attemptCount: 0,
  attempts: [],
  trades: [],
  firstExitAttemptAtMs: null,
  refusals: {},
  lastBid: null,
};

describe('a new position', () => {
  it('that buys has a lease for its opening', () => {
    expect(createPosition(terms)).toEqual({
      ...terms,
      ...FIRST_RECORD,
      state: 'buying',
      wakeUp: { id: 'v1', atMs: terms.openedAtMs + 20_000 },
    });
  });

  it('remembers the price seen, and starts a trailing stop at what the shares would bring', () => {
    expect(createPosition(trailing, LAST_BID, 480_000n)).toMatchObject({ lastBid: LAST_BID, highMicros: 480_000n });
    expect(createGuarded(trailing, FOUND, LAST_BID, 480_000n)).toMatchObject({
      lastBid: LAST_BID,
      highMicros: 480_000n,
    });
  });

  it('has no high without a trailing stop, or without a price', () => {
    for (const position of [
      createPosition(stopped, LAST_BID, 480_000n),
      createPosition(terms, LAST_BID, 480_000n),
      createPosition(trailing, LAST_BID),
    ]) {
      expect(position).not.toHaveProperty('highMicros');
    }
  });

  it('that is guarded waits for its exit, or for its shares while none are found', () => {
    expect(createGuarded(terms, FOUND)).toEqual({
      ...terms,
      ...FIRST_RECORD,
      found: FOUND,
      state: 'holding',
      wakeUp: { id: 'exit', atMs: terms.marketEndsAtMs - 120_000 },
    });
    for (const found of [null, { ...FOUND, sharesMicros: 0n }]) {
      const waiting = createGuarded(somePositionTerms({ origin: 'guard' }), found);
      expect(waiting).not.toHaveProperty('found');
      expect(waiting.wakeUp).toEqual({ id: 'v1', atMs: terms.openedAtMs + 1_000 });
    }
  });

  it('whose market is resolved is settled at once, and its result is no late news', () => {
    const late = somePositionTerms({ origin: 'watch', openedAtMs: terms.marketEndsAtMs + 86_400_000 });
    expect(createSettling(late, FOUND)).toEqual({
      ...late,
      ...FIRST_RECORD,
      state: 'awaiting-resolution',
      found: FOUND,
      exitReason: 'found:resolved',
      exitAtMs: late.openedAtMs,
      forceClosed: false,
      forceCloseReason: null,
      underlyingAtExitMicros: null,
      shortfallMicros: 0n,
      settlement: {
        payout: null,
        seenBlock: 6_000n,
        heldAtBlock: 6_000n,
        missingSinceMs: null,
        progressAtMs: late.openedAtMs,
        redemptionFailureCount: 0,
        redeemAgainAtMs: null,
        isRefusedForGood: false,
        isLateReported: true,
        mergeFailureCount: 0,
        mergeAgainAtMs: null,
      },
      wakeUp: { id: 'v1', atMs: late.openedAtMs + 10_000 },
    });
  });
});
