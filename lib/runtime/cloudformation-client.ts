import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { type AwsLimits, awsSettingsOf, withoutSdkLog } from './aws-settings.ts';
import type { Env } from './env.ts';

/** What a deployment has made, for whoever looks for it from outside. No function calls it. */
export function createCloudformationClient(env: Env, limits: AwsLimits): CloudFormationClient {
  return withoutSdkLog(new CloudFormationClient(awsSettingsOf(env, 'CLOUDFORMATION', limits)));
}
