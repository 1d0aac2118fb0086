import { GetScheduleCommand, ResourceNotFoundException, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { describeFailure, isDenied } from '#lib/adapters/deployment/access-failure.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { scheduleNameOf } from './scheduler-exit-timer.ts';

/** Whether the position's timer exists. @throws UpstreamUnavailableError */
export async function hasExitTimer(
  { client, groupName }: { readonly client: SchedulerClient; readonly groupName: string },
  positionId: string,
): Promise<boolean> {
  try {
    await client.send(new GetScheduleCommand({ GroupName: groupName, Name: scheduleNameOf(positionId) }));
    return true;
  } catch (cause) {
    if (cause instanceof ResourceNotFoundException) return false;
    const reason = isDenied(cause) ? 'The permission scheduler:GetSchedule is missing' : describeFailure(cause);
    throw new UpstreamUnavailableError(reason, {}, { cause });
  }
}
