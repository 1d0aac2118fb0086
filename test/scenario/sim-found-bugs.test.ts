/** Bugs the simulator found, each repeated in a few steps. The table is in lib/simulation/README.md. */
import { describe, expect, it } from 'vitest';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import type { ExitingPosition, Position } from '#lib/domain/position/position.ts';
import { REFUSAL_CODES } from '#lib/domain/refusal/refusal.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent, SELL_ORDER_HASH as orderHash } from '#test/factories/an-intent.ts';

function phaseOf(position: Position): string | undefined {
  return position.attempts.find(({ intent }) => intent.orderHash === orderHash)?.phase;
}

const EXIT_AT_MS = aPosition({ state: 'exiting' }).exitDueAtMs + 500;

/** An exit whose sell is being posted, for the first time or again; the earlier answer was lost `lostAgoMs` ago. */
function selling(postCount: number, lostAgoMs = 17_000): { readonly position: ExitingPosition; readonly atMs: number } {
  const lostPostAtMs = postCount === 1 ? null : EXIT_AT_MS - lostAgoMs;
  const attempts = [aLiveAttempt({ postCount, lostPostAtMs })];
  return { position: aPosition({ state: 'exiting', attemptCount: 2, attempts }), atMs: EXIT_AT_MS };
}

describe('a sell whose first answer was lost', () => {
  it('stays unknown when its second post is answered with 429', () => {
    const { position, atMs } = selling(2);
    const text = 'Too Many Requests';
    const after = evolvePosition(position, {
      type: 'order-not-sent',
      atMs,
      orderHash,
      code: 'rate-limited',
      text,
      retryAfterMs: 9_000,
    });
    expect(phaseOf(after)).toBe('unknown');
    expect(after.refusals['rate-limited']).toBe(1);
    expect(after.state === 'exiting' && after.wakeUp.atMs).toBe(atMs + 9_000);
  });

  it('stays unknown when its second post is refused before the venue reads book and balance, and leaves otherwise', () => {
    const looked = ['balance-or-allowance', 'no-match', 'tick-size', 'order-size'];
    for (const code of REFUSAL_CODES) {
      const { position, atMs } = selling(2);
      const after = evolvePosition(position, {
        type: 'order-refused',
        atMs,
        orderHash,
        code,
        cause: 'unrecognised',
        text: 'no',
        sellableMicros: null,
        shortfallMicros: null,
        remedied: false,
      });
      expect(phaseOf(after)).toBe(looked.includes(code) ? undefined : 'unknown');
    }
  });

  // A request may arrive 12 s after it was given up, and two clocks may differ by 4 s.
  it('stays unknown while its first post may still arrive, whatever the answer to the second', () => {
    for (const code of REFUSAL_CODES) {
      const { position, atMs } = selling(2, 16_999);
      const refusal = {
        code,
        cause: 'no-liquidity',
        text: 'no',
        sellableMicros: null,
        shortfallMicros: null,
        remedied: false,
      } as const;
      const after = evolvePosition(position, { type: 'order-refused', atMs, orderHash, ...refusal });
      expect(phaseOf(after)).toBe('unknown');
    }
  });

  it('leaves at once when its only post was not sent', () => {
    const { position, atMs } = selling(1);
    const after = evolvePosition(position, {
      type: 'order-not-sent',
      atMs,
      orderHash,
      code: 'engine-restarting',
      text: '425',
      retryAfterMs: null,
    });
    expect(phaseOf(after)).toBeUndefined();
  });
});

describe('a resting sell that was cancelled', () => {
  const cancelledAtMs = EXIT_AT_MS + 12_000;
  const cancelled = () => {
    const intent = anIntent({ orderType: 'GTC', orderHash });
    const attempts = [aLiveAttempt({ intent, phase: { phase: 'cancelled', sinceMs: cancelledAtMs } })];
    return aPosition({ state: 'exiting', attemptCount: 2, attempts });
  };
  const lookedUp = (afterMs: number) =>
    evolvePosition(cancelled(), {
      type: 'orders-observed',
      atMs: cancelledAtMs + afterMs,
      orders: [],
      absentHashes: [orderHash],
    });

  it('stays open while look-ups and clocks may be behind, and counts as unfilled after that', () => {
    expect(phaseOf(lookedUp(19_999))).toBe('cancelled');
    expect(phaseOf(lookedUp(20_000))).toBeUndefined();
  });
});
