import { readFileSync } from 'node:fs';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { DEFAULT_FAULT_PLAN, type FaultPlan, parseFaultPlan } from '#lib/simulation/fault-plan.ts';

/** What `sim` and `rivals` are told about the lives to play. */
export type LivesOptions = {
  /** Of the first life; each further life takes the next number. */
  readonly seed: number;
  readonly lives: number;
  /** File of a fault plan. */
  readonly faults?: string;
  readonly json?: boolean;
};

const SEED_MAX = Number.MAX_SAFE_INTEGER;

/** @throws InvalidInputError when the last life would have no seed */
export function checkSeeds(seed: number, lifeCount: number): void {
  if (seed <= SEED_MAX - lifeCount + 1) return;
  throw new InvalidInputError(`The last life would have a seed above ${SEED_MAX}. Take a smaller seed or fewer lives.`);
}

/**
 * The plan of the file; every fault at its default without one.
 * @throws InvalidInputError that names file and place
 */
export function readFaultPlan(file: string | undefined): FaultPlan {
  if (file === undefined) return DEFAULT_FAULT_PLAN;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new InvalidInputError(`The fault plan "${file}" cannot be read. Name a file with a fault plan as JSON.`);
  }
  return parseFaultPlan(text, `The fault plan "${file}"`);
}
