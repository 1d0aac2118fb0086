import { createRandom } from '../random.ts';
import { normalCdf, normalQuantile } from './normal-distribution.ts';

export const STEP_MS = 250;
/** Longer windows have longer steps, so that a path of a day or a month is no larger than one of 80 minutes. */
const STEP_COUNT_MAX = 19_200;

/** The probability of UP that a path must have at a time from the window's start. */
export type PathPin = { readonly probability: number; readonly sinceStartMs: number };

/**
 * A random walk of the underlying and the probability of UP that follows from it and the time left; it ends at 0 or 1.
 */
export type GeneratedPath = {
  readonly stepMs: number;
  readonly stepCount: number;
  /** How far the underlying is from its start, in standard deviations of a whole window's walk. */
  deviationsAt(step: number): number;
  /** The same in standard deviations of the rest of the window: beyond ±3 the market is practically decided. */
  certaintyAt(step: number): number;
  probabilityAt(step: number): number;
};

export function generatePath(seed: string, windowMs: number, pin?: PathPin): GeneratedPath {
  const stepMs = Math.max(STEP_MS, Math.ceil(windowMs / STEP_COUNT_MAX));
  const stepCount = Math.max(Math.round(windowMs / stepMs), 1);
  const walk =
    pin === undefined
      ? walkFreely(seed, stepCount)
      : walkThrough(seed, stepCount, { ...pin, step: Math.round(pin.sinceStartMs / stepMs) });
  const clamp = (step: number): number => Math.min(Math.max(step, 0), stepCount);
  const deviationsAt = (step: number): number => walk[clamp(step)] ?? 0;
  const certaintyAt = (step: number): number => {
    const shareLeft = (stepCount - clamp(step)) / stepCount;
    const deviations = deviationsAt(step);
    if (shareLeft === 0) return deviations >= 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    return deviations / Math.sqrt(shareLeft);
  };
  return { stepMs, stepCount, deviationsAt, certaintyAt, probabilityAt: (step) => normalCdf(certaintyAt(step)) };
}

function walkFreely(seed: string, stepCount: number): Float64Array {
  const random = createRandom(`${seed}|walk`);
  const stride = 1 / Math.sqrt(stepCount);
  const walk = new Float64Array(stepCount + 1);
  for (let step = 1; step <= stepCount; step += 1) walk[step] = (walk[step - 1] ?? 0) + stride * random.nextGaussian();
  return walk;
}

/** Corrects a free walk so that it passes the pin: a Brownian bridge before the pin, unchanged steps after it. */
function walkThrough(seed: string, stepCount: number, pin: PathPin & { readonly step: number }): Float64Array {
  const walk = walkFreely(seed, stepCount);
  const pinStep = Math.min(Math.max(pin.step, 1), stepCount - 1);
  const shareLeft = (stepCount - pinStep) / stepCount;
  const correction = normalQuantile(pin.probability) * Math.sqrt(shareLeft) - (walk[pinStep] ?? 0);
  return walk.map((deviations, step) => deviations + correction * Math.min(step / pinStep, 1));
}
