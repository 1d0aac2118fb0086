import type { OpenPositionCommand } from '#lib/lifecycle/buy/open-position.ts';
import { isAnyOn } from './fault-dice.ts';
import type { SimFunctions } from './world/sim-functions.ts';
import type { World } from './world/world.ts';

/** How long the caller waits for an answer: the function's timeout of 30 s and one more second. */
const PATIENCE_MS = 31_000;
const TRY_COUNT_MAX = 4;

/** The user's program that opens the position: it repeats the request, with the same id, until it has an answer. */
export function startOpenCaller(world: World, functions: SimFunctions, command: OpenPositionCommand): void {
  const ask = (tryNumber: number): void => {
    let isAnswered = false;
    const goOn = (isDone: boolean): void => {
      if (isAnswered) return;
      isAnswered = true;
      world.time.cancel(patience);
      if (isDone || tryNumber === TRY_COUNT_MAX) return;
      world.time.at(world.time.nowMs() + 500 + world.draw(3_000), () => ask(tryNumber + 1));
    };
    const patience = world.time.at(world.time.nowMs() + PATIENCE_MS, () => goOn(false));
    functions.open(command, (outcome) => goOn(outcome !== null));
  };
  ask(1);
  if (isAnyOn(world.dice.rollLife('opener-repeats'), world.sinceEndMs())) ask(TRY_COUNT_MAX);
}
