import type { Market, Outcome } from '#lib/domain/market/market.ts';
import { boughtTotals, soldTotals } from '#lib/domain/position/fill-totals.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { NO_FAULTS } from '#lib/simulation/fault-plan.ts';
import { playLife } from '#lib/simulation/life.ts';
import { type LifeSetup, SIM_SETTINGS } from '#lib/simulation/life-setup.ts';
import { listMarket } from '#lib/venue/books/list-market.ts';
import type { Recording } from '#lib/venue/books/parse-recording.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';
import { playRecordedWindow } from '#lib/venue/books/recorded-window.ts';
import type { ReplayPlan } from './replay-plan.ts';
import { type ReplayRow, SHARES_MICROS_MIN, slugOf, toReplayRow } from './replay-row.ts';

export type ProductRules = Extract<ReplayPlan['policy'], { kind: 'product' }>['rules'];

/**
 * A life of the simulator in a world without faults: the product's own use cases, timers and queues in virtual time,
 * against the recorded book. Null when nothing was opened, or too little.
 */
export async function playProduct(
  recording: Recording,
  side: Outcome,
  plan: ReplayPlan,
  rules: ProductRules,
): Promise<ReplayRow | null> {
  const setup = setupOf(recording, side, plan, rules);
  const { position } = await playLife({ seed: seedOf(recording, side), plan: NO_FAULTS, setup, isThorough: false });
  if (position === null) return null;
  const { firstExitAttemptAtMs, exitDueAtMs } = position;
  const bought = boughtTotals(position);
  if (bought.sharesMicros < SHARES_MICROS_MIN) return null;
  return toReplayRow(recording, {
    side,
    bought,
    sold: soldTotals(position),
    refusals: describePosition(position).refusals.reduce((sum, { count }) => sum + count, 0),
    // A rule that fires makes the exit due at once.
    firstExitLatenessMs: firstExitAttemptAtMs === null ? null : Math.max(firstExitAttemptAtMs - exitDueAtMs, 0),
  });
}

function setupOf(recording: Recording, side: Outcome, plan: ReplayPlan, rules: ProductRules): LifeSetup {
  const { entryLeadMs, exitLeadMs, budgetMicros } = plan;
  // An exit soon after the entry is what the caller asks to see.
  const openingPolicy = { ...SIM_SETTINGS.openingPolicy, timeToExitMsMin: 0 };
  return {
    playing: playRecording(recording),
    mode: 'live',
    outcome: side,
    budgetMicros,
    opensAtMs: recording.windowEndMs - entryLeadMs,
    focus: 'store.save:after',
    isUnsold: false,
    rules: null,
    guard: null,
    asked: {
      terms: { exitLeadMs, ...(rules !== undefined && { rules }) },
      settings: { ...SIM_SETTINGS, openingPolicy },
    },
  };
}

/** At its own time, with no book before the first that was recorded. */
function playRecording(recording: Recording): PlayingMarket {
  const market: Market = listMarket({
    seed: recording.name,
    slug: slugOf(recording),
    asset: recording.asset,
    startsAtMs: recording.windowStartMs,
    endsAtMs: recording.windowEndMs,
  });
  const playing = playRecordedWindow(recording, market);
  const firstAtMs = recording.books[0]?.atMs ?? recording.windowEndMs;
  return { ...playing, bookAt: (tokenId, atMs) => (atMs < firstAtMs ? undefined : playing.bookAt(tokenId, atMs)) };
}

/** Latencies follow from it, so that two policies meet the same ones. */
function seedOf({ windowEndMs }: Recording, side: Outcome): number {
  return (windowEndMs / 1_000) * 2 + (side === 'UP' ? 0 : 1);
}
