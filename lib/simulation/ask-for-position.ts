import type { GuardPositionCommand } from '#lib/lifecycle/guard/guard-position.ts';
import { isAnyOn } from './fault-dice.ts';
import type { Evidence } from './laws/evidence.ts';
import type { LifeSetup } from './life-setup.ts';
import type { SimFunctions } from './world/sim-functions.ts';
import type { World } from './world/world.ts';

/** How long the caller waits for an answer: the function's timeout of 30 s and one more second. */
const PATIENCE_MS = 31_000;
const TRY_COUNT_MAX = 4;

/**
 * The user's program that asks for an opening or a guard: it repeats the request, with the same id, until it has an
 * answer.
 */
function startCaller(world: World, send: (onDone: (isAnswered: boolean) => void) => void): void {
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
    send(goOn);
  };
  ask(1);
  if (isAnyOn(world.dice.rollLife('opener-repeats'), world.sinceEndMs())) ask(TRY_COUNT_MAX);
}

/** The request for the position: to open it, or to guard what a bot buys. */
export function askForPosition(world: World, setup: LifeSetup, functions: SimFunctions, evidence: Evidence): void {
  const { playing, mode, outcome, budgetMicros, guard, asked } = setup;
  const { asset, slug: marketSlug } = playing.market;
  const request = { requestId: 'sim', marketSlug, mode, outcome };
  if (guard === null) {
    startCaller(world, (onDone) =>
      functions.open({ ...request, asset, budgetMicros, ...(asked && { terms: asked.terms }) }, (answer) =>
        onDone(answer !== null),
      ),
    );
    return;
  }
  const { expectShares, sharesMicrosMax, costMicros } = guard;
  const command: GuardPositionCommand = {
    ...request,
    ...{ origin: 'guard', expectShares },
    ...(sharesMicrosMax !== null && { sharesMicrosMax }),
    ...(costMicros !== null && { costMicros }),
  };
  world.time.at(guard.requestedAtMs, () =>
    startCaller(world, (onDone) =>
      functions.guard(command, (answer) => {
        if (answer?.outcome === 'refused') {
          evidence.guardRefusal = { code: answer.refusal.code, atMs: world.time.nowMs() };
        }
        onDone(answer !== null);
      }),
    ),
  );
}
