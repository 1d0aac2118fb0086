import { GetScheduleCommand, ResourceNotFoundException, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { askWith } from '#lib/adapters/deployment/access-failure.ts';
import { scheduleNameOf } from './scheduler-exit-timer.ts';

/** Whether the position's timer exists. @throws UpstreamUnavailableError */
export function hasExitTimer(
  { client, groupName }: { readonly client: SchedulerClient; readonly groupName: string },
  positionId: string,
): Promise<boolean> {
  return askWith('scheduler:GetSchedule', async () => {
    try {
      await client.send(new GetScheduleCommand({ GroupName: groupName, Name: scheduleNameOf(positionId) }));
      return true;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return false;
      throw error;
    }
  });
}
