import type { OrderBook } from '#lib/domain/market/market.ts';
import { createFaultDice } from '#lib/simulation/fault-dice.ts';
import type { FaultPlan } from '#lib/simulation/fault-plan.ts';
import { drawUsualSetup, type LifeSetup, SIM_SETTINGS } from '#lib/simulation/life-setup.ts';
import { drawConditions } from '#lib/venue/engine/venue-conditions.ts';
import { createRandom } from '#lib/venue/random.ts';

/** One life before its first action: the same market, order, faults and crash point for every strategy. */
export type Situation = {
  readonly seed: number;
  readonly plan: FaultPlan;
  readonly setup: LifeSetup;
  /** T − 2:00. */
  readonly exitDueAtMs: number;
  readonly endsAtMs: number;
  /** 90 s after the last fault: by then law 1 wants every position sold, or recorded as unsold. */
  readonly managedByMs: number;
  /** The true book of the own token at the due time, whatever is shown of it; undefined when there is none. */
  readonly exitBook: OrderBook | undefined;
};

/** Law 1 (lib/domain/README.md). */
const LIVENESS_MS = 90_000;

/** No strategy has a button for the user: only the product would be asked to sell early. */
export function comparablePlan(plan: FaultPlan): FaultPlan {
  return { ...plan, faults: plan.faults.filter(({ kind }) => kind !== 'exit-by-hand') };
}

/**
 * The life of this seed as `tminus sim` draws it, in live mode, without what no rival has (paper, rules, guards), and
 * without the lives that it plays for their settlement: their winners find no buyer, which real books do not show.
 */
export function drawSituation(seed: number, plan: FaultPlan): Situation {
  const random = createRandom(`${seed}|life`);
  const setup: LifeSetup = { ...drawUsualSetup((endExclusive) => random.nextInt(endExclusive)), mode: 'live' };
  const { endsAtMs } = setup.playing.market;
  const exitDueAtMs = endsAtMs - SIM_SETTINGS.exitPolicy.exitLeadMs;
  const managedByMs = endsAtMs + plan.calmAfterEndMs + LIVENESS_MS;
  return {
    seed,
    plan,
    setup,
    exitDueAtMs,
    endsAtMs,
    managedByMs,
    exitBook: trueBookAt(exitDueAtMs, seed, plan, setup),
  };
}

function trueBookAt(atMs: number, seed: number, plan: FaultPlan, { playing, opensAtMs, outcome }: LifeSetup) {
  const { market } = playing;
  const sinceEndMs = (): number => opensAtMs - market.endsAtMs;
  const dice = createFaultDice({ seed, plan, sinceEndMs, onFault: () => undefined });
  const conditions = drawConditions(dice, { startsAtMs: opensAtMs, endsAtMs: market.endsAtMs });
  const isEmpty = conditions.isOn('no-bids', atMs) || conditions.isOn('market-over', atMs);
  return isEmpty ? undefined : playing.bookAt(market.tokenIds[outcome], atMs);
}
