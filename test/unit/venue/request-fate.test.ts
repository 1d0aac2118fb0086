import { describe, expect, it } from 'vitest';
import { drawDeparture, drawInterception, drawSlownessMs } from '#lib/venue/faults/request-fate.ts';
import type { VenueDice, VenueFaultKind } from '#lib/venue/faults/venue-faults.ts';

/** Only these kinds go wrong; numbers come out at the end of their range. */
function diceWith(...kinds: VenueFaultKind[]): VenueDice {
  return { roll: (kind) => kinds.includes(kind), between: (_kind, _from, to) => to };
}

describe('what becomes of a request', () => {
  it('is nothing without a fault', () => {
    expect(drawDeparture(diceWith())).toBe('arrives');
    expect(drawInterception(diceWith())).toBeNull();
    expect(drawSlownessMs(diceWith())).toBe(0);
  });

  it('is decided on its way there first', () => {
    expect(drawDeparture(diceWith('reply-lost-before', 'late-arrival'))).toBe('lost');
    expect(drawDeparture(diceWith('late-arrival'))).toEqual({ lateMs: 12_000 });
  });

  it('is a wait in whole seconds when the venue limits its rate', () => {
    const dice: VenueDice = { ...diceWith('rate-limited'), between: () => 1_500 };
    expect(drawInterception(dice)).toMatchObject({ refusal: { status: 429 }, retryAfterMs: 2_000, isPlaced: false });
    const forms = [0, 1].map((form) => {
      const between: VenueDice['between'] = (_kind, from) => (from === 0 ? form : 1_500);
      return drawInterception({ ...dice, between });
    });
    expect(forms).toMatchObject([
      { waitForm: 'header', retryAfterMs: 2_000 },
      { waitForm: 'none', retryAfterMs: null },
    ]);
  });

  it.each(['internal-error', 'context-canceled', 'html-answer'] as const)('may be placed behind %s', (kind) => {
    expect(drawInterception(diceWith(kind))).toMatchObject({ isPlaced: true });
  });

  it.each(['unknown-refusal', 'invalid-order', 'account-blocked'] as const)('is no order after %s', (kind) => {
    expect(drawInterception(diceWith(kind, 'html-answer'))).toMatchObject({
      refusal: { status: 400 },
      isPlaced: false,
    });
  });
});
