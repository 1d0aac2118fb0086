import type { TimerSettings } from '#lib/domain/plan/plan-timer.ts';
import { planTimerAtMs } from '#lib/domain/plan/plan-timer.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { ExitTimer } from '#lib/ports/exit-timer.ts';

/** The durable timer in memory, for tests of those who set it. */
export function createFakeExitTimer(deps: {
  readonly nowMs: () => number;
  readonly settings: TimerSettings;
}): ExitTimer & { readonly timers: ReadonlyMap<string, number> } {
  const timers = new Map<string, number>();
  return {
    timers,
    schedule: async (position) => {
      const atMs = planTimerAtMs({ ...deps.settings, ...position, nowMs: deps.nowMs() });
      if (atMs === null) throw new UpstreamUnavailableError('Too little time is left for a timer that still helps');
      if (!timers.has(position.positionId)) timers.set(position.positionId, atMs);
    },
  };
}
