import { MARKET_VERSIONS, type MarketVersion } from '#lib/domain/market/market.ts';
import type { FaultPlan } from '#lib/simulation/fault-plan.ts';
import type { Violation } from '#lib/simulation/life.ts';
import { yieldToEventLoop } from '#lib/simulation/take-steps.ts';
import { playProduct } from './play-product.ts';
import { playRival } from './play-rival.ts';
import { RIVAL_RULES, type RivalName } from './rival-rules.ts';
import { createTally, type StrategyFigures } from './rivals-tally.ts';
import { comparablePlan, drawSituation } from './situation.ts';

export const PRODUCT = 't-minus';
export type StrategyName = typeof PRODUCT | RivalName;

export type RivalsOptions = {
  /** Seed of the first life; each further one takes the next number. */
  readonly seed: number;
  readonly lifeCount: number;
  readonly plan: FaultPlan;
};

/** What `tminus rivals --json` prints. Shares of lives are null where there is no life. */
export type RivalsReport = {
  readonly seed: number;
  readonly lives: number;
  readonly strategies: readonly ({ readonly strategy: StrategyName; readonly words: string } & {
    readonly marketVersion: MarketVersion;
  } & StrategyFigures)[];
  /** Laws that the product broke in these lives. */
  readonly violations: readonly Violation[];
};

const PRODUCT_WORDS = 'the suite, as `tminus sim` plays it';
const LIVES_PER_TURN = 20;

/** Plays every life once for each strategy: the same market, seed, faults and crash point. */
export async function runRivals(
  { seed, lifeCount, plan }: RivalsOptions,
  onLives: (doneCount: number) => void = () => undefined,
): Promise<RivalsReport> {
  const comparable = comparablePlan(plan);
  const strategies = [
    { strategy: PRODUCT, words: PRODUCT_WORDS, tally: createTally() },
    ...RIVAL_RULES.map(({ name, words }) => ({ strategy: name, words, tally: createTally() })),
  ] as const;
  const violations: Violation[] = [];
  const { stackTraceLimit } = Error;
  // Errors are frequent here, and capturing a stack costs more than handling the error.
  Error.stackTraceLimit = 0;
  try {
    for (let index = 0; index < lifeCount; index += 1) {
      if (index % LIVES_PER_TURN === 0) {
        onLives(index);
        await yieldToEventLoop();
      }
      const situation = drawSituation(seed + index, comparable);
      const product = await playProduct(situation);
      violations.push(...product.violations);
      strategies[0].tally.add(product.figures);
      for (const [place, rule] of RIVAL_RULES.entries()) {
        strategies[place + 1]?.tally.add(await playRival(situation, rule));
      }
    }
    onLives(lifeCount);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return {
    seed,
    lives: lifeCount,
    strategies: MARKET_VERSIONS.flatMap((marketVersion) =>
      strategies.map(({ strategy, words, tally }) => ({
        ...{ strategy, words, marketVersion },
        ...tally.report(marketVersion),
      })),
    ),
    violations,
  };
}
