import { Arn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { RUNBOOK_SECTIONS } from '../runbook.ts';
import { acknowledge } from './acknowledge.ts';
import { DeadLetterQueue } from './guarded-queue.ts';
import { type AlarmSpec, FIVE_MINUTES } from './impact-alarm.ts';
import type { SuiteFunction } from './suite-function.ts';

const ERROR_IMPACT =
  'A position has lost its timer, the wake-up that lives outside our own code: it leaves on time only if its delayed message or the ' +
  'sweep wakes it.';

/** Schedules are called after the position they wake (lib/adapters/scheduler). */
const SCHEDULE_NAME_PREFIX = 'exit-';

/**
 * The one-time timers of positions: their group, the role the scheduler sends with, and the queue for what it could not send. The timers
 * themselves are made by `open`, with the bounds of their delivery.
 */
export class TimerGroup extends Construct {
  readonly group: ScheduleGroup;
  readonly role: Role;
  readonly deadLetters: DeadLetterQueue;
  readonly alarms: readonly AlarmSpec[];
  /** Known before it exists, so that the right to make timers can name it. */
  private readonly groupName: string;

  constructor(scope: Construct, id: string, props: { readonly stage: string; readonly target: IQueue }) {
    super(scope, id);
    this.groupName = `tminus-${props.stage}`;
    this.group = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: this.groupName,
      // With the group go its timers: a suite that is torn down wakes nothing any more.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', {
      alarmId: 'TimerDeadLetters',
      errorImpact: ERROR_IMPACT,
    });
    this.role = new Role(this, 'Role', {
      description: 'EventBridge Scheduler: sends a wake-up to the exit queue, or to the dead letters of the timers',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
          ArnEquals: { 'aws:SourceArn': this.group.scheduleGroupArn },
        },
      }),
    });
    props.target.grant(this.role, 'sqs:SendMessage');
    // The scheduler writes its dead letters with this role as well: without the right they would be lost silently.
    this.deadLetters.queue.grant(this.role, 'sqs:SendMessage');
    this.alarms = [
      ...this.deadLetters.alarms,
      {
        // What could be kept is told by the queue; this is what could not even be kept.
        id: 'TimerLost',
        errorImpact: ERROR_IMPACT,
        runbook: RUNBOOK_SECTIONS.deadLetters,
        metric: this.group.metricFailedToBeSentToDLQ(undefined, { period: FIVE_MINUTES, statistic: 'Sum' }),
        threshold: 1,
        silence: 'peace',
      },
    ];
  }

  /** May make timers in this group, and no others, and hand them the group's role. */
  grantCreate(maker: SuiteFunction): void {
    const { region } = Stack.of(this);
    const timers = `schedule/${this.groupName}/${SCHEDULE_NAME_PREFIX}*`;
    maker.lambda.addToRolePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: ['scheduler:CreateSchedule'],
        resources: [Arn.format({ service: 'scheduler', resource: timers }, Stack.of(this))],
      }),
    );
    maker.lambda.addToRolePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: ['iam:PassRole'],
        resources: [this.role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    );
    acknowledge(
      maker,
      `AwsSolutions-IAM5[Resource::arn:aws:scheduler:${region}:<AWS::AccountId>:${timers}]`,
      'A timer is named after a position that does not exist yet; group and prefix are fixed.',
    );
  }
}
