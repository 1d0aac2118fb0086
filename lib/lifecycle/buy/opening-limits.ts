import type { Mode, Origin } from '#lib/domain/position/position.ts';
import type { RiskLimits } from '#lib/domain/position/risk-limits.ts';
import { type TightenedLimits, tightestOf } from '#lib/domain/position/tightened-limits.ts';
import type { OpeningRefusal } from '#lib/domain/refusal/opening-refusal.ts';
import { CorruptRowError } from '#lib/errors/errors.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

export type OpeningLimits = { readonly limits: RiskLimits; readonly isTightened: boolean };

/**
 * The stage's limits or those of the row, whichever are lower, as they are now: an opening that has begun keeps them.
 * @throws StoreUnavailableError nothing was opened
 */
export async function findOpeningLimits(
  store: Pick<PositionStore, 'findTightened'>,
  stage: RiskLimits,
  { mode, origin }: { readonly mode: Mode; readonly origin?: Origin },
): Promise<OpeningLimits | OpeningRefusal> {
  // A canary is not limited, and its function has no right to the account's rows.
  if (origin === 'canary') return { limits: stage, isTightened: false };
  const tightened = await readTightened(store, mode);
  if (tightened === null) return UNREADABLE;
  return { limits: tightestOf(stage, tightened), isTightened: tightened !== undefined };
}

/** Null where the row cannot be read; undefined without one. @throws StoreUnavailableError */
export async function readTightened(
  store: Pick<PositionStore, 'findTightened'>,
  mode: Mode,
): Promise<TightenedLimits | null | undefined> {
  try {
    return await store.findTightened(mode);
  } catch (error) {
    if (error instanceof CorruptRowError) return null;
    throw error;
  }
}

const UNREADABLE: OpeningRefusal = {
  code: 'limits-unreadable',
  message:
    'The row of the tightened limits cannot be read, so nothing is opened. `tminus limits` shows it; `tminus limits reset` ' +
    "removes it, and the stage's own limits hold again.",
};

const LIMIT_CODES: readonly string[] = ['budget-above-limit', 'open-count-limit', 'exposure-limit', 'day-loss-limit'];

/** Says where a limit may come from that is lower than the stage's. */
export function withLimitsNote(refusal: OpeningRefusal, isTightened: boolean): OpeningRefusal {
  if (!isTightened || !LIMIT_CODES.includes(refusal.code)) return refusal;
  const note = 'Limits are tightened by a row: `tminus limits` shows which, since when and why.';
  return { ...refusal, message: `${refusal.message} ${note}` };
}
