import type { Market, Outcome } from '#lib/domain/market/market.ts';
import { boughtTotals, soldTotals } from '#lib/domain/position/fill-totals.ts';
import type { Position } from '#lib/domain/position/position.ts';
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
  const position = await play(recording, side, setup);
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

function play(recording: Recording, side: Outcome, setup: LifeSetup): Promise<Position | null> {
  const life = playLife({ seed: seedOf(recording, side), plan: NO_FAULTS, setup, isThorough: false });
  return life.then(({ position }) => position);
}

export type GuardedShares = { readonly sharesMicros: bigint; readonly exitLeadMs: number };

/** Time for the guard to be taken in and its first wake-up to be set. */
const GUARDED_BEFORE_EXIT_MS = 30_000;

/**
 * The exit of shares that were bought by others: on paper, where a request says how many they are. Null when nothing
 * was recorded by the time of the exit, or the guard is refused.
 */
export async function playGuarded(
  recording: Recording,
  side: Outcome,
  { sharesMicros, exitLeadMs }: GuardedShares,
): Promise<Position | null> {
  const exitAtMs = recording.windowEndMs - exitLeadMs;
  if ((recording.books[0]?.atMs ?? recording.windowEndMs) > exitAtMs) return null;
  const plan = { entryLeadMs: exitLeadMs + GUARDED_BEFORE_EXIT_MS, exitLeadMs, budgetMicros: 0n };
  const requestedAtMs = recording.windowEndMs - plan.entryLeadMs;
  const guard = { requestedAtMs, sharesMicrosMax: sharesMicros, costMicros: null, expectShares: false };
  const setup = setupOf(recording, side, plan, undefined);
  return play(recording, side, { ...setup, mode: 'paper', guard: { ...guard, isByWatch: false, bot: [] } });
}

type Times = Omit<ReplayPlan, 'policy'>;

function setupOf(recording: Recording, side: Outcome, plan: Times, rules: ProductRules): LifeSetup {
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
