import type { Clock } from '#lib/ports/clock.ts';
import type { Readiness } from '#lib/ports/readiness.ts';
import { findBlocker, type PlannedCheck, runChecks } from './check.ts';

export type ReadinessDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** The checks of live trading; those that are not hard are not run. */
  readonly checks: readonly PlannedCheck[];
};

/** Green is believed for this long, so that a burst of openings does not ask the venue the same thing each time. */
const GREEN_MS = 60_000;

/** Keeps live mode from opening while a hard check is red. Red is never remembered: what was mended counts at once. */
export function createReadiness({ clock, checks }: ReadinessDeps): Readiness {
  const hard = checks.filter((check) => check.isHard);
  let greenUntilMs = 0;
  return {
    async findBlocker(mode, deadlineAtMs) {
      if (mode !== 'live' || clock.nowMs() < greenUntilMs) return null;
      const blocker = findBlocker(await runChecks(hard, deadlineAtMs));
      if (blocker !== undefined) return { check: blocker.name, advice: blocker.advice ?? blocker.found };
      greenUntilMs = clock.nowMs() + GREEN_MS;
      return null;
    },
  };
}
