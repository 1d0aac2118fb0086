import { type CloudWatchClient, DescribeAlarmsCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { ALARM_STATES, type AlarmControl } from '#lib/ports/smoke-probes.ts';
import { askWith } from './access-failure.ts';

export function createAlarmControl(client: CloudWatchClient): AlarmControl {
  return {
    find: async (alarmName) => {
      const { MetricAlarms = [], CompositeAlarms = [] } = await askWith('cloudwatch:DescribeAlarms', () =>
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
      await askWith('cloudwatch:SetAlarmState', () =>
        client.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason })),
      );
    },
  };
}
