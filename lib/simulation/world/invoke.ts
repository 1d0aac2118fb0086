import { FUNCTION_TIMEOUT_MS } from '#lib/runtime/delivery-rules.ts';
import type { FunctionInstance, FunctionName } from './function-instance.ts';
import type { World } from './world.ts';

/** Makes what an instance wires at its cold start. */
export type MakeDeps<Deps> = (instance: FunctionInstance) => Deps;

export type Invocation<Deps, Value> = {
  readonly name: FunctionName;
  readonly hopCount: number;
  readonly run: (deps: Deps) => Promise<Value>;
  readonly onDone: (value: Value) => void;
  /** The run threw. Not called for an instance that died. */
  readonly onFailed: (error: unknown) => void;
};

/** Runs a function once, until it is done, throws, dies or is stopped at its timeout. */
export type Invoke<Deps> = <Value>(invocation: Invocation<Deps, Value>) => void;

type Wired<Deps> = { readonly instance: FunctionInstance; readonly deps: Deps };

/** An idle instance takes the next run of its function; without one a new instance starts. */
export function createInvoke<Deps>(world: World, makeDeps: MakeDeps<Deps>): Invoke<Deps> {
  const { time } = world;
  const idle: Record<FunctionName, Wired<Deps>[]> = {
    open: [],
    sell: [],
    settle: [],
    sweep: [],
    announce: [],
    discord: [],
  };

  const take = (name: FunctionName, hopCount: number): Wired<Deps> => {
    const wired = idle[name].pop() ?? startCold(name);
    // A call that an earlier run left pending may have killed it.
    if (wired.instance.isDead) return take(name, hopCount);
    wired.instance.skewMs = drawSkewMs(world);
    wired.instance.hopCount = hopCount;
    return wired;
  };
  const startCold = (name: FunctionName): Wired<Deps> => {
    const instance: FunctionInstance = { name, hopCount: 0, skewMs: 0, isDead: false };
    return { instance, deps: makeDeps(instance) };
  };
  return ({ name, hopCount, run, onDone, onFailed }) => {
    const wired = take(name, hopCount);
    const { instance } = wired;
    const timeout = time.at(time.nowMs() + FUNCTION_TIMEOUT_MS[name], () => {
      if (instance.isDead) return;
      instance.isDead = true;
      world.noteDisruption();
      world.note(name, () => 'is stopped at its timeout');
    });
    const end = (report: () => void): void => {
      time.cancel(timeout);
      if (instance.isDead) return;
      idle[name].push(wired);
      report();
    };
    run(wired.deps).then(
      (value) => end(() => onDone(value)),
      (error: unknown) => end(() => onFailed(error)),
    );
  };
}

const SKEW_MS_MAX = 2_000;

/** Each run has a clock that is wrong in its own way; half of them are wrong by the maximum. */
export function drawSkewMs(world: World): number {
  if (!world.isSkewed()) return 0;
  const skewMs = world.draw(4 * SKEW_MS_MAX + 1) - 2 * SKEW_MS_MAX;
  return Math.max(-SKEW_MS_MAX, Math.min(skewMs, SKEW_MS_MAX));
}
