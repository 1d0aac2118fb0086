import { OUTCOMES, type Outcome } from '#lib/domain/market/market.ts';
import { DEFAULT_OPENING_POLICY, type OwnTerms } from '#lib/domain/plan/plan-opening.ts';
import type { AskedRules } from '#lib/domain/plan/plan-rules.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import type { Mode } from '#lib/domain/position/position.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import type { OpeningSettings } from '#lib/lifecycle/buy/open-position.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';
import { createRandom, floatAt, to32Bits } from '#lib/venue/random.ts';
import { CRASH_POINTS, type CrashPoint, GUARD_POINTS } from './crash-points.ts';
import { playRules } from './draw-rules.ts';
import { type BotAction, drawBotActions } from './foreign-bot.ts';
import { playWindow } from './play-window.ts';

/** Production values. */
export const SIM_SETTINGS: OpeningSettings = {
  exitPolicy: DEFAULT_EXIT_POLICY,
  openingPolicy: DEFAULT_OPENING_POLICY,
  limits: DEFAULT_RISK_LIMITS,
};

/** Every other pair of lives may merge. By the seed, so that the draws of a life do not change. */
export function settingsOf(seed: number, { rules, guard, mode, asked }: LifeSetup): OpeningSettings {
  if (asked !== undefined) return asked.settings;
  const isOnPaper = guard !== null && mode === 'paper';
  const mayMerge = Math.floor(seed / 2) % 2 === 1 && !isOnPaper;
  const preset = guard?.isByWatch && rules !== null ? { presets: { stage: { rules } }, defaultPreset: 'stage' } : {};
  return { ...SIM_SETTINGS, ...preset, exitPolicy: { ...SIM_SETTINGS.exitPolicy, mayMerge } };
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
  /** Exits by rule that the request asks for, and a price that moves to their levels; null: the clock alone. */
  readonly rules: AskedRules | null;
  /** The shares are bought by a bot of the owner's, and the suite is asked to guard them; null: it buys them itself. */
  readonly guard: GuardSetup | null;
  /** What the request asks for itself, and the settings of its stage. Drawn lives have neither. */
  readonly asked?: { readonly terms: OwnTerms; readonly settings: OpeningSettings };
};

export type GuardSetup = {
  readonly requestedAtMs: number;
  /** On paper the request says how many there are. */
  readonly sharesMicrosMax: bigint | null;
  readonly costMicros: bigint | null;
  readonly expectShares: boolean;
  /** The watch of the wallet asks, once a minute, until it has found the shares. */
  readonly isByWatch: boolean;
  readonly bot: readonly BotAction[];
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

const FOCUS_POINTS: readonly CrashPoint[] = CRASH_POINTS.filter((each) => !GUARD_POINTS.includes(each)).flatMap(
  (point) => {
    const weight = RARE_SITES.find(({ site }) => point.startsWith(site))?.weight ?? 1;
    return Array.from({ length: weight }, () => point);
  },
);

type Draw = (endExclusive: number) => number;

export function drawLifeSetup(draw: Draw, seed: number): LifeSetup {
  const setup = drawUsualSetup(draw);
  return withOwner(draw(LIVES_PER_UNSOLD) === 0 ? unsold(setup, draw) : setup, seed);
}

/** Opened by the suite, exited by the clock, in a market as it comes. */
export function drawUsualSetup(draw: Draw): LifeSetup {
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
    isUnsold: false,
    rules: null,
    guard: null,
  };
}

/** Transfers are read only when shares are missing. */
const GUARD_FOCUS = GUARD_POINTS.flatMap((point) =>
  Array.from({ length: point.startsWith('readings.listTransfers') ? 8 : 1 }, () => point),
);

/** Shares of all lives. */
const GUARDED = 0.2;
const RULED = { guarded: 0.5, opened: 0.15 } as const;
/** Random sequences apart from those of the faults. */
const OWNER_STREAM = 1_000;

/** What the owner adds: decided by the seed and drawn apart, so that the other lives stay as they were. */
function withOwner(setup: LifeSetup, seed: number): LifeSetup {
  const chance = (place: number): number => floatAt(to32Bits(seed), OWNER_STREAM, place);
  const isGuarded = chance(0) < GUARDED;
  const isRuled = chance(1) < (isGuarded ? RULED.guarded : RULED.opened);
  if (!isGuarded && !isRuled) return setup;
  const random = createRandom(`${seed}|owner`);
  const draw: Draw = (endExclusive) => random.nextInt(endExclusive);
  const guarded = isGuarded ? withGuard(setup, draw) : setup;
  return isRuled ? withRules(guarded, draw) : guarded;
}

function exitDueAtMsOf({ playing }: LifeSetup): number {
  return playing.market.endsAtMs - SIM_SETTINGS.exitPolicy.exitLeadMs;
}

function withRules(setup: LifeSetup, draw: Draw): LifeSetup {
  const time = { fromMs: setup.opensAtMs, exitDueAtMs: exitDueAtMsOf(setup) };
  return { ...setup, ...playRules(draw, setup.playing, setup.outcome, time) };
}

function withGuard(setup: LifeSetup, draw: Draw): LifeSetup {
  const { opensAtMs, outcome, playing } = setup;
  const exitDueAtMs = exitDueAtMsOf(setup);
  const { endsAtMs } = playing.market;
  const requestedAtMs = opensAtMs + drawGuardDelayMs(draw, endsAtMs - opensAtMs);
  const times = { startsAtMs: opensAtMs, guardedAtMs: requestedAtMs, exitDueAtMs, endsAtMs };
  const mode = draw(10) === 0 ? 'paper' : 'live';
  const isPart = mode === 'paper' || draw(8) === 0;
  const guard: GuardSetup = {
    requestedAtMs,
    sharesMicrosMax: isPart ? BigInt(5 + draw(100)) * 1_000_000n : null,
    costMicros: mode === 'paper' && draw(3) > 0 ? BigInt(2 + draw(60)) * 1_000_000n : null,
    expectShares: draw(2) === 0,
    bot: mode === 'live' ? drawBotActions(draw, outcome, times) : [],
    isByWatch: !isPart && draw(3) === 0,
  };
  const focus = draw(2) === 0 ? (GUARD_FOCUS[draw(GUARD_FOCUS.length)] ?? setup.focus) : setup.focus;
  return { ...setup, mode, guard, focus };
}

/** Together with the bot's order, right after it, later, or when the exit is due already. */
function drawGuardDelayMs(draw: Draw, untilEndMs: number): number {
  switch (draw(4)) {
    case 0:
      return draw(500);
    case 1:
      return 500 + draw(8_000);
    case 2:
      return draw(100_000);
    default:
      return draw(untilEndMs);
  }
}

function unsold(setup: LifeSetup, draw: Draw): LifeSetup {
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
