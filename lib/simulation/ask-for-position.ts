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

/** The watch looks at the wallet once a minute, and takes in what it finds under the stage's own rules. */
const WATCH_PERIOD_MS = 60_000;

type Answer = { readonly outcome: string; readonly refusal?: { readonly code: string } };

/**
 * The request for the position: to open it, or to guard what a bot buys. Where its rules are refused, because a level
 * is met already, it is sent again without.
 */
export function askForPosition(world: World, setup: LifeSetup, functions: SimFunctions, evidence: Evidence): void {
  const { playing, mode, outcome, budgetMicros, guard, rules, asked } = setup;
  const { asset, slug: marketSlug } = playing.market;
  let terms = asked === undefined ? rules !== null && { terms: { rules } } : { terms: asked.terms };
  const answered = (answer: Answer | null, onDone: (isAnswered: boolean) => void): void => {
    const code = answer?.refusal?.code;
    const isRuleRefused = code?.startsWith('rule-') === true && terms !== false && asked === undefined;
    if (isRuleRefused) terms = false;
    else if (code !== undefined) evidence.guardRefusal = { code, atMs: world.time.nowMs() };
    onDone(answer !== null && !isRuleRefused);
  };
  const request = () => ({ requestId: 'sim', marketSlug, mode, outcome, ...terms });
  if (guard === null) {
    startCaller(world, (onDone) =>
      functions.open({ ...request(), asset, budgetMicros }, (answer) => answered(answer, onDone)),
    );
    return;
  }
  const { expectShares, sharesMicrosMax, costMicros } = guard;
  const command = (): GuardPositionCommand => ({
    ...request(),
    ...{ origin: 'guard', expectShares },
    ...(sharesMicrosMax !== null && { sharesMicrosMax }),
    ...(costMicros !== null && { costMicros }),
  });
  if (guard.isByWatch) {
    const run = (number: number): void => {
      if (evidence.row !== undefined || world.time.nowMs() >= playing.market.endsAtMs) return;
      const taken = { requestId: `watch-${number}`, origin: 'watch', expectShares: false } as const;
      functions.guard({ marketSlug, mode, outcome, ...taken }, () => {});
      world.time.at(world.time.nowMs() + WATCH_PERIOD_MS, () => run(number + 1));
    };
    world.time.at(guard.requestedAtMs, () => run(1));
    return;
  }
  world.time.at(guard.requestedAtMs, () =>
    startCaller(world, (onDone) => functions.guard(command(), (answer) => answered(answer, onDone))),
  );
}
