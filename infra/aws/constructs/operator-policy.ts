import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Effect, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DUE_INDEX, limitsKey } from '#lib/adapters/dynamodb/table-schema.ts';
import { listAlarmTopicArns } from '../stacks/alarm-topic-name.ts';
import type { NewsPath } from './news-path.ts';
import { shownAccount } from './shown-account.ts';
import type { SuiteTable } from './table-grants.ts';

/** Requests that only look, of which most know no resource: the same list as in OPERATE.md, What doctor reads. */
const LOOKS = [
  'cloudformation:DescribeStacks',
  'cloudformation:ListStackResources',
  'cloudwatch:DescribeAlarms',
  'dynamodb:DescribeTable',
  'events:DescribeRule',
  'events:ListTargetsByRule',
  'lambda:GetAccountSettings',
  'lambda:GetEventSourceMapping',
  'lambda:GetFunction',
  'logs:FilterLogEvents',
  'scheduler:GetSchedule',
  'scheduler:GetScheduleGroup',
  'sns:GetSubscriptionAttributes',
  'sns:ListSubscriptionsByTopic',
] as const;

export type OperatorPolicyProps = {
  readonly stage: string;
  readonly table: Pick<SuiteTable, 'tableArn' | 'tableStreamArn'>;
  readonly queues: readonly IQueue[];
  readonly open: IFunction;
  /** What a replay of dead letters calls, publishes to and reads again. */
  readonly summary: IFunction;
  readonly news: NewsPath;
};

/**
 * For people and pipelines that run the suite: `doctor`, `smoke`, positions, exits, halt and dead letters. It reads no
 * secret and signs nothing. Retained like that of the callers, because IAM deletes no policy that is attached.
 */
export class OperatorPolicy extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: OperatorPolicyProps) {
    super(scope, id);
    const { stage, table, queues, open, summary, news } = props;
    const allow = (actions: readonly string[], resources: readonly string[]): PolicyStatement =>
      new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] });
    const rows = ['BatchGetItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'];
    const letters = ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'ReceiveMessage', 'SendMessage'];
    const stack = Stack.of(this);
    const alarms = (account: string): string => `arn:aws:cloudwatch:${stack.region}:${account}:alarm:tminus-${stage}-*`;
    const policy = new ManagedPolicy(this, 'Policy', {
      description: 'May operate this stage of T-minus: look, exit, halt, and handle dead letters',
      statements: [
        allow(LOOKS, ['*']),
        allow(
          rows.map((each) => `dynamodb:${each}`),
          [table.tableArn, `${table.tableArn}/index/${DUE_INDEX.name}`],
        ),
        allow(
          letters.map((each) => `sqs:${each}`),
          queues.map(({ queueArn }) => queueArn),
        ),
        new PolicyStatement({
          effect: Effect.ALLOW,
          // `tminus limits reset` deletes the row of the limits. Rows of positions are never deleted.
          actions: ['dynamodb:DeleteItem'],
          resources: [table.tableArn],
          conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [limitsKey(stage, 'paper').pk] } },
        }),
        allow(['lambda:InvokeFunction', 'lambda:InvokeFunctionUrl'], [open.functionArn]),
        allow(['lambda:InvokeFunction'], [summary.functionArn]),
        allow(['sns:Publish'], [news.topic.topicArn]),
        allow(['events:PutEvents'], [news.bus.eventBusArn]),
        allow(['dynamodb:GetRecords', 'dynamodb:GetShardIterator'], [table.tableStreamArn ?? table.tableArn]),
        allow(['sns:ConfirmSubscription'], listAlarmTopicArns(stack, stage)),
        allow(['cloudwatch:SetAlarmState'], [alarms(stack.account)]),
      ],
    });
    policy.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    this.arn = policy.managedPolicyArn;
    Validations.of(policy).acknowledge(
      { id: 'AwsSolutions-IAM5[Resource::*]', reason: 'Requests that only look; most of them take no resource.' },
      {
        id: `AwsSolutions-IAM5[Resource::${alarms(shownAccount(stack))}]`,
        reason: 'The alarms of this stage, by the beginning of their names; their stack depends on this one.',
      },
    );
  }
}
