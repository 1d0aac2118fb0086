import { parseArgs } from 'node:util';
import { InvalidInputError } from '#lib/errors/errors.ts';

export type BenchOptions = {
  readonly positions: number;
  /** Of prices, phases and jitter. */
  readonly seed: number;
  readonly json: boolean;
};

export const BENCH_USAGE = 'Usage: npm run bench:punctuality -- [--positions 100] [--seed 1] [--json]';

const POSITIONS_MAX = 5_000;
const SEED_MAX = 2 ** 32 - 1;

/** @throws InvalidInputError naming the option that is wrong */
export function readBenchOptions(args: readonly string[]): BenchOptions {
  const { positions, seed, json } = parse(args);
  return {
    positions: readWhole('--positions', positions, 1, POSITIONS_MAX),
    seed: readWhole('--seed', seed, 0, SEED_MAX),
    json,
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        positions: { type: 'string', default: '100' },
        seed: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new InvalidInputError(error instanceof Error ? error.message : 'The options cannot be read');
  }
}

function readWhole(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new InvalidInputError(`${name} must be a whole number from ${min} to ${max}`);
}
