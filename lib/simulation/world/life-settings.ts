import { DEFAULT_OPENING_POLICY } from '#lib/domain/plan/plan-opening.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import type { OpeningSettings } from '#lib/lifecycle/buy/open-position.ts';
import type { ConditionWindow } from '#lib/venue/engine/venue-conditions.ts';
import type { World } from './world.ts';

/** Production values throughout. */
export const SIM_SETTINGS: OpeningSettings = {
  exitPolicy: DEFAULT_EXIT_POLICY,
  openingPolicy: DEFAULT_OPENING_POLICY,
  limits: DEFAULT_RISK_LIMITS,
};

/** When the table is away in this life, if it is: back at the calm at the latest. */
export function drawOutages(
  { dice }: Pick<World, 'dice'>,
  startsAtMs: number,
  endsAtMs: number,
): readonly ConditionWindow[] {
  return dice.rollLife('store-outage').map((spell) => {
    const latestMs = Math.min(spell.untilMs ?? 0, 0);
    const fromMs =
      endsAtMs + (spell.fromMs ?? dice.between('store-outage', Math.min(startsAtMs - endsAtMs, latestMs), latestMs));
    if (spell.untilMs !== undefined) return { fromMs, untilMs: endsAtMs + spell.untilMs };
    const untilMs = fromMs + 1_000 * dice.between('store-outage', 5, 60);
    return { fromMs, untilMs: Math.min(untilMs, endsAtMs + spell.calmMs) };
  });
}
