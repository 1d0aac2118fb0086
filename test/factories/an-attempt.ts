import type { EndedAttempt, LiveAttempt, LivePhase, OrderIntent } from '#lib/domain/position/order-attempt.ts';
import { anIntent } from './an-intent.ts';

/** An attempt in the row, by default `posting` with the production policy's lease. */
export function aLiveAttempt(
  overrides: {
    readonly intent?: OrderIntent;
    readonly postCount?: number;
    readonly lostPostAtMs?: number | null;
    readonly phase?: LivePhase;
  } = {},
): LiveAttempt {
  const intent = overrides.intent ?? anIntent();
  const phase = overrides.phase ?? { phase: 'posting', leaseUntilMs: intent.timestampMs + 8_000 };
  const { postCount = 1, lostPostAtMs = null } = overrides;
  return { intent, postCount, lostPostAtMs, ...phase };
}

export function anAttempt(overrides: Partial<EndedAttempt> = {}): EndedAttempt {
  const intent = overrides.intent ?? anIntent();
  return {
    positionId: 'position-1',
    intent,
    postCount: 1,
    result: { phase: 'settled' },
    endedAtMs: intent.timestampMs,
    ...overrides,
  };
}
