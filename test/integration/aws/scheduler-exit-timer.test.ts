import { describe, expect, it } from 'vitest';
import { createSchedulerExitTimer, scheduleNameOf } from '#lib/adapters/scheduler/scheduler-exit-timer.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import { DEFAULT_TIMER_SETTINGS } from '#lib/domain/plan/plan-timer.ts';
import { InvariantError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { WireAnswer } from './aws-wire.ts';
import { startAwsWire } from './aws-wire.ts';

const T = Date.parse('2026-12-01T12:05:00Z');
const POSITION = { positionId: 'p1', exitDueAtMs: T - 120_000, marketEndsAtMs: T };

async function scheduleAgainst(answer: WireAnswer, positionId = 'p1') {
  const wire = await startAwsWire(() => answer);
  const timer = createSchedulerExitTimer({
    client: wire.clients.scheduler,
    clock: { nowMs: () => T - 290_000 },
    groupName: 'exits',
    targetArn: 'arn:aws:sqs:us-east-1:000000000000:exit',
    roleArn: 'arn:aws:iam::000000000000:role/timer',
    deadLetterArn: 'arn:aws:sqs:us-east-1:000000000000:exit-dead',
    settings: DEFAULT_TIMER_SETTINGS,
  });
  try {
    await timer.schedule({ ...POSITION, positionId });
    return wire.requests;
  } finally {
    await wire.stop();
  }
}

describe('createSchedulerExitTimer', () => {
  it('asks for a one-time schedule in UTC that goes to the exit queue and removes itself', async () => {
    const [request] = await scheduleAgainst({ status: 200, body: { ScheduleArn: 'arn:aws:scheduler:x' } });
    expect(request?.path).toBe('/schedules/exit-p1');
    expect(request?.body).toMatchObject({
      GroupName: 'exits',
      ScheduleExpression: 'at(2026-12-01T12:01:00)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: 'arn:aws:sqs:us-east-1:000000000000:exit',
        RoleArn: 'arn:aws:iam::000000000000:role/timer',
        Input: '{"v":1,"positionId":"p1","wakeUpId":"exit","source":"timer","plannedAtMs":1796126460000}',
        RetryPolicy: { MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 20 },
        DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:000000000000:exit-dead' },
      },
    });
  });

  it('takes a timer that is already there for its own', async () => {
    await expect(scheduleAgainst({ status: 409, errorType: 'ConflictException' })).resolves.toHaveLength(1);
  });

  it.each([
    [{ status: 400, errorType: 'ValidationException', body: { Message: 'in the past' } }, /may have passed/],
    [{ status: 404, errorType: 'ResourceNotFoundException' }, /may not exist/],
    [{ status: 500, errorType: 'InternalServerException' }, /may not exist/],
    [{ status: 429, errorType: 'ThrottlingException' }, /may not exist/],
  ])('says that it cannot rely on the timer after %j', async (answer, words) => {
    const scheduling = scheduleAgainst(answer);
    await expect(scheduling).rejects.toBeInstanceOf(UpstreamUnavailableError);
    await expect(scheduling).rejects.toThrow(words);
    await expect(scheduling).rejects.toMatchObject({ context: { reason: answer.errorType, aheadMs: 50_000 } });
  });

  it('refuses an id that is no name for a schedule; the ids it gets fit', () => {
    expect(() => scheduleNameOf('with space')).toThrow(InvariantError);
    expect(() => scheduleNameOf('x'.repeat(60))).toThrow(InvariantError);
    expect(scheduleNameOf(createSystemIdSource({ nowMs: () => T }).nextId())).toMatch(/^exit-[0-9a-z]{26}$/);
  });
});
