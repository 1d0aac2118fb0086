import { type CloudWatchClient, DescribeAlarmsCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { ALARM_STATES, type AlarmControl } from '#lib/ports/smoke-probes.ts';
import { describeFailure, isDenied } from './access-failure.ts';

export function createAlarmControl(client: CloudWatchClient): AlarmControl {
  return {
    find: async (alarmName) => {
      const { MetricAlarms = [], CompositeAlarms = [] } = await ask('cloudwatch:DescribeAlarms', () =>
        client.send(
          new DescribeAlarmsCommand({ AlarmNames: [alarmName], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
        ),
      );
      const alarm = MetricAlarms[0] ?? CompositeAlarms[0];
      const state = ALARM_STATES.find((known) => known === alarm?.StateValue);
      if (alarm === undefined || state === undefined) return undefined;
      return { state, sinceMs: (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)?.getTime() ?? null };
    },
    force: async (AlarmName, StateValue, StateReason) => {
      await ask('cloudwatch:SetAlarmState', () =>
        client.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason })),
      );
    },
  };
}

async function ask<Answer>(right: string, request: () => Promise<Answer>): Promise<Answer> {
  try {
    return await request();
  } catch (cause) {
    const reason = isDenied(cause) ? `The permission ${right} is missing` : describeFailure(cause);
    throw new UpstreamUnavailableError(reason, {}, { cause });
  }
}
