import { createRandom } from '../random.ts';
import { normalCdf, normalQuantile } from './normal-distribution.ts';

/** The recordings are thinned to one book in 250 ms; generated ones change as often. */
export const STEP_MS = 250;

/** The mid of UP that a path has to pass: a share of one, at a time counted from the window's start. */
export type PathPin = { readonly probability: number; readonly sinceStartMs: number };

/**
 * The course of one window: a simple random walk of the underlying, and the chance of UP that follows from where it
 * stands and how much time is left. As the time runs out that chance ends at 0 or 1 by itself.
 */
export type GeneratedPath = {
  readonly stepCount: number;
  /** How far the underlying is from its start, in standard deviations of a whole window's walk. */
  deviationsAt(step: number): number;
  /** The same, measured by what the rest of the window can still move: beyond ±3 the market is as good as decided. */
  certaintyAt(step: number): number;
  /** Chance of UP, 0 to 1: the fair mid of its book. */
  probabilityAt(step: number): number;
};

export function generatePath(seed: string, windowMs: number, pin?: PathPin): GeneratedPath {
  const stepCount = Math.max(Math.round(windowMs / STEP_MS), 1);
  const walk = pin === undefined ? walkFreely(seed, stepCount) : walkThrough(seed, stepCount, pin);
  const clamp = (step: number): number => Math.min(Math.max(step, 0), stepCount);
  const deviationsAt = (step: number): number => walk[clamp(step)] ?? 0;
  const certaintyAt = (step: number): number => {
    const shareLeft = (stepCount - clamp(step)) / stepCount;
    const deviations = deviationsAt(step);
    if (shareLeft === 0) return deviations >= 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    return deviations / Math.sqrt(shareLeft);
  };
  return { stepCount, deviationsAt, certaintyAt, probabilityAt: (step) => normalCdf(certaintyAt(step)) };
}

function walkFreely(seed: string, stepCount: number): Float64Array {
  const random = createRandom(`${seed}|walk`);
  const stride = 1 / Math.sqrt(stepCount);
  const walk = new Float64Array(stepCount + 1);
  for (let step = 1; step <= stepCount; step += 1) walk[step] = (walk[step - 1] ?? 0) + stride * random.nextGaussian();
  return walk;
}

/**
 * Bends a free walk so that it stands where the pin says at the pin's time. Before it the correction grows evenly (which
 * is exactly a walk that is known to arrive there), after it the walk goes on as it would.
 */
function walkThrough(seed: string, stepCount: number, pin: PathPin): Float64Array {
  const walk = walkFreely(seed, stepCount);
  const pinStep = Math.min(Math.max(Math.round(pin.sinceStartMs / STEP_MS), 1), stepCount - 1);
  const shareLeft = (stepCount - pinStep) / stepCount;
  const correction = normalQuantile(pin.probability) * Math.sqrt(shareLeft) - (walk[pinStep] ?? 0);
  return walk.map((deviations, step) => deviations + correction * Math.min(step / pinStep, 1));
}
