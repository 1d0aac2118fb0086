import { OUTCOMES, type Outcome } from '#lib/domain/market/market.ts';
import { DEFAULT_OPENING_POLICY } from '#lib/domain/plan/plan-opening.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import type { Mode } from '#lib/domain/position/position.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import type { OpeningSettings } from '#lib/lifecycle/buy/open-position.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';
import { CRASH_POINTS, type CrashPoint } from './crash-points.ts';
import { playWindow } from './play-window.ts';

/** Production values. */
export const SIM_SETTINGS: OpeningSettings = {
  exitPolicy: DEFAULT_EXIT_POLICY,
  openingPolicy: DEFAULT_OPENING_POLICY,
  limits: DEFAULT_RISK_LIMITS,
};

/** Every other pair of lives may merge. By the seed, so that the draws of a life do not change. */
export function settingsOf(seed: number): OpeningSettings {
  const mayMerge = Math.floor(seed / 2) % 2 === 1;
  return { ...SIM_SETTINGS, exitPolicy: { ...SIM_SETTINGS.exitPolicy, mayMerge } };
}

/** The position and market of one life, drawn from its seed. */
export type LifeSetup = {
  readonly playing: PlayingMarket;
  readonly mode: Mode;
  readonly outcome: Outcome;
  readonly budgetMicros: bigint;
  readonly opensAtMs: number;
  readonly focus: CrashPoint;
  /** The own token finds no buyer from the exit on, so that settlement has something to settle. */
  readonly isUnsold: boolean;
};

/** Effects that few lives reach get more lives, so that any two thousand cover every crash point. */
const RARE_SITES = [
  { site: 'exchange.cancelRestingOrders', weight: 16 },
  { site: 'exchange.refreshBalance', weight: 8 },
  { site: 'exchange.getBalance', weight: 4 },
  { site: 'exchange.listRestingOrders', weight: 4 },
  { site: 'wallet.approveShares', weight: 24 },
  { site: 'noticeLedger.release', weight: 6 },
  { site: 'store.listAttempts', weight: 3 },
  { site: 'paperLedger', weight: 3 },
] as const;

/** The state of a redemption is asked for only if it reverts, or if its answer is lost. */
const SETTLEMENT_POINTS = CRASH_POINTS.filter((point) => point.startsWith('settlement.')).flatMap((point) =>
  point.startsWith('settlement.findRedemption') ? [point, point, point, point] : [point],
);
/** One life in so many is played for its settlement: unsold, live and mostly won. */
const LIVES_PER_UNSOLD = 8;

const FOCUS_POINTS: readonly CrashPoint[] = CRASH_POINTS.flatMap((point) => {
  const weight = RARE_SITES.find(({ site }) => point.startsWith(site))?.weight ?? 1;
  return Array.from({ length: weight }, () => point);
});

export function drawLifeSetup(draw: (endExclusive: number) => number): LifeSetup {
  const playing = playWindow(draw(16) === 0 ? '15m' : '5m', draw);
  const { startsAtMs, endsAtMs } = playing.market;
  const latestMs = endsAtMs - SIM_SETTINGS.exitPolicy.exitLeadMs - SIM_SETTINGS.openingPolicy.timeToExitMsMin;
  const setup: LifeSetup = {
    playing,
    mode: draw(4) === 0 ? 'paper' : 'live',
    outcome: OUTCOMES[draw(OUTCOMES.length)] ?? 'UP',
    budgetMicros: BigInt(5 + draw(95)) * 1_000_000n,
    opensAtMs: startsAtMs + 1_000 + draw(latestMs - startsAtMs),
    focus: FOCUS_POINTS[draw(FOCUS_POINTS.length)] ?? 'store.save:after',
    isUnsold: false,
  };
  return draw(LIVES_PER_UNSOLD) === 0 ? unsold(setup, draw) : setup;
}

function unsold(setup: LifeSetup, draw: (endExclusive: number) => number): LifeSetup {
  const { market, winner, bookAt } = setup.playing;
  const outcome = draw(4) === 0 ? setup.outcome : winner;
  const withoutBuyersFromMs = market.endsAtMs - SIM_SETTINGS.exitPolicy.exitLeadMs - 5_000;
  const playing: PlayingMarket = {
    ...setup.playing,
    bookAt: (tokenId, atMs) => {
      const book = bookAt(tokenId, atMs);
      const isOver = atMs >= withoutBuyersFromMs && tokenId === market.tokenIds[outcome];
      return isOver && book !== undefined ? { ...book, bids: [] } : book;
    },
  };
  const focus = SETTLEMENT_POINTS[draw(SETTLEMENT_POINTS.length)] ?? setup.focus;
  return { ...setup, playing, outcome, focus, isUnsold: true, mode: draw(8) === 0 ? 'paper' : 'live' };
}
