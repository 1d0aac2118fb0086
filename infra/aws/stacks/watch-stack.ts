import { CfnCondition, CfnParameter, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { type AlarmSpec, ImpactAlarm } from '../constructs/impact-alarm.ts';
import type { StageConfig } from '../stage-config.ts';
import { listSuiteAlarms } from '../watching/suite-alarms.ts';
import { SuiteDashboard } from '../watching/suite-dashboard.ts';
import { createSuiteMetrics } from '../watching/suite-metrics.ts';
import { listTableAlarms } from '../watching/table-alarms.ts';
import { alarmTopicName } from './alarm-topic-name.ts';
import type { StateStack } from './state-stack.ts';
import type { TradingStack } from './trading-stack.ts';

export type WatchStackProps = StackProps & {
  readonly config: StageConfig;
  readonly state: StateStack;
  readonly trading: TradingStack;
};

/** All alarms, their topic, and the dashboard where the stage has one. */
export class WatchStack extends Stack {
  readonly topic: Topic;
  readonly alarms: readonly ImpactAlarm[];

  constructor(scope: Construct, id: string, props: WatchStackProps) {
    super(scope, id, props);
    const { config, state, trading } = props;
    const metrics = createSuiteMetrics(config.name);
    this.topic = this.createTopic(config.name);
    trading.discord?.path.subscribeTo(this, 'AlarmsToDiscord', this.topic.topicArn);
    this.subscribeMailbox();
    const specs: readonly AlarmSpec[] = [
      ...listSuiteAlarms(metrics, config),
      ...listTableAlarms(state.table, trading.functions.announce.lambda),
      ...trading.alarms,
    ];
    this.alarms = specs.map(
      (spec) => new ImpactAlarm(this, spec.id, { ...spec, stage: config.name, topic: this.topic }),
    );
    if (config.hasDashboard) {
      const alarms = this.alarms.map(({ alarm }) => alarm);
      new SuiteDashboard(this, 'Night', { stage: config.name, metrics, state, trading, alarms });
    }
  }

  private createTopic(stage: string): Topic {
    // A fixed name: the queue policy in the trading stack names this topic before it exists.
    const topic = new Topic(this, 'Alarms', {
      topicName: alarmTopicName(stage),
      displayName: `T-minus ${stage} alarms`,
      enforceSSL: true,
    });
    topic.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    return topic;
  }

  /** A stack parameter, which CloudFormation remembers: a later deployment without it keeps the subscription. */
  private subscribeMailbox(): void {
    const address = new CfnParameter(this, 'AlarmEmail', {
      description: 'E-mail address for all alarms; empty for none. Confirm the e-mail that AWS sends.',
      allowedPattern: '^$|^[^@\\s]+@[^@\\s]+$',
      default: '',
    });
    const subscription = new CfnSubscription(this, 'AlarmsToMailbox', {
      topicArn: this.topic.topicArn,
      protocol: 'email',
      endpoint: address.valueAsString,
    });
    subscription.cfnOptions.condition = new CfnCondition(this, 'HasAlarmEmail', {
      expression: Fn.conditionNot(Fn.conditionEquals(address.valueAsString, '')),
    });
  }
}
