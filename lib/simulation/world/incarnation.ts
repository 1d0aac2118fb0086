import type { Clock } from '#lib/ports/clock.ts';
import { CRASH_SITES, type CrashPoint, type CrashSite, pointsOf } from '../crash-points.ts';
import type { World } from './world.ts';

export const FUNCTION_TIMEOUT_MS = {
  open: 30_000,
  sell: 15_000,
  sweep: 30_000,
  announce: 15_000,
  discord: 15_000,
} as const;
export type FunctionName = keyof typeof FUNCTION_TIMEOUT_MS;

/**
 * One run of a function. Once dead, nothing it was waiting for comes back and nothing it calls happens: no catch and no
 * finally of it runs. What it had sent off goes on without it.
 */
export type Incarnation = {
  readonly name: FunctionName;
  /** What this instance's clock shows more than the true time. */
  readonly skewMs: number;
  /** How many messages led here, one caused by the other; Lambda may stop a chain. */
  readonly hopCount: number;
  isDead: boolean;
};

const never = <Value>(): Promise<Value> => new Promise(() => undefined);

/** Where the incarnations of a world can die. */
const POINTS = new Map(CRASH_SITES.map((site) => [site, pointsOf(site)]));

/** Wraps one method of a port: before and after its effect the incarnation may die. */
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
export function createInstanceClock(world: World, incarnation: Incarnation): Clock {
  const { time } = world;
  const { skewMs } = incarnation;
  return {
    nowMs: () => time.nowMs() + skewMs,
    sleepUntil: guardEffect(world, incarnation, 'clock.sleepUntil', (atMs: number) => time.sleepUntil(atMs - skewMs)),
  };
}

export type Invocation<Value> = {
  readonly name: FunctionName;
  readonly hopCount: number;
  readonly run: (incarnation: Incarnation) => Promise<Value>;
  readonly onDone: (value: Value) => void;
  /** It threw. Of one that died nobody hears. */
  readonly onFailed: (error: unknown) => void;
};

/** Runs a function once, until it is done, throws, dies or is cut off at its timeout. */
export function invoke<Value>(world: World, invocation: Invocation<Value>): void {
  const { name, hopCount, run, onDone, onFailed } = invocation;
  const incarnation: Incarnation = { name, hopCount, skewMs: drawSkewMs(world), isDead: false };
  const cutOff = world.time.at(world.time.nowMs() + FUNCTION_TIMEOUT_MS[name], () => {
    if (incarnation.isDead) return;
    incarnation.isDead = true;
    world.trouble();
    world.note(name, () => 'is cut off at its timeout');
  });
  run(incarnation).then(
    (value) => {
      cutOff.cancel();
      if (!incarnation.isDead) onDone(value);
      incarnation.isDead = true;
    },
    (error: unknown) => {
      cutOff.cancel();
      if (!incarnation.isDead) onFailed(error);
      incarnation.isDead = true;
    },
  );
}

const SKEW_MS_MAX = 2_000;

/** Every run may meet another instance, whose clock is wrong in its own way. */
function drawSkewMs(world: World): number {
  if (!world.isSkewed) return 0;
  return world.draw(2 * SKEW_MS_MAX + 1) - SKEW_MS_MAX;
}
