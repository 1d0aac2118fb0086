import { MARKET_VERSIONS, type MarketVersion } from '#lib/domain/market/market.ts';
import { TminusError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExpectedPart } from '#lib/ports/deployment.ts';
import type { Readiness } from '#lib/ports/venue/readiness.ts';

/**
 * - `ok`: checked just now.
 * - `warning`: an exit does not need it, or it could not be checked.
 * - `red`: it would stop an exit or a buy, or the news of one.
 */
export type CheckStatus = 'ok' | 'warning' | 'red';

/** Result of one check. `advice` says what to do; null when there is nothing to do. */
export type Check = {
  readonly name: string;
  readonly status: CheckStatus;
  /** While it is red, live mode opens nothing. */
  readonly isHard: boolean;
  readonly found: string;
  readonly advice: string | null;
  /** Set when it concerns markets of one version only. */
  readonly marketVersion?: MarketVersion | undefined;
  /** Each resource that was looked at, when the check looks at several. `found` names them all. */
  readonly parts?: readonly CheckedPart[] | undefined;
};

export type CheckedPart = Pick<ExpectedPart, 'kind' | 'name' | 'id'> & Pick<Check, 'status' | 'found' | 'advice'>;

/** A check that has not run yet. */
export type PlannedCheck = {
  readonly name: string;
  readonly isHard: boolean;
  readonly marketVersion?: MarketVersion;
  /** Status when nothing could be read: an exit works without it (`warning`) or does not (`red`). */
  readonly whenUnread: Exclude<CheckStatus, 'ok'>;
  readonly adviceWhenUnread: string;
  readonly run: (deadlineAtMs: number) => Promise<Finding>;
};

export type Finding = Pick<Check, 'status' | 'found' | 'advice' | 'parts'>;

export const ok = (found: string): Finding => ({ status: 'ok', found, advice: null });
export const warning = (found: string, advice: string): Finding => ({ status: 'warning', found, advice });
export const red = (found: string, advice: string): Finding => ({ status: 'red', found, advice });

/** Runs checks side by side with one deadline. A check that throws is a finding; this never throws. */
export function runChecks(checks: readonly PlannedCheck[], deadlineAtMs: number): Promise<readonly Check[]> {
  return Promise.all(
    checks.map(async ({ name, isHard, marketVersion, whenUnread, adviceWhenUnread, run }) => {
      const check = { name, isHard, ...(marketVersion && { marketVersion }) };
      try {
        return { ...check, ...(await run(deadlineAtMs)) };
      } catch (error) {
        return { ...check, status: whenUnread, found: describe(error), advice: adviceWhenUnread };
      }
    }),
  );
}

/** The suite's own errors hold no secret. Texts of other errors are not shown. */
function describe(error: unknown): string {
  if (error instanceof TminusError) return error.message;
  return 'could not be read';
}

export type ReadinessDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** The checks of live trading; only hard ones are run. */
  readonly checks: readonly PlannedCheck[];
};

/** A pass is reused for this long, so that a burst of openings does not repeat the checks. */
const GREEN_MS = 60_000;

/**
 * Stops live openings while a hard check is red. A pass is one of all checks that concern a market version; red is
 * never reused: a repair counts at once.
 */
export function createReadiness({ clock, checks }: ReadinessDeps): Readiness {
  const hard = checks.filter((check) => check.isHard);
  const greenUntilMs = new Map<MarketVersion, number>();
  return {
    async listBlockers(mode, deadlineAtMs) {
      if (mode !== 'live') return [];
      const nowMs = clock.nowMs();
      const green = MARKET_VERSIONS.filter((version) => nowMs < (greenUntilMs.get(version) ?? 0));
      const due = hard.filter((check) => !green.some((version) => concerns(check, version)));
      const red = (await runChecks(due, deadlineAtMs)).filter(({ status }) => status === 'red');
      // What was skipped passed earlier, so it counts as long as that pass.
      const untilMs = green.length === 0 ? clock.nowMs() + GREEN_MS : Math.max(...greenUntilMs.values());
      for (const version of MARKET_VERSIONS) {
        const isPass = !green.includes(version) && !red.some((check) => concerns(check, version));
        if (isPass) greenUntilMs.set(version, untilMs);
      }
      return red.map(({ name, advice, found, marketVersion = null }) => ({
        check: name,
        advice: advice ?? found,
        marketVersion,
      }));
    },
  };
}

function concerns({ marketVersion }: Pick<Check, 'marketVersion'>, version: MarketVersion): boolean {
  return (marketVersion ?? version) === version;
}
