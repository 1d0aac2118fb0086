import type { RiskLimits } from './risk-limits.ts';

/** Who changed what a mode may open, when (Unix milliseconds) and why. */
export type Acting = { readonly atMs: number; readonly by: string | null; readonly reason: string | null };

/** Limits that an operator lowered at once, without a deployment. Those it leaves out are the stage's. */
export type TightenedLimits = Acting & { readonly limits: Partial<RiskLimits> };

/** The lower of both for each limit: a row can never allow more than the stage's commit. */
export function tightestOf(stage: RiskLimits, tightened: TightenedLimits | undefined): RiskLimits {
  const { openCountMax, exposureMicrosMax, budgetMicrosMax, dayLossMicrosMax } = tightened?.limits ?? {};
  return {
    openCountMax: Math.min(stage.openCountMax, openCountMax ?? stage.openCountMax),
    exposureMicrosMax: lowerOf(stage.exposureMicrosMax, exposureMicrosMax),
    budgetMicrosMax: lowerOf(stage.budgetMicrosMax, budgetMicrosMax),
    dayLossMicrosMax: lowerOf(stage.dayLossMicrosMax, dayLossMicrosMax),
  };
}

function lowerOf(stage: bigint, tightened: bigint = stage): bigint {
  return tightened < stage ? tightened : stage;
}

/** The names of the limits that `asked` would raise above `known`, or leave as they are. */
export function listNotLower(known: Partial<RiskLimits>, asked: Partial<RiskLimits>): readonly (keyof RiskLimits)[] {
  const names = ['openCountMax', 'exposureMicrosMax', 'budgetMicrosMax', 'dayLossMicrosMax'] as const;
  return names.filter((name) => {
    const [before, after] = [known[name], asked[name]];
    return before !== undefined && after !== undefined && after >= before;
  });
}
