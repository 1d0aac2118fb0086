import { describe, expect, it } from 'vitest';
import type { OrderType } from '#lib/domain/market/order.ts';
import {
  endWithoutLookUp,
  isResting,
  isStuckOpen,
  isUnanswered,
  isUnresolved,
  type LivePhase,
  lastArrivalAtMs,
  mayRest,
  mayStillArrive,
} from '#lib/domain/position/order-attempt.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent } from '#test/factories/an-intent.ts';

const SINCE_MS = 1_000_000;
const PHASES: { readonly [Phase in LivePhase['phase']]: LivePhase } = {
  posting: { phase: 'posting', leaseUntilMs: SINCE_MS },
  unknown: { phase: 'unknown', sinceMs: SINCE_MS },
  working: { phase: 'working', sinceMs: SINCE_MS },
  cancelled: { phase: 'cancelled', sinceMs: SINCE_MS },
  ended: { phase: 'ended', sinceMs: SINCE_MS },
  matched: { phase: 'matched', reported: { sharesMicros: 0n, valueMicros: 0n, feesMicros: 0n } },
};
const sell = (phase: LivePhase['phase'], orderType: OrderType = 'FAK', lostPostAtMs: number | null = null) =>
  aLiveAttempt({ intent: anIntent({ orderType }), phase: PHASES[phase], lostPostAtMs });
const phasesThat = (holds: (attempt: ReturnType<typeof sell>) => boolean, orderType?: OrderType) =>
  Object.values(PHASES).flatMap(({ phase }) => (holds(sell(phase, orderType)) ? [phase] : []));

describe('an order that is not final', () => {
  it('is unanswered, unresolved or resting by its phase', () => {
    expect(phasesThat(isUnanswered)).toEqual(['posting', 'unknown']);
    expect(phasesThat(isUnresolved)).toEqual(['posting', 'unknown', 'working', 'cancelled']);
    expect(phasesThat(isResting, 'GTC')).toEqual(['working']);
    expect(phasesThat(isResting, 'FOK')).toEqual([]);
  });

  it('may arrive until 17 s after its answer was lost, and not at all once it was answered', () => {
    const lost = sell('unknown', 'FAK', SINCE_MS);
    expect(lastArrivalAtMs(lost)).toBe(SINCE_MS + 17_000);
    expect(mayStillArrive(lost, SINCE_MS + 16_999)).toBe(true);
    expect(mayStillArrive(lost, SINCE_MS + 17_000)).toBe(false);
    expect(lastArrivalAtMs(sell('unknown'))).toBe(0);
    expect(mayStillArrive(sell('unknown'), 0)).toBe(false);
  });

  it('may rest where it is good till cancelled, unknown, and cannot arrive any more', () => {
    const mayRestNow = (attempt: ReturnType<typeof sell>) => mayRest(attempt, SINCE_MS + 17_000);
    expect(phasesThat(mayRestNow, 'GTC')).toEqual(['unknown']);
    expect(phasesThat(mayRestNow, 'FAK')).toEqual([]);
    expect(mayRest(sell('unknown', 'GTC', SINCE_MS), SINCE_MS + 16_999)).toBe(false);
    expect(mayRest(sell('unknown', 'GTC', SINCE_MS), SINCE_MS + 17_000)).toBe(true);
  });

  it('is stuck after five seconds of work', () => {
    expect(phasesThat((attempt) => isStuckOpen(attempt, SINCE_MS + 5_000))).toEqual(['working']);
    expect(phasesThat((attempt) => isStuckOpen(attempt, SINCE_MS + 4_999))).toEqual([]);
  });
});

describe('a sell of which no look-up tells anything', () => {
  const endsAt = (attempt: ReturnType<typeof sell>, atMs: number) => endWithoutLookUp(attempt, atMs);

  it.each([
    ['accepted FAK', sell('working', 'FAK'), 10_000],
    ['accepted FOK', sell('working', 'FOK'), 10_000],
    ['cancelled FAK', sell('cancelled', 'FAK'), 20_000],
    ['cancelled GTC', sell('cancelled', 'GTC'), 20_000],
  ])('has ended, if it is an %s order, after its time', (_, attempt, afterMs) => {
    expect(endsAt(attempt, SINCE_MS + afterMs - 1)).toBe(attempt);
    const { intent, postCount, lostPostAtMs } = attempt;
    expect(endsAt(attempt, SINCE_MS + afterMs)).toEqual({
      ...{ intent, postCount, lostPostAtMs },
      ...{ phase: 'ended', sinceMs: SINCE_MS + afterMs },
    });
  });

  it.each([
    ['rests', sell('working', 'GTC')],
    ['is unknown', sell('unknown')],
    ['is being posted', sell('posting')],
    ['has ended before', sell('ended')],
    ['matched', sell('matched')],
    ['is a buy', aLiveAttempt({ intent: anIntent({ side: 'BUY' }), phase: PHASES.cancelled })],
    ['is an accepted buy', aLiveAttempt({ intent: anIntent({ side: 'BUY' }), phase: PHASES.working })],
  ])('stays as it is where the order %s', (_, attempt) => {
    expect(endsAt(attempt, SINCE_MS + 86_400_000)).toBe(attempt);
  });
});
