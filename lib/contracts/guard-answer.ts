import type { GuardRefusal, GuardRefusalCode } from '#lib/domain/plan/plan-guard.ts';
import type { Position } from '#lib/domain/position/position.ts';
import type { Halt } from '#lib/domain/position/risk-limits.ts';
import type { ErrorAnswer } from './api/api-error.ts';
import { type PositionAnswer, toPositionAnswer } from './open-answer.ts';

/** Shares are guarded, or were before by the same request. */
export type GuardedAnswer = {
  readonly outcome: 'guarded' | 'already-requested';
  readonly position: PositionAnswer;
  /** Openings of the mode are halted. What is guarded is managed all the same. */
  readonly halted: boolean;
  /** Shares of the market's other outcome in the wallet, which are not managed. Null: not read. */
  readonly otherSharesMicros: string | null;
  /** False: a wake-up may be missing, and the sweep starts the exit. Repeating the request sets it again. */
  readonly wakeUpsSet: boolean;
};

/** What a caller of `guard` gets as JSON. `position` of an error manages the market already. */
export type GuardAnswer = GuardedAnswer | (ErrorAnswer & { readonly position?: PositionAnswer });

type Guarded = {
  readonly outcome: 'guarded' | 'already-requested';
  readonly position: Position;
  readonly halt: Halt | null;
  readonly otherSharesMicros: bigint | null;
  readonly areWakeUpsSet: boolean;
};
type Refused = { readonly outcome: 'refused'; readonly refusal: GuardRefusal; readonly position?: Position };

/** The request contradicts what is there already. */
const CONFLICTS: ReadonlySet<GuardRefusalCode> = new Set(['market-occupied', 'request-id-reused']);

export function toGuardAnswer(
  result: Guarded | Refused,
  requestId: string,
): { readonly statusCode: number; readonly answer: GuardAnswer } {
  if (result.outcome === 'refused') {
    const { refusal, position } = result;
    return {
      statusCode: CONFLICTS.has(refusal.code) ? 409 : 422,
      answer: {
        error: { ...refusal, retryable: false, requestId },
        ...(position !== undefined && { position: toPositionAnswer(position) }),
      },
    };
  }
  const { outcome, position, halt, otherSharesMicros, areWakeUpsSet } = result;
  return {
    statusCode: outcome === 'guarded' ? 201 : 200,
    answer: {
      outcome,
      position: toPositionAnswer(position),
      halted: halt !== null,
      otherSharesMicros: otherSharesMicros?.toString() ?? null,
      wakeUpsSet: areWakeUpsSet,
    },
  };
}
