import { CfnCondition, CfnParameter, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { PAGE_PATTERN } from '#infra/shared/event-rules.ts';
import type { AlarmUrgency } from '#lib/contracts/notice-message.ts';
import { type AlarmSpec, ImpactAlarm } from '../constructs/impact-alarm.ts';
import { toEventPattern } from '../constructs/news-path.ts';
import { ALIASED_FUNCTIONS, ROLLBACK_ALARMS } from '../rollout.ts';
import type { StageConfig } from '../stage-config.ts';
import { KeyGuard } from '../watching/key-guard.ts';
import { SavedQueries } from '../watching/saved-queries.ts';
import { listSuiteAlarms } from '../watching/suite-alarms.ts';
import { SuiteDashboard } from '../watching/suite-dashboard.ts';
import { createSuiteMetrics } from '../watching/suite-metrics.ts';
import { listTableAlarms } from '../watching/table-alarms.ts';
import { TrafficShift } from '../watching/traffic-shift.ts';
import { alarmTopicName } from './alarm-topic-name.ts';
import type { StateStack } from './state-stack.ts';
import type { TradingStack } from './trading-stack.ts';

export type WatchStackProps = StackProps & {
  readonly config: StageConfig;
  readonly state: StateStack;
  readonly trading: TradingStack;
};

/** All alarms, the topics of pages and of tickets, and the dashboard where the stage has one. */
export class WatchStack extends Stack {
  readonly topics: Readonly<Record<AlarmUrgency, Topic>>;
  readonly alarms: readonly ImpactAlarm[];

  constructor(scope: Construct, id: string, props: WatchStackProps) {
    super(scope, id, props);
    const { config, state, trading } = props;
    const metrics = createSuiteMetrics(config.name);
    this.topics = {
      page: this.createTopic('Page', config.name, 'page'),
      ticket: this.createTopic('Ticket', config.name, 'ticket'),
    };
    this.subscribeDiscord(trading);
    this.subscribeMailbox();
    this.sendPages(trading);
    const signer = state.live?.signer;
    if (signer !== undefined) {
      const key = signer.kind === 'kms' ? { keyArn: signer.key.keyArn } : { secretName: signer.secret.secretName };
      new KeyGuard(this, 'KeyGuard', { stage: config.name, key, topic: this.topics.page });
    }
    const specs: readonly AlarmSpec[] = [
      ...listSuiteAlarms(metrics, config),
      ...listTableAlarms(metrics, trading.functions.announce.lambda),
      ...trading.alarms,
    ];
    this.alarms = specs.map(
      (spec) => new ImpactAlarm(this, spec.id, { ...spec, stage: config.name, topics: this.topics }),
    );
    new TrafficShift(this, 'Shift', {
      stage: config.name,
      functions: ALIASED_FUNCTIONS.filter((name) => trading.allFunctions[name] !== undefined),
      alarms: ROLLBACK_ALARMS.map((id) => this.getAlarm(id)),
    });
    new SavedQueries(this, 'Queries', {
      stage: config.name,
      logGroups: Object.values(trading.allFunctions).map(({ logGroup }) => logGroup),
    });
    if (config.hasDashboard) {
      const alarms = this.alarms.map(({ alarm }) => alarm);
      new SuiteDashboard(this, 'Night', { stage: config.name, metrics, state, trading, alarms });
    }
  }

  private getAlarm(id: string): Alarm {
    const found = this.alarms.find(({ node }) => node.id === id);
    if (found === undefined) throw new Error(`A release is to be taken back by the alarm ${id}, and there is none`);
    return found.alarm;
  }

  private createTopic(id: string, stage: string, urgency: AlarmUrgency): Topic {
    // A fixed name: the queue policy in the trading stack names this topic before it exists.
    const topic = new Topic(this, `${id}Topic`, {
      topicName: alarmTopicName(stage, urgency),
      displayName: `T-minus ${stage} ${urgency}`,
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

  private subscribeDiscord({ discord }: TradingStack): void {
    discord?.path.subscribeTo(this, 'PagesToDiscord', this.topics.page.topicArn);
    discord?.path.subscribeTo(this, 'TicketsToDiscord', this.topics.ticket.topicArn);
  }

  /** A stack parameter, which CloudFormation remembers: a later deployment without it keeps the subscriptions. */
  private subscribeMailbox(): void {
    const address = new CfnParameter(this, 'AlarmEmail', {
      description: 'E-mail address for pages and tickets; empty for none. Confirm both e-mails: tminus confirm-alarms',
      allowedPattern: '^$|^[^@\\s]+@[^@\\s]+$',
      default: '',
    });
    const condition = new CfnCondition(this, 'HasAlarmEmail', {
      expression: Fn.conditionNot(Fn.conditionEquals(address.valueAsString, '')),
    });
    const subscribe = (id: string, { topicArn }: Topic): void => {
      const subscription = new CfnSubscription(this, id, {
        ...{ topicArn, protocol: 'email', endpoint: address.valueAsString },
      });
      subscription.cfnOptions.condition = condition;
    };
    subscribe('PagesToMailbox', this.topics.page);
    subscribe('TicketsToMailbox', this.topics.ticket);
  }

  /**
   * Alerts that page also go to the page topic, for its subscribers without Discord. The event is inside, so that the
   * discord function recognises it as the one that it has from the news topic.
   */
  private sendPages({ news }: TradingStack): void {
    const field = (path: string): string => EventField.fromPath(path);
    new Rule(this, 'PagesToTopic', {
      eventBus: news.bus,
      description: 'Alerts that page, without those of canaries',
      eventPattern: toEventPattern(PAGE_PATTERN),
      targets: [
        new SnsTopic(this.topics.page, {
          message: RuleTargetInput.fromObject({
            page: `${field('$.detail.alert.kind')}: ${field('$.detail.alert.position.marketSlug')}, position ${field('$.detail.positionId')}, ${field('$.detail.alert.position.mode')}. Look: tminus show, with this id and your stage.`,
            source: field('$.source'),
            'detail-type': field('$.detail-type'),
            detail: field('$.detail'),
          }),
        }),
      ],
    });
  }
}
