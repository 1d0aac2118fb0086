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

/** The position and market of one life, drawn from its seed. */
export type LifeSetup = {
  readonly playing: PlayingMarket;
  readonly mode: Mode;
  readonly outcome: Outcome;
  readonly budgetMicros: bigint;
  readonly opensAtMs: number;
  readonly focus: CrashPoint;
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

const FOCUS_POINTS: readonly CrashPoint[] = CRASH_POINTS.flatMap((point) => {
  const weight = RARE_SITES.find(({ site }) => point.startsWith(site))?.weight ?? 1;
  return Array.from({ length: weight }, () => point);
});

export function drawLifeSetup(draw: (endExclusive: number) => number): LifeSetup {
  const playing = playWindow(draw(16) === 0 ? '15m' : '5m', draw);
  const { startsAtMs, endsAtMs } = playing.market;
  const latestMs = endsAtMs - SIM_SETTINGS.exitPolicy.exitLeadMs - SIM_SETTINGS.openingPolicy.timeToExitMsMin;
  return {
    playing,
    mode: draw(4) === 0 ? 'paper' : 'live',
    outcome: OUTCOMES[draw(OUTCOMES.length)] ?? 'UP',
    budgetMicros: BigInt(5 + draw(95)) * 1_000_000n,
    opensAtMs: startsAtMs + 1_000 + draw(latestMs - startsAtMs),
    focus: FOCUS_POINTS[draw(FOCUS_POINTS.length)] ?? 'store.save:after',
  };
}
