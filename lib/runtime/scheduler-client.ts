import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { type AwsLimits, awsSettingsOf, DEFAULT_AWS_LIMITS, withoutSdkLog } from './aws-settings.ts';
import type { Env } from './env.ts';

export function createSchedulerClient(env: Env, limits: AwsLimits = DEFAULT_AWS_LIMITS): SchedulerClient {
  return withoutSdkLog(new SchedulerClient(awsSettingsOf(env, 'SCHEDULER', limits)));
}
