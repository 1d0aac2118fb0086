import { Arn, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { RUNBOOK_SECTIONS } from '../runbook.ts';
import { DeadLetterQueue } from './guarded-queue.ts';
import type { AlarmSpec } from './impact-alarm.ts';
import { shownAccount } from './shown-account.ts';
import type { SuiteFunction } from './suite-function.ts';

const ERROR_IMPACT =
  'A position has lost its timer. It is sold on time only if its delayed message or the sweep wakes it.';

/** Schedules are named after the position they wake (lib/adapters/scheduler). */
const SCHEDULE_NAME_PREFIX = 'exit-';

/**
 * The group of the positions' one-time schedules, the role that EventBridge Scheduler sends with, and the dead-letter
 * queue of messages it could not send. `open` and `canary` create the schedules themselves, with their retry limits.
 */
export class TimerGroup extends Construct {
  readonly group: ScheduleGroup;
  readonly role: Role;
  readonly deadLetters: DeadLetterQueue;
  readonly alarms: readonly AlarmSpec[];
  /** A fixed name, so that the permission to create schedules can contain it. */
  private readonly groupName: string;

  constructor(scope: Construct, id: string, props: { readonly stage: string; readonly target: IQueue }) {
    super(scope, id);
    this.groupName = `tminus-${props.stage}`;
    this.group = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: this.groupName,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // What does not reach this queue either is noticed by the canaries, which have nothing but their timer.
    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', {
      alarmId: 'TimerDeadLetters',
      runbook: RUNBOOK_SECTIONS.deadTimers,
      urgency: 'ticket',
      errorImpact: ERROR_IMPACT,
    });
    this.role = new Role(this, 'Role', {
      description: 'EventBridge Scheduler: sends wake-ups to the exit queue, or to the dead-letter queue of the timers',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
          ArnEquals: { 'aws:SourceArn': this.group.scheduleGroupArn },
        },
      }),
    });
    props.target.grant(this.role, 'sqs:SendMessage');
    // Scheduler also sends dead letters with this role; without the permission it drops them silently.
    this.deadLetters.queue.grant(this.role, 'sqs:SendMessage');
    this.alarms = this.deadLetters.alarms;
  }

  /** Allows to create schedules in this group only, with the group's role. */
  grantCreate(creator: SuiteFunction): void {
    const { region } = Stack.of(this);
    const timers = `schedule/${this.groupName}/${SCHEDULE_NAME_PREFIX}*`;
    creator.lambda.addToRolePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: ['scheduler:CreateSchedule'],
        resources: [Arn.format({ service: 'scheduler', resource: timers }, Stack.of(this))],
      }),
    );
    creator.lambda.addToRolePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: ['iam:PassRole'],
        resources: [this.role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    );
    Validations.of(creator).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:aws:scheduler:${region}:${shownAccount(Stack.of(this))}:${timers}]`,
      reason: 'A schedule is named after a position that does not exist yet; group and prefix are fixed.',
    });
  }
}
