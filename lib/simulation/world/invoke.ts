import { FUNCTION_TIMEOUT_MS } from '#lib/runtime/delivery-rules.ts';
import type { FunctionName, Incarnation } from './incarnation.ts';
import type { World } from './world.ts';

/** Makes what an instance wires at its cold start. */
export type MakeDeps<Deps> = (incarnation: Incarnation) => Deps;

export type Invocation<Deps, Value> = {
  readonly name: FunctionName;
  readonly hopCount: number;
  readonly run: (deps: Deps) => Promise<Value>;
  readonly onDone: (value: Value) => void;
  /** It threw. Of one that died nobody hears. */
  readonly onFailed: (error: unknown) => void;
};

/** Runs a function once, until it is done, throws, dies or is cut off at its timeout. */
export type Invoke<Deps> = <Value>(invocation: Invocation<Deps, Value>) => void;

type Instance<Deps> = { readonly incarnation: Incarnation; readonly deps: Deps };

/** The functions' instances: an idle one takes the next run of its function, and where none is idle a new one starts. */
export function createInvoke<Deps>(world: World, makeDeps: MakeDeps<Deps>): Invoke<Deps> {
  const { time } = world;
  const idle: Record<FunctionName, Instance<Deps>[]> = { open: [], sell: [], sweep: [], announce: [], discord: [] };

  const take = (name: FunctionName, hopCount: number): Instance<Deps> => {
    const instance = idle[name].pop() ?? startCold(name);
    // What an earlier run had left to come may have killed it meanwhile.
    if (instance.incarnation.isDead) return take(name, hopCount);
    instance.incarnation.skewMs = drawSkewMs(world);
    instance.incarnation.hopCount = hopCount;
    return instance;
  };
  const startCold = (name: FunctionName): Instance<Deps> => {
    const incarnation: Incarnation = { name, hopCount: 0, skewMs: 0, isDead: false };
    return { incarnation, deps: makeDeps(incarnation) };
  };
  return ({ name, hopCount, run, onDone, onFailed }) => {
    const instance = take(name, hopCount);
    const { incarnation } = instance;
    const cutOff = time.at(time.nowMs() + FUNCTION_TIMEOUT_MS[name], () => {
      if (incarnation.isDead) return;
      incarnation.isDead = true;
      world.trouble();
      world.note(name, () => 'is cut off at its timeout');
    });
    const end = (tell: () => void): void => {
      time.cancel(cutOff);
      if (incarnation.isDead) return;
      idle[name].push(instance);
      tell();
    };
    run(instance.deps).then(
      (value) => end(() => onDone(value)),
      (error: unknown) => end(() => onFailed(error)),
    );
  };
}

const SKEW_MS_MAX = 2_000;

/** Every run may meet another machine, whose clock is wrong in its own way; half of them as wrong as can be. */
export function drawSkewMs(world: World): number {
  if (!world.isSkewed()) return 0;
  const skewMs = world.draw(4 * SKEW_MS_MAX + 1) - 2 * SKEW_MS_MAX;
  return Math.max(-SKEW_MS_MAX, Math.min(skewMs, SKEW_MS_MAX));
}
