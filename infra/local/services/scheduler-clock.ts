import type { TimerFaults } from '#infra/shared/local-stack.ts';
import type { MessageTexts } from '../pump/pump-clients.ts';
import { ACCOUNT_ID, queueNameOf, REGION } from '../topology.ts';
import type { SchedulerStore, StoredSchedule } from './scheduler-store.ts';
import { readAtExpression } from './scheduler-wire.ts';

export type SchedulerClockDeps = {
  readonly store: SchedulerStore;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly faults: TimerFaults;
  readonly sendToQueue: (queueName: string, body: string, attributes?: MessageTexts) => Promise<void>;
};

export type SchedulerClock = {
  wake(): void;
  /** Waits for deliveries under way. */
  stop(): Promise<void>;
};

/** Also limits how long a change of the machine's clock goes unnoticed. */
const SLEEP_MS_MAX = 1_000;
const RETRY_DELAY_MS = 1_000;
const RETRY_DELAY_MS_MAX = 60_000;

/** Fires the stored timers. A timer is removed after its delivery, so it fires again after a kill in between. */
export function startSchedulerClock(deps: SchedulerClockDeps): SchedulerClock {
  const delivering = new Map<string, Promise<void>>();
  let stopped = false;
  let sleep: NodeJS.Timeout | undefined;
  const tick = (): void => {
    if (stopped) return;
    clearTimeout(sleep);
    for (const schedule of deps.store.listDue(deps.nowMs())) {
      const key = `${schedule.groupName}/${schedule.name}`;
      if (delivering.has(key)) continue;
      delivering.set(
        key,
        fire(deps, schedule).finally(() => {
          delivering.delete(key);
          tick();
        }),
      );
    }
    const untilNextMs =
      delivering.size > 0 ? SLEEP_MS_MAX : (deps.store.nextFiresAtMs() ?? Number.MAX_SAFE_INTEGER) - deps.nowMs();
    sleep = setTimeout(tick, Math.min(Math.max(untilNextMs, 1), SLEEP_MS_MAX));
  };
  tick();
  return {
    wake: tick,
    stop: async () => {
      stopped = true;
      clearTimeout(sleep);
      await Promise.all(delivering.values());
    },
  };
}

async function fire(deps: SchedulerClockDeps, schedule: StoredSchedule): Promise<void> {
  try {
    if (!deps.faults.loseTimers) await deliver(deps, schedule);
  } catch {
    await retryOrGiveUp(deps, schedule);
    return;
  }
  complete(deps.store, schedule);
}

async function deliver(deps: SchedulerClockDeps, schedule: StoredSchedule): Promise<void> {
  const { Arn, Input } = schedule.request.Target;
  const queueName = queueNameOf(Arn) ?? '';
  await deps.sendToQueue(queueName, Input);
  if (deps.random() < deps.faults.duplicateProbability) await deps.sendToQueue(queueName, Input);
}

function complete(store: SchedulerStore, schedule: StoredSchedule): void {
  if (schedule.request.ActionAfterCompletion === 'DELETE') store.remove(schedule.groupName, schedule.name);
  else store.markDone(schedule);
}

async function retryOrGiveUp(deps: SchedulerClockDeps, schedule: StoredSchedule): Promise<void> {
  const { RetryPolicy, DeadLetterConfig, Input } = schedule.request.Target;
  const ageMs = deps.nowMs() - readAtExpression(schedule.request.ScheduleExpression);
  if (
    schedule.failureCount < RetryPolicy.MaximumRetryAttempts &&
    ageMs < RetryPolicy.MaximumEventAgeInSeconds * 1_000
  ) {
    const delayMs = Math.min(RETRY_DELAY_MS * 2 ** schedule.failureCount, RETRY_DELAY_MS_MAX);
    deps.store.postpone(schedule, deps.nowMs() + delayMs);
    return;
  }
  try {
    if (DeadLetterConfig !== undefined)
      await deps.sendToQueue(queueNameOf(DeadLetterConfig.Arn) ?? '', Input, failureOf(schedule));
  } catch {
    // As on AWS, a message that the dead-letter queue does not accept is dropped. The sweep wakes the position.
  }
  complete(deps.store, schedule);
}

/** The attributes that Scheduler gives a dead letter; the body is the message as it was. */
function failureOf({ failureCount, groupName, name, request }: StoredSchedule): MessageTexts {
  const { MaximumRetryAttempts } = request.Target.RetryPolicy;
  return {
    ERROR_CODE: 'AWS.SimpleQueueService.NonExistentQueue',
    ERROR_MESSAGE: 'The specified queue does not exist or you do not have access to it.',
    EXHAUSTED_RETRY_CONDITION:
      failureCount >= MaximumRetryAttempts ? 'MaximumRetryAttempts' : 'MaximumEventAgeInSeconds',
    RETRY_ATTEMPTS: String(failureCount),
    SCHEDULE_ARN: `arn:aws:scheduler:${REGION}:${ACCOUNT_ID}:schedule/${groupName}/${name}`,
    TARGET_ARN: request.Target.Arn,
  };
}
