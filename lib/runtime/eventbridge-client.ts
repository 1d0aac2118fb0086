import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { type AwsLimits, awsSettingsOf, DEFAULT_AWS_LIMITS, withoutSdkLog } from './aws-settings.ts';
import type { Env } from './env.ts';

export function createEventbridgeClient(env: Env, limits: AwsLimits = DEFAULT_AWS_LIMITS): EventBridgeClient {
  return withoutSdkLog(new EventBridgeClient(awsSettingsOf(env, 'EVENTBRIDGE', limits)));
}
