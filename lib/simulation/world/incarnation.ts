import type { Clock } from '#lib/ports/clock.ts';
import type { FunctionName as SuiteFunctionName } from '#lib/runtime/delivery-rules.ts';
import { CRASH_SITES, type CrashPoint, type CrashSite, pointsOf } from '../crash-points.ts';
import type { World } from './world.ts';

/** The functions a life runs. */
export type FunctionName = Exclude<SuiteFunctionName, 'canary' | 'summary'>;

/**
 * One instance of a function, warm from its cold start until it dies; Lambda hands it one run after the other. Once dead,
 * nothing it was waiting for comes back and nothing it calls happens: no catch and no finally of it runs. What it had sent
 * off goes on without it.
 */
export type Incarnation = {
  readonly name: FunctionName;
  /** What its clock shows more than the true time: drawn anew for each run, which may meet any machine. */
  skewMs: number;
  /** How many messages led to this run, one caused by the other; Lambda may stop a chain. */
  hopCount: number;
  isDead: boolean;
};

const never = <Value>(): Promise<Value> => new Promise(() => undefined);

/** Where the incarnations of a world can die. */
const POINTS = new Map(CRASH_SITES.map((site) => [site, pointsOf(site)]));

/**
 * How an incarnation calls a service: the call is on its way for `travelMs`, and what it does there happens at once when it
 * arrives. The incarnation may die before it sends the call off, and before it hears what came of it.
 */
export type Caller = <Value>(site: CrashSite, travelMs: () => number, arrive: () => Value) => Promise<Value>;

export function createCaller(world: World, incarnation: Incarnation): Caller {
  const { time } = world;
  return (site, travelMs, arrive) => {
    const { before, after } = POINTS.get(site) ?? pointsOf(site);
    if (isDeadAt(world, incarnation, before)) return never();
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        try {
          const value = arrive();
          if (!isDeadAt(world, incarnation, after)) resolve(value);
        } catch (error) {
          if (!isDeadAt(world, incarnation, after)) reject(error);
        }
      };
      const delayMs = travelMs();
      if (delayMs > 0) time.at(time.nowMs() + delayMs, settle);
      else settle();
    });
  };
}

/** Wraps one method of a port that takes its own time: before and after its effect the incarnation may die. */
export function guardEffect<Args extends readonly unknown[], Value>(
  world: World,
  incarnation: Incarnation,
  site: CrashSite,
  effect: (...args: Args) => Promise<Value>,
): (...args: Args) => Promise<Value> {
  const { before, after } = POINTS.get(site) ?? pointsOf(site);
  return (...args) => {
    if (isDeadAt(world, incarnation, before)) return never();
    return new Promise((resolve, reject) => {
      effect(...args).then(
        (value) => {
          if (!isDeadAt(world, incarnation, after)) resolve(value);
        },
        (error: unknown) => {
          if (!isDeadAt(world, incarnation, after)) reject(error);
        },
      );
    });
  };
}

function isDeadAt(world: World, incarnation: Incarnation, point: CrashPoint): boolean {
  if (incarnation.isDead) return true;
  const { dice } = world;
  const isDeath = (world.focus === point && dice.roll('focused-death', point)) || dice.roll('death', point);
  if (!isDeath) return false;
  incarnation.isDead = true;
  world.coveredPoints.add(point);
  world.trouble();
  world.note(incarnation.name, () => `dies at ${point}`);
  return true;
}

/** The clock of one instance. */
export function createInstanceClock({ time }: World, incarnation: Incarnation, call: Caller): Clock {
  return {
    nowMs: () => time.nowMs() + incarnation.skewMs,
    sleepUntil: (atMs) => call('clock.sleepUntil', () => atMs - incarnation.skewMs - time.nowMs(), nothing),
  };
}

const nothing = (): void => undefined;
