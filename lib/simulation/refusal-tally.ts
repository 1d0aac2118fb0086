import type { Position } from '#lib/domain/position/position.ts';
import type { SetbackCause } from '#lib/domain/refusal/refusal.ts';

/** One setback of a sell, and the time until shares were sold again; null when none were. */
export type Setback = { readonly cause: SetbackCause; readonly atMs: number; healedAfterMs: number | null };

export type RefusalTally = {
  readonly setbacks: readonly Setback[];
  note(before: Position | null, after: Position, atMs: number): void;
};

export function createRefusalTally(): RefusalTally {
  const setbacks: Setback[] = [];
  return {
    setbacks,
    note: (before, after, atMs) => {
      if (before === null) return;
      if (after.refusals !== before.refusals) {
        for (const cause of causesIn(after)) {
          if ((after.refusals[cause] ?? 0) > (before.refusals[cause] ?? 0))
            setbacks.push({ cause, atMs, healedAfterMs: null });
        }
      }
      if (setbacks.length === 0 || soldOf(after) <= soldOf(before)) return;
      for (const setback of setbacks) setback.healedAfterMs ??= atMs - setback.atMs;
    },
  };
}

function soldOf({ trades, attempts }: Position): bigint {
  let soldMicros = 0n;
  for (const { side, status, sharesMicros } of trades) {
    if (side === 'SELL' && status !== 'failed') soldMicros += sharesMicros;
  }
  for (const attempt of attempts) {
    if (attempt.intent.side === 'SELL' && attempt.phase === 'matched') soldMicros += attempt.reported.sharesMicros;
  }
  return soldMicros;
}

function causesIn({ refusals }: Position): SetbackCause[] {
  const causes: SetbackCause[] = [];
  for (const cause in refusals) if (isCauseOf(refusals, cause)) causes.push(cause);
  return causes;
}

function isCauseOf(refusals: Position['refusals'], text: string): text is SetbackCause {
  return Object.hasOwn(refusals, text);
}
