import type { Clock } from '#lib/ports/clock.ts';
import type { FunctionName as SuiteFunctionName } from '#lib/runtime/delivery-rules.ts';
import { CRASH_SITES, type CrashPoint, type CrashSite, pointsOf } from '../crash-points.ts';
import type { World } from './world.ts';

export type FunctionName = Exclude<SuiteFunctionName, 'canary' | 'summary' | 'watch' | 'interactions'>;

/**
 * One instance of a function, from its cold start until it dies. Then no pending call returns, no further call has an
 * effect, and no catch or finally of it runs. Calls already on their way still take effect.
 */
export type FunctionInstance = {
  readonly name: FunctionName;
  /** How far its clock is ahead of the true time; drawn for each run. */
  skewMs: number;
  /** Length of the chain of messages that led to this run; Lambda may stop a chain. */
  hopCount: number;
  isDead: boolean;
};

const never = <Value>(): Promise<Value> => new Promise(() => undefined);

const POINTS = new Map(CRASH_SITES.map((site) => [site, pointsOf(site)]));

/**
 * A call to a service travels for `travelMs` and takes effect when it arrives. The instance may die before and after
 * it.
 */
export type ServiceCall = <Value>(site: CrashSite, travelMs: () => number, arrive: () => Value) => Promise<Value>;

export function createServiceCall(world: World, instance: FunctionInstance): ServiceCall {
  const { time } = world;
  return (site, travelMs, arrive) => {
    const { before, after } = POINTS.get(site) ?? pointsOf(site);
    if (isDeadAt(world, instance, before)) return never();
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        try {
          const value = arrive();
          if (!isDeadAt(world, instance, after)) resolve(value);
        } catch (error) {
          if (!isDeadAt(world, instance, after)) reject(error);
        }
      };
      const delayMs = travelMs();
      if (delayMs > 0) time.at(time.nowMs() + delayMs, settle);
      else settle();
    });
  };
}

/** Wraps a port's method that takes its own time: the instance may die before and after it. */
export function guardEffect<Args extends readonly unknown[], Value>(
  world: World,
  instance: FunctionInstance,
  site: CrashSite,
  effect: (...args: Args) => Promise<Value>,
): (...args: Args) => Promise<Value> {
  const { before, after } = POINTS.get(site) ?? pointsOf(site);
  return (...args) => {
    if (isDeadAt(world, instance, before)) return never();
    return new Promise((resolve, reject) => {
      effect(...args).then(
        (value) => {
          if (!isDeadAt(world, instance, after)) resolve(value);
        },
        (error: unknown) => {
          if (!isDeadAt(world, instance, after)) reject(error);
        },
      );
    });
  };
}

function isDeadAt(world: World, instance: FunctionInstance, point: CrashPoint): boolean {
  if (instance.isDead) return true;
  const { dice } = world;
  const isDeath = (world.focus === point && dice.roll('focused-death', point)) || dice.roll('death', point);
  if (!isDeath) return false;
  instance.isDead = true;
  world.coveredPoints.add(point);
  world.noteDisruption();
  world.note(instance.name, () => `dies at ${point}`);
  return true;
}

export function createInstanceClock({ time }: World, instance: FunctionInstance, call: ServiceCall): Clock {
  return {
    nowMs: () => time.nowMs() + instance.skewMs,
    sleepUntil: (atMs) => call('clock.sleepUntil', () => atMs - instance.skewMs - time.nowMs(), nothing),
  };
}

const nothing = (): void => undefined;
