import type { CloudWatchClient, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeRuleCommand, type EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetEventSourceMappingCommand, GetFunctionCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleGroupCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DeploymentPart, ExpectedPart, PartState } from '#lib/ports/deployment.ts';
import { seePart, stateAfterFailure } from './part-failure.ts';
import { readSubscription, readTopic, type TopicClients } from './read-topic.ts';

export type PartClients = TopicClients & {
  readonly dynamodb: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
  readonly scheduler: SchedulerClient;
  readonly lambda: LambdaClient;
  readonly eventbridge: EventBridgeClient;
  readonly cloudwatch: CloudWatchClient;
};

type Read = (clients: PartClients, id: string, abortSignal: AbortSignal) => Promise<PartState>;

const IN_ORDER: PartState = { kind: 'in-order', remark: null };
const unknownState = (state: string | undefined): PartState => ({
  kind: 'broken',
  reason: `is ${state ?? 'in an unknown state'}`,
});

const readTable: Read = ({ dynamodb }, TableName, abortSignal) =>
  seePart(
    'dynamodb:DescribeTable',
    () => dynamodb.send(new DescribeTableCommand({ TableName }), { abortSignal }),
    ({ Table }) => {
      if (Table?.TableStatus === 'UPDATING') return { kind: 'changing', state: Table.TableStatus };
      if (Table?.TableStatus !== 'ACTIVE') return unknownState(Table?.TableStatus);
      const hasStream = Table.StreamSpecification?.StreamEnabled === true;
      return hasStream ? IN_ORDER : { kind: 'broken', reason: 'has no stream, so no notice is sent' };
    },
  );

const readTimerGroup: Read = ({ scheduler }, Name, abortSignal) =>
  seePart(
    'scheduler:GetScheduleGroup',
    () => scheduler.send(new GetScheduleGroupCommand({ Name }), { abortSignal }),
    ({ State }) => (State === 'ACTIVE' ? IN_ORDER : unknownState(State)),
  );

const readFunction: Read = ({ lambda }, FunctionName, abortSignal) =>
  seePart(
    'lambda:GetFunction',
    () => lambda.send(new GetFunctionCommand({ FunctionName }), { abortSignal }),
    ({ Configuration, Concurrency }) => {
      const { State, StateReason, LastUpdateStatus, LastUpdateStatusReason } = Configuration ?? {};
      if (Concurrency?.ReservedConcurrentExecutions === 0) return { kind: 'off' };
      if (State === 'Pending') return { kind: 'changing', state: State };
      // An inactive function works: its next invocation activates it and takes seconds longer.
      if (State !== 'Active' && State !== 'Inactive') {
        return { kind: 'broken', reason: `is ${State ?? 'in an unknown state'}${because(StateReason)}` };
      }
      if (LastUpdateStatus !== 'Failed') return IN_ORDER;
      return {
        kind: 'broken',
        reason: `runs an older release: its last update failed${because(LastUpdateStatusReason)}`,
      };
    },
  );

const because = (reason: string | undefined): string => (reason ? ` (${reason})` : '');

const readMapping: Read = ({ lambda }, UUID, abortSignal) =>
  seePart(
    'lambda:GetEventSourceMapping',
    () => lambda.send(new GetEventSourceMappingCommand({ UUID }), { abortSignal }),
    ({ State, LastProcessingResult }) => {
      if (State === 'Disabled' || State === 'Disabling') return { kind: 'off' };
      if (State !== 'Enabled') return { kind: 'changing', state: State ?? 'in an unknown state' };
      // `PROBLEM: Function call failed`, for example. Queues report no result.
      if (!LastProcessingResult?.startsWith('PROBLEM')) return IN_ORDER;
      return { kind: 'failing', reason: `its last batch failed (${LastProcessingResult})` };
    },
  );

