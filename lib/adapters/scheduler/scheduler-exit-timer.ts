import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import { ConflictException, CreateScheduleCommand, ValidationException } from '@aws-sdk/client-scheduler';
import { encodeTimerMessage } from '#lib/contracts/wake-message.ts';
import type { TimerSettings } from '#lib/domain/plan/plan-timer.ts';
import { planTimerAtMs } from '#lib/domain/plan/plan-timer.ts';
import { EXIT_WAKE_UP_ID } from '#lib/domain/plan/plan-wake-up.ts';
import { InvariantError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitTimer } from '#lib/ports/exit-timer.ts';

export type SchedulerExitTimerDeps = {
  readonly client: SchedulerClient;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly groupName: string;
  readonly targetArn: string;
  readonly roleArn: string;
  readonly deadLetterArn?: string;
  readonly settings: TimerSettings;
};

const SCHEDULE_NAME = /^[0-9A-Za-z_.-]{1,64}$/;

/** After five minutes the sweep has found the position long before. */
const DELIVERY_AGE_SECONDS_MAX = 300;
const DELIVERY_RETRY_COUNT_MAX = 20;

export function scheduleNameOf(positionId: string): string {
  const name = `exit-${positionId}`;
  if (!SCHEDULE_NAME.test(name)) {
    throw new InvariantError('The position id is not valid in the name of a schedule', { length: positionId.length });
  }
  return name;
}

/** `at(2026-12-01T12:00:00)`: whole seconds, the zone is a field of its own. */
function scheduleExpressionOf(atMs: number): string {
  return `at(${new Date(atMs).toISOString().slice(0, 19)})`;
}

/**
 * Wake-up A: a one-time schedule of EventBridge Scheduler that deletes itself. Its name is derived from the position,
 * so creating it twice is safe.
 *
 * Throws when no whole minute is left that still helps, so that nothing is bought without a timer outside our own code.
 * The caller then voids the opening before any buy.
 */
export function createSchedulerExitTimer(deps: SchedulerExitTimerDeps): ExitTimer {
  return {
    schedule: async (position) => {
      const nowMs = deps.clock.nowMs();
      const atMs = planTimerAtMs({ ...deps.settings, ...position, nowMs });
      if (atMs === null) {
        const leftMs = position.marketEndsAtMs - nowMs;
        throw new UpstreamUnavailableError('Too little time is left to set a timer', { leftMs });
      }
      try {
        await deps.client.send(createCommand(deps, position.positionId, atMs));
      } catch (error) {
        if (error instanceof ConflictException) return;
        throw translate(error, atMs - nowMs);
      }
    },
  };
}

function createCommand(deps: SchedulerExitTimerDeps, positionId: string, atMs: number): CreateScheduleCommand {
  return new CreateScheduleCommand({
    Name: scheduleNameOf(positionId),
    GroupName: deps.groupName,
    ScheduleExpression: scheduleExpressionOf(atMs),
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: {
      Arn: deps.targetArn,
      RoleArn: deps.roleArn,
      Input: encodeTimerMessage(positionId, EXIT_WAKE_UP_ID, atMs),
      RetryPolicy: {
        MaximumEventAgeInSeconds: DELIVERY_AGE_SECONDS_MAX,
        MaximumRetryAttempts: DELIVERY_RETRY_COUNT_MAX,
      },
      ...(deps.deadLetterArn !== undefined && { DeadLetterConfig: { Arn: deps.deadLetterArn } }),
    },
  });
}

/** Refused or unanswered, the timer may not exist: one error class for both. */
function translate(error: unknown, aheadMs: number): UpstreamUnavailableError {
  const message =
    error instanceof ValidationException
      ? 'EventBridge Scheduler refused the timer: its time may have passed, or a setting is wrong'
      : 'The timer may not exist: EventBridge Scheduler did not confirm it';
  const reason = error instanceof Error ? error.name : typeof error;
  return new UpstreamUnavailableError(message, { service: 'scheduler', reason, aheadMs }, { cause: error });
}
