import { describe, expect, it } from 'vitest';
import { createSchedulerExitTimer } from '#lib/adapters/scheduler/scheduler-exit-timer.ts';
import { decodeWakeMessage } from '#lib/contracts/wake-message.ts';
import { DEFAULT_TIMER_SETTINGS } from '#lib/domain/plan/plan-timer.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { ExitTimer } from '#lib/ports/exit-timer.ts';
import type { WireRequest } from '#test/integration/aws/aws-wire.ts';
import { startAwsWire } from '#test/integration/aws/aws-wire.ts';
import { createFakeExitTimer } from './exit-timer-fake.ts';

type Subject = {
  readonly timer: ExitTimer;
  /** The timers there are: position and time. */
  readonly timers: () => readonly (readonly [positionId: string, atMs: number])[];
  readonly stop: () => Promise<void>;
};

const T = 1_773_307_500_000;
const positionOf = (positionId: string) => ({ positionId, exitDueAtMs: T - 120_000, marketEndsAtMs: T });

/** What every durable timer has to do, in memory and on EventBridge Scheduler alike. */
function itIsAnExitTimer(make: (nowMs: () => number) => Promise<Subject>): void {
  it('is set to a whole minute before the exit is due', async () => {
    const { timer, timers, stop } = await make(() => T - 290_000);
    await timer.schedule(positionOf('p1'));
    expect(timers()).toEqual([['p1', T - 240_000]]);
    await stop();
  });

  it('is the same timer when it is set again, also later', async () => {
    let nowMs = T - 290_000;
    const { timer, timers, stop } = await make(() => nowMs);
    await timer.schedule(positionOf('p1'));
    nowMs = T - 200_000;
    await timer.schedule(positionOf('p1'));
    await timer.schedule(positionOf('p2'));
    expect(timers()).toEqual([
      ['p1', T - 240_000],
      ['p2', T - 180_000],
    ]);
    await stop();
  });

  it('refuses when no minute is left that helps, so that nothing is bought', async () => {
    const { timer, timers, stop } = await make(() => T - 70_000);
    await expect(timer.schedule(positionOf('p1'))).rejects.toBeInstanceOf(UpstreamUnavailableError);
    expect(timers()).toEqual([]);
    await stop();
  });
}

describe('the exit timer in memory', () => {
  itIsAnExitTimer(async (nowMs) => {
    const timer = createFakeExitTimer({ nowMs, settings: DEFAULT_TIMER_SETTINGS });
    return { timer, timers: () => [...timer.timers], stop: async () => {} };
  });
});

describe('the exit timer on EventBridge Scheduler', () => {
  itIsAnExitTimer(async (nowMs) => {
    const schedules = new Map<string, WireRequest['body']>();
    const wire = await startAwsWire(({ path, body }) => {
      if (schedules.has(path)) return { status: 409, errorType: 'ConflictException', body: { Message: 'exists' } };
      schedules.set(path, body);
      return { status: 200, body: { ScheduleArn: 'arn:aws:scheduler:x' } };
    });
    const timer = createSchedulerExitTimer({
      client: wire.clients.scheduler,
      clock: { nowMs },
      groupName: 'exits',
      targetArn: 'arn:aws:sqs:us-east-1:000000000000:exit',
      roleArn: 'arn:aws:iam::000000000000:role/timer',
      settings: DEFAULT_TIMER_SETTINGS,
    });
    const timers = () =>
      [...schedules.values()].map((body) => {
        const { Input } = body.Target as { Input: string };
        const at = /^at\((.+)\)$/.exec(String(body.ScheduleExpression))?.[1];
        return [decodeWakeMessage(Input).positionId, Date.parse(`${at}Z`)] as const;
      });
    return { timer, timers, stop: wire.stop };
  });
});
