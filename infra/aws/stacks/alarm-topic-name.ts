import { ALARM_TOPIC_SUFFIXES, type AlarmUrgency } from '#lib/contracts/notice-message.ts';

export const ALARM_URGENCIES: readonly AlarmUrgency[] = ['page', 'ticket'];

/** Of the watch stack, which depends on the trading stack: that one knows the topics by their fixed names. */
export function alarmTopicName(stage: string, urgency: AlarmUrgency): string {
  return `tminus-${stage}${ALARM_TOPIC_SUFFIXES[urgency]}`;
}
