/** Of the watch stack, which depends on the trading stack: that one knows the topic by its fixed name. */
export function alarmTopicName(stage: string): string {
  return `tminus-${stage}-alarms`;
}
