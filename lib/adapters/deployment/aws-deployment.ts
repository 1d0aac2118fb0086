import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { GetAccountSettingsCommand, GetFunctionConfigurationCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleGroupCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Deployment, DeploymentPart } from '#lib/ports/deployment.ts';

export type AwsDeploymentDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly dynamodb: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
  readonly scheduler: SchedulerClient;
  readonly lambda: LambdaClient;
  readonly names: {
    readonly tableName: string;
    readonly queueUrls: readonly string[];
    readonly timerGroupName: string;
    readonly functionNames: readonly string[];
  };
};

/** Errors that prove that the part does not exist; other errors prove nothing about it. */
const ABSENT: ReadonlySet<string> = new Set([
  'ResourceNotFoundException',
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
]);

export function createAwsDeployment(deps: AwsDeploymentDeps): Deployment {
  const { dynamodb, sqs, scheduler, lambda, names } = deps;
  return {
    listParts: (deadlineAtMs) => {
      const abortSignal = untilSignal(deps, deadlineAtMs);
      const table = part('table', names.tableName, async () => {
        const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: names.tableName }), {
          abortSignal,
        });
        if (Table?.TableStatus !== 'ACTIVE') return `is ${Table?.TableStatus ?? 'in an unknown state'}`;
        return Table.StreamSpecification?.StreamEnabled === true ? null : 'has no stream: no notice is sent';
      });
      const queues = names.queueUrls.map((QueueUrl) =>
        part('queue', nameOfQueue(QueueUrl), async () => {
          const AttributeNames = ['QueueArn'] as const;
          await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }), {
            abortSignal,
          });
          return null;
        }),
      );
      const group = part('timer-group', names.timerGroupName, async () => {
        const { State } = await scheduler.send(new GetScheduleGroupCommand({ Name: names.timerGroupName }), {
          abortSignal,
        });
        return State === 'ACTIVE' ? null : `is ${State ?? 'in an unknown state'}`;
      });
      const functions = names.functionNames.map((FunctionName) =>
        part('function', FunctionName, async () => {
          const { State } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }), { abortSignal });
          // An inactive function works: its next invocation activates it and takes seconds longer.
          return State === 'Active' || State === 'Inactive' ? null : `is ${State ?? 'in an unknown state'}`;
        }),
      );
      return Promise.all([table, ...queues, group, ...functions]);
    },
    getConcurrency: async (deadlineAtMs) => {
      const abortSignal = untilSignal(deps, deadlineAtMs);
      try {
        const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}), { abortSignal });
        return AccountLimit?.ConcurrentExecutions ?? null;
      } catch (error) {
        throw unavailable('the limits of the account', error);
      }
    },
  };
}

function untilSignal({ clock }: AwsDeploymentDeps, deadlineAtMs: number): AbortSignal {
  return AbortSignal.timeout(Math.max(deadlineAtMs - clock.nowMs(), 1));
}

async function part(
  kind: DeploymentPart['kind'],
  name: string,
  findFault: () => Promise<string | null>,
): Promise<DeploymentPart> {
  try {
    return { kind, name, fault: await findFault() };
  } catch (error) {
    if (error instanceof Error && ABSENT.has(error.name)) return { kind, name, fault: 'does not exist' };
    throw unavailable(`the ${kind} of the suite`, error);
  }
}

function unavailable(what: string, cause: unknown): UpstreamUnavailableError {
  // Node's errors have a code, such as ECONNREFUSED, and no name of their own.
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const why = typeof code === 'string' ? code : cause instanceof Error ? cause.name : 'unknown';
  return new UpstreamUnavailableError(`AWS did not return ${what} (${why})`, {}, { cause });
}

const nameOfQueue = (url: string): string => url.slice(url.lastIndexOf('/') + 1);
