import type { StepFacts } from '#lib/lifecycle/watch/step-facts.ts';
import type { Meter } from '#lib/runtime/metrics.ts';

/** The facts of a saved step as numbers. */
export function measureStep(meter: Meter, facts: StepFacts): void {
  if (facts.isExitAttempt) meter.count('ExitAttempt');
  if (facts.exitSetback !== null) meter.count('ExitRefused', 1, { cause: facts.exitSetback });
  if (facts.isUnrecognised) meter.count('RefusalUnrecognised');
  if (facts.orderLatenessMs !== null) meter.millis('OrderLateness', facts.orderLatenessMs);
}
