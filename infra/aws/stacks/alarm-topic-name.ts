import { Arn, type Stack } from 'aws-cdk-lib';
import { ALARM_TOPIC_SUFFIXES, type AlarmUrgency } from '#lib/contracts/notice-message.ts';

const ALARM_URGENCIES: readonly AlarmUrgency[] = ['page', 'ticket'];

export function alarmTopicName(stage: string, urgency: AlarmUrgency): string {
  return `tminus-${stage}${ALARM_TOPIC_SUFFIXES[urgency]}`;
}

/** Of the watch stack, which depends on the trading stack: that one knows the topics by their fixed names. */
export function listAlarmTopicArns(stack: Stack, stage: string): readonly string[] {
  return ALARM_URGENCIES.map((urgency) =>
    Arn.format({ service: 'sns', resource: alarmTopicName(stage, urgency) }, stack),
  );
}
