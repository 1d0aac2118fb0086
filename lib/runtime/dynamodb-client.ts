import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type AwsLimits, awsSettingsOf, DEFAULT_AWS_LIMITS, tuned } from './aws-settings.ts';
import type { Share } from './bound-requests.ts';
import type { Env } from './env.ts';

/** The table, in plain values. */
export function createDynamodbClient(
  env: Env,
  limits: AwsLimits = DEFAULT_AWS_LIMITS,
  share?: Share,
): DynamoDBDocumentClient {
  const wire = new DynamoDBClient(awsSettingsOf(env, 'DYNAMODB', limits));
  const plain = DynamoDBDocumentClient.from(wire, { marshallOptions: { removeUndefinedValues: true } });
  const client = tuned(plain, share);
  // Its own does nothing: whoever made the client below is to close the sockets, and nobody else knows that one.
  client.destroy = () => wire.destroy();
  return client;
}
