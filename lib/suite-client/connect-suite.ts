import * as z from 'zod';
import { createDynamodbHandRecords } from '#lib/adapters/dynamodb/dynamodb-hand-records.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { createSqsExitQueue } from '#lib/adapters/sqs/sqs-exit-queue.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';
import type { HandRecords } from '#lib/ports/store/hand-records.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import { type AwsLimits, DEFAULT_AWS_LIMITS } from '#lib/runtime/aws-settings.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { type GuardBody, type GuardReply, invokeGuard } from './invoke-guard.ts';
import { invokeOpen, type OpenBody, type OpenReply } from './invoke-open.ts';

const SuiteEnvSchema = z.object({
  STAGE: z.string().min(1),
  TABLE_NAME: z.string().min(3),
  EXIT_QUEUE_URL: z.url(),
  OPEN_FUNCTION_NAME: z.string().min(1),
});

/** A running suite, seen from outside: its table, its exit queue and its `open` function. */
export type SuiteClient = {
  readonly store: PositionStore;
  readonly queue: ExitQueue;
  readonly handRecords: HandRecords;
  /** Never throws for a refusal or a failed call; see `OpenReply`. */
  open(body: OpenBody): Promise<OpenReply>;
  /** The same; see `GuardReply`. */
  guard(body: GuardBody): Promise<GuardReply>;
  /** The AWS credentials that the calls are signed with, by their public id: `AWS key AKIA…, account 1234…`. */
  findCaller(): Promise<string | null>;
  /** Closes the connections. */
  close(): void;
};

/**
 * Connects to the suite that `env` describes, local or on AWS. No call is made before the first use.
 * @throws ConfigError that names every missing variable
 */
export function connectSuite(env: Env, limits: AwsLimits = DEFAULT_AWS_LIMITS): SuiteClient {
  const { STAGE: stage, TABLE_NAME: tableName, EXIT_QUEUE_URL: queueUrl, ...config } = parseEnv(SuiteEnvSchema, env);
  const aws = createAwsClients(env, limits);
  const ids = createSystemIdSource(clock);
  const open = { lambda: aws.lambda, functionName: config.OPEN_FUNCTION_NAME };
  return {
    store: createDynamodbPositionStore({ client: aws.dynamodb, tableName, stage, ids }),
    handRecords: createDynamodbHandRecords({ client: aws.dynamodb, tableName }),
    queue: createSqsExitQueue({ client: aws.sqs, clock, queueUrl }),
    open: (body) => invokeOpen(open, body),
    guard: (body) => invokeGuard(open, body),
    findCaller: async () => {
      // A call would fail by the same credentials, with a better message.
      const signer = await aws.dynamodb.config.credentials().catch(() => null);
      if (signer === null) return null;
      return `AWS key ${signer.accessKeyId}${signer.accountId === undefined ? '' : `, account ${signer.accountId}`}`;
    },
    close: aws.destroy,
  };
}
