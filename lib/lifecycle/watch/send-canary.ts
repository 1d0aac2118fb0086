import { OUTCOMES, type Outcome } from '#lib/domain/market/market.ts';
import { type Asset, marketSlug, parseMarketSlug, WINDOW_MS, type Window } from '#lib/domain/market/up-down-markets.ts';
import type { RiskLimits } from '#lib/domain/position/risk-limits.ts';
import { RateLimitedError, UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { type OpenPositionDeps, openPosition } from '#lib/lifecycle/buy/open-position.ts';

export type SendCanaryCommand = {
  /** The same id never opens two canaries. */
  readonly requestId: string;
  /** From now to its exit: longer than the timer's lead, margin and lateness together. */
  readonly timeToExitMs: number;
  /** From its exit to the market's end, at least. */
  readonly roomMs: number;
};

export type SendCanaryOutcome =
  | { readonly outcome: 'sent'; readonly positionId: string }
  /** None was opened. The reason is a refusal's code, a void's reason, or `market-data-unavailable`. */
  | { readonly outcome: 'blocked'; readonly reason: string };

const ASSET: Asset = 'BTC';
/** Enough for the market's smallest position (five shares) at any price, fee included. */
const BUDGET_MICROS = 6_000_000n;
/** A canary does not test whether the price moves during the buy. */
const SLACK_TICKS = 20;
/** For the opening's plan only: the store does not apply limits to a canary. */
const LIMITS: RiskLimits = {
  openCountMax: Number.MAX_SAFE_INTEGER,
  exposureMicrosMax: BUDGET_MICROS,
  budgetMicrosMax: BUDGET_MICROS,
  dayLossMicrosMax: BUDGET_MICROS,
};

/**
 * Opens a paper position in a running market, on the path of every position, and sets its exit some minutes ahead: long
 * before the market's end, and late enough for the timer, which alone wakes it. Tries the shortest window first, and
 * both outcomes, because one side of a book may be empty near the end.
 * @throws StoreUnavailableError the function fails then, and the missing metric raises an alarm
 */
export async function sendCanary(deps: OpenPositionDeps, command: SendCanaryCommand): Promise<SendCanaryOutcome> {
  let reason = 'no-market-long-enough';
  try {
    for (const slug of candidateSlugs(deps.clock.nowMs(), command)) {
      for (const outcome of OUTCOMES) {
        const result = await open(deps, command, slug, outcome);
        if (result.outcome === 'sent') return result;
        if (result.isFinal) return { outcome: 'blocked', reason: result.reason };
        reason = result.reason;
      }
    }
  } catch (error) {
    if (!isMarketDataDown(error)) throw error;
    reason = 'market-data-unavailable';
  }
  return { outcome: 'blocked', reason };
}

function isMarketDataDown(error: unknown): boolean {
  return (
    error instanceof UpstreamUnavailableError ||
    error instanceof UnexpectedReplyError ||
    error instanceof RateLimitedError
  );
}

/** The running windows and the next one: the venue lists its markets a day ahead. */
function candidateSlugs(nowMs: number, { timeToExitMs, roomMs }: SendCanaryCommand): readonly string[] {
  const candidates: readonly (readonly [Window, number])[] = [
    ['5m', nowMs],
    ['15m', nowMs],
    ['5m', nowMs + WINDOW_MS['5m']],
  ];
  return candidates
    .map(([window, atMs]) => marketSlug(ASSET, window, atMs))
    .filter((slug) => endOf(slug) >= nowMs + timeToExitMs + roomMs);
}

function endOf(slug: string): number {
  return parseMarketSlug(slug, 0)?.spans[0]?.endsAtMs ?? 0;
}

type Try = Extract<SendCanaryOutcome, { outcome: 'sent' }> | { outcome: 'not-sent'; reason: string; isFinal: boolean };

async function open(
  deps: OpenPositionDeps,
  { requestId, timeToExitMs }: SendCanaryCommand,
  slug: string,
  outcome: Outcome,
): Promise<Try> {
  const { settings } = deps;
  const exitLeadMs = endOf(slug) - (deps.clock.nowMs() + timeToExitMs);
  const result = await openPosition(
    {
      ...deps,
      settings: {
        ...settings,
        exitPolicy: { ...settings.exitPolicy, exitLeadMs },
        openingPolicy: { ...settings.openingPolicy, timeToExitMsMin: 0, slackTicks: SLACK_TICKS },
        limits: LIMITS,
      },
    },
    {
      requestId,
      origin: 'canary',
      mode: 'paper',
      asset: ASSET,
      outcome,
      marketSlug: slug,
      budgetMicros: BUDGET_MICROS,
    },
  );
  if (result.outcome === 'refused') return { outcome: 'not-sent', reason: result.refusal.code, isFinal: false };
  const { position } = result;
  // The request's id is used up: nothing else can be opened under it.
  if (position.state === 'voided') return { outcome: 'not-sent', reason: position.exitReason, isFinal: true };
  return { outcome: 'sent', positionId: position.positionId };
}
