import { describe, expect, it } from 'vitest';
import { isProvenAbsentBuy, isProvenAbsentSell, isProvenEmpty } from '#lib/domain/evolve/proven-absent.ts';
import type { LiveAttempt, OrderIntent } from '#lib/domain/position/order-attempt.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { anIntent } from '#test/factories/an-intent.ts';

const SINCE_MS = 1_000_000;

function attemptIn<Phase extends 'unknown' | 'cancelled' | 'ended'>(
  phase: Phase,
  intent: Partial<OrderIntent>,
  changes: Partial<Pick<LiveAttempt, 'lostPostAtMs' | 'answer'>> = {},
) {
  const { intent: saved, postCount, lostPostAtMs } = aLiveAttempt({ intent: anIntent(intent) });
  return { intent: saved, postCount, lostPostAtMs, phase, sinceMs: SINCE_MS, ...changes };
}

describe('a sell that was cancelled, or has ended', () => {
  it.each(['cancelled', 'ended'] as const)('and is %s filled nothing 20 s later, where no fill is shown', (phase) => {
    expect(isProvenEmpty(attemptIn(phase, {}), SINCE_MS + 19_999)).toBe(false);
    expect(isProvenEmpty(attemptIn(phase, {}), SINCE_MS + 20_000)).toBe(true);
    expect(isProvenEmpty(attemptIn(phase, { side: 'BUY' }), SINCE_MS + 900_000)).toBe(false);
  });
});

describe('a sell without an answer', () => {
  const isAbsent = (intent: Partial<OrderIntent>, lostPostAtMs: number | null, afterMs: number) =>
    isProvenAbsentSell(attemptIn('unknown', intent, { lostPostAtMs }), SINCE_MS + afterMs);

  it('was not placed 20 s after it could arrive last, and after it became unknown', () => {
    expect([isAbsent({}, null, 19_999), isAbsent({}, null, 20_000)]).toEqual([false, true]);
    expect([isAbsent({}, SINCE_MS, 36_999), isAbsent({}, SINCE_MS, 37_000)]).toEqual([false, true]);
    expect([isAbsent({}, SINCE_MS - 30_000, 19_999), isAbsent({}, SINCE_MS - 30_000, 20_000)]).toEqual([false, true]);
    expect(isAbsent({ orderType: 'FOK' }, null, 20_000)).toBe(true);
  });

  it('is never proven absent where it would rest, nor is a buy', () => {
    expect(isAbsent({ orderType: 'GTC' }, null, 900_000)).toBe(false);
    expect(isAbsent({ side: 'BUY' }, null, 900_000)).toBe(false);
  });
});

describe('a buy that the venue does not show', () => {
  type Case = {
    readonly mode?: 'paper' | 'live';
    readonly answer?: LiveAttempt['answer'];
    readonly lostPostAtMs?: number | null;
    readonly before?: bigint;
    readonly chain?: bigint | null | undefined;
    readonly afterMs: number;
    readonly phase?: 'unknown' | 'cancelled';
    readonly side?: 'BUY' | 'SELL';
  };
  const isAbsent = ({ mode = 'live', answer, lostPostAtMs = null, before, chain, afterMs, phase, side }: Case) =>
    isProvenAbsentBuy(
      aPosition({ state: 'buying', mode }),
      attemptIn(
        phase ?? 'unknown',
        { side: side ?? 'BUY', ...(before !== undefined && { sharesBeforeMicros: before }) },
        { lostPostAtMs, answer },
      ),
      anEvent({ type: 'orders-observed', atMs: SINCE_MS + afterMs, chainSharesMicros: chain }),
    );

  it.each<[string, Omit<Case, 'afterMs'>, number]>([
    ['10 s after a refusal', { answer: 'refused' }, 10_000],
    ['30 s after a failure', { answer: 'failed' }, 30_000],
    ['ten minutes after it was cancelled', { phase: 'cancelled', chain: 0n }, 600_000],
    ['ten minutes after its answer was lost', { lostPostAtMs: SINCE_MS, chain: 0n }, 600_000],
    [
      'ten minutes after an answer, where an earlier one was lost',
      { lostPostAtMs: SINCE_MS, answer: 'refused', chain: 0n },
      600_000,
    ],
    ['ten minutes later on paper, which has no chain', { mode: 'paper' }, 600_000],
  ])('was not placed %s', (_, how, afterMs) => {
    expect(isAbsent({ ...how, afterMs: afterMs - 1 })).toBe(false);
    expect(isAbsent({ ...how, afterMs })).toBe(true);
  });

  it.each<[string, Case, boolean]>([
    ['is asked and shows none', { chain: 0n, afterMs: 600_000 }, true],
    ['is not asked', { afterMs: 900_000 }, false],
    ['does not answer', { chain: null, afterMs: 900_000 }, false],
    ['does not answer after a refusal', { chain: null, answer: 'refused', afterMs: 900_000 }, false],
    ['shows less than 0.01 share more', { chain: 5_009_999n, before: 5_000_000n, afterMs: 600_000 }, true],
    ['shows 0.01 share more', { chain: 5_010_000n, before: 5_000_000n, afterMs: 900_000 }, false],
    ['shows some, and what was held before is not known', { chain: 10_000n, afterMs: 900_000 }, false],
  ])('needs the chain as proof: it %s', (_, how, isProven) => {
    expect(isAbsent(how)).toBe(isProven);
  });

  it('is no sell', () => {
    expect(isAbsent({ side: 'SELL', chain: 0n, afterMs: 900_000 })).toBe(false);
  });
});