const readRule: Read = ({ eventbridge }, id, abortSignal) => {
  const [Name, bus] = id.split('|').reverse();
  const where = bus === undefined ? {} : { EventBusName: bus };
  return seePart(
    'events:DescribeRule',
    () => eventbridge.send(new DescribeRuleCommand({ Name, ...where }), { abortSignal }),
    ({ State }) =>
      State === 'DISABLED'
        ? { kind: 'off' }
        : seePart(
            'events:ListTargetsByRule',
            () => eventbridge.send(new ListTargetsByRuleCommand({ Rule: Name, ...where }), { abortSignal }),
            ({ Targets = [] }) => (Targets.length > 0 ? IN_ORDER : { kind: 'broken', reason: 'has no target' }),
          ),
  );
};

const READS = {
  table: readTable,
  'timer-group': readTimerGroup,
  function: readFunction,
  'event-source-mapping': readMapping,
  rule: readRule,
  topic: readTopic,
  subscription: readSubscription,
} as const satisfies Partial<Record<ExpectedPart['kind'], Read>>;

/** Reads a part that has a request of its own; alarms are read together. */
export async function readPart(
  clients: PartClients,
  part: ExpectedPart & { readonly kind: keyof typeof READS },
  abortSignal: AbortSignal,
): Promise<DeploymentPart> {
  return { ...part, state: await READS[part.kind](clients, part.id, abortSignal) };
}

/** A queue of the suite that passes nothing on is one for dead letters; CloudFormation does not tell them apart. */
export async function readQueue(
  { sqs }: PartClients,
  part: ExpectedPart,
  abortSignal: AbortSignal,
): Promise<DeploymentPart> {
  let { kind } = part;
  const state = await seePart(
    'sqs:GetQueueAttributes',
    () =>
      sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: part.id,
          AttributeNames: ['RedrivePolicy', 'ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
        { abortSignal },
      ),
    ({ Attributes = {} }): PartState => {
      if (Attributes.RedrivePolicy !== undefined) return IN_ORDER;
      kind = 'dead-letter-queue';
      const { ApproximateNumberOfMessages: ready, ApproximateNumberOfMessagesNotVisible: inFlight } = Attributes;
      const messageCount = Number(ready ?? 0) + Number(inFlight ?? 0);
      return messageCount === 0 ? IN_ORDER : { kind: 'holds-messages', messageCount };
    },
  );
  return { ...part, kind, state };
}

/** CloudWatch's limit for the names of one request. */
const ALARM_NAME_COUNT_MAX = 100;

export async function readAlarms(
  { cloudwatch: client }: PartClients,
  parts: readonly ExpectedPart[],
  abortSignal: AbortSignal,
): Promise<readonly DeploymentPart[]> {
  if (parts.length === 0) return [];
  const alarms = new Map<string, MetricAlarm>();
  try {
    for (let start = 0; start < parts.length; start += ALARM_NAME_COUNT_MAX) {
      const AlarmNames = parts.slice(start, start + ALARM_NAME_COUNT_MAX).map(({ id }) => id);
      const query = { AlarmNames, MaxRecords: ALARM_NAME_COUNT_MAX };
      for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client }, query, { abortSignal })) {
        for (const alarm of MetricAlarms) alarms.set(alarm.AlarmName ?? '', alarm);
      }
    }
  } catch (error) {
    const state = stateAfterFailure(error, 'cloudwatch:DescribeAlarms');
    return parts.map((part) => ({ ...part, state }));
  }
  return parts.map((part) => ({ ...part, state: judgeAlarm(alarms.get(part.id)) }));
}

function judgeAlarm(alarm: MetricAlarm | undefined): PartState {
  if (alarm === undefined) return { kind: 'missing' };
  if (alarm.StateValue === 'ALARM') {
    const sinceMs = (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)?.getTime() ?? null;
    return { kind: 'raised', sinceMs, text: alarm.AlarmDescription ?? '' };
  }
  if (alarm.ActionsEnabled === false) return { kind: 'off' };
  if (alarm.AlarmActions?.length === 0) return { kind: 'broken', reason: 'has no action and notifies no topic' };
  return alarm.StateValue === 'OK' ? IN_ORDER : { kind: 'in-order', remark: 'without data yet' };
}
