import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type AwsLimits, awsSettingsOf, DEFAULT_AWS_LIMITS, tuned } from './aws-settings.ts';
import type { Share } from './bound-requests.ts';
import type { Env } from './env.ts';

/**
 * The table, in plain values. With `neighbour`, over the connections of that client: what one client of a process has connected
 * to, the others need not shake hands with, and a position's first order waits for one handshake less.
 */
export function createDynamodbClient(
  env: Env,
  limits: AwsLimits = DEFAULT_AWS_LIMITS,
  share?: Share,
  neighbour?: Pick<DynamoDBDocumentClient, 'config'>,
): DynamoDBDocumentClient {
  const settings = awsSettingsOf(env, 'DYNAMODB', limits);
  const wire = new DynamoDBClient({
    ...settings,
    ...(neighbour && { requestHandler: neighbour.config.requestHandler }),
  });
  const plain = DynamoDBDocumentClient.from(wire, { marshallOptions: { removeUndefinedValues: true } });
  const client = tuned(plain, share);
  // Its own does nothing: whoever made the client below is to close the sockets, and nobody else knows that one.
  client.destroy = () => wire.destroy();
  return client;
}
