import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type AwsLimits, awsSettingsOf, DEFAULT_AWS_LIMITS, withoutSdkLog } from './aws-settings.ts';
import type { Env } from './env.ts';

/** The table's client, in plain JavaScript values. */
export function createDynamodbClient(env: Env, limits: AwsLimits = DEFAULT_AWS_LIMITS): DynamoDBDocumentClient {
  const wire = new DynamoDBClient(awsSettingsOf(env, 'DYNAMODB', limits));
  const plain = DynamoDBDocumentClient.from(wire, { marshallOptions: { removeUndefinedValues: true } });
  const client = withoutSdkLog(plain);
  // The document client's own `destroy` does nothing, and nothing else holds the client below it.
  client.destroy = () => wire.destroy();
  return client;
}
