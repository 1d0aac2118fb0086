import { describe, expect, it } from 'vitest';
import { readFixedParts } from '#infra/aws/fixed-parts.ts';
import { RUNBOOK_SECTIONS, runbookLine } from '#infra/aws/runbook.ts';
import { STAGE_NAMES } from '#infra/aws/stage-config.ts';
import { PAGE_PATTERN } from '#infra/shared/event-rules.ts';
import { encodeDomainEvent } from '#lib/contracts/domain-event.ts';
import { decodeNoticeMessage } from '#lib/contracts/notice-message.ts';
import { noticeKeyOf } from '#lib/domain/news/domain-event.ts';
import { METRIC_NAMESPACE, METRICS } from '#lib/runtime/metric-names.ts';
import { anAlert } from '#test/factories/an-alert.ts';
import { resourceOf, resourcesOf, targetOf } from './read-template.ts';
import { synthSuite } from './stub-suite.ts';

const ALARM = 'AWS::CloudWatch::Alarm';
const live = synthSuite('live');
const alert = anAlert({ kind: 'exit-failing', severity: 'page' });
const PAGE = { type: 'position-alert', positionId: alert.positionId, version: alert.version, alert } as const;
const alarmOf = (id: string) => resourceOf(live.watch, ALARM, `${id}Alarm`).Properties;

/** The metrics of an alarm, alone or in an expression. */
type Metric = { readonly MetricName: string; readonly Namespace: string; readonly Dimensions: readonly object[] };
// biome-ignore lint/suspicious/noExplicitAny: untyped JSON of a template.
function metricsOf(alarm: any): readonly Metric[] {
  if (alarm.MetricName !== undefined) return [alarm];
  // biome-ignore lint/suspicious/noExplicitAny: untyped JSON of a template.
  return alarm.Metrics.filter((each: any) => each.MetricStat !== undefined).map((each: any) => each.MetricStat.Metric);
}

describe.each(STAGE_NAMES)('every alarm of stage %s', (stage) => {
  const alarms = resourcesOf(synthSuite(stage).watch, ALARM).map(({ Properties }) => Properties);

  it('says first what is lost and last where to look', () => {
    const endings = Object.values(RUNBOOK_SECTIONS).map((section) => runbookLine(section, stage));
    for (const { AlarmDescription: text } of alarms) {
      expect(endings.filter((ending) => text.endsWith(ending))).toHaveLength(1);
      expect(text).toMatch(/^[A-Z][^"]{40,}\. What to do/);
    }
  });

  it('defines what missing data means', () => {
    for (const { TreatMissingData } of alarms) {
      expect(['breaching', 'notBreaching', 'ignore']).toContain(TreatMissingData);
    }
  });

  it('notifies one of two topics, and that it is over only where it has paged', () => {
    const { page: pages = [], ticket: tickets = [] } = Object.groupBy(alarms, ({ AlarmActions }) =>
      targetOf(AlarmActions[0]).startsWith('Page') ? 'page' : 'ticket',
    );
    expect(pages.length + tickets.length).toBe(alarms.length);
    for (const { AlarmActions, OKActions, InsufficientDataActions } of pages) {
      expect(AlarmActions.map(targetOf)).toEqual([expect.stringMatching(/^PageTopic/)]);
      expect([OKActions, InsufficientDataActions]).toEqual([AlarmActions, undefined]);
    }
    for (const { AlarmActions, OKActions, InsufficientDataActions } of tickets) {
      expect(AlarmActions.map(targetOf)).toEqual([expect.stringMatching(/^TicketTopic/)]);
      expect([OKActions, InsufficientDataActions]).toEqual([undefined, undefined]);
    }
  });

  it('watches no metric of DynamoDB, about whose missing data the pages of AWS contradict each other', () => {
    expect(alarms.flatMap(metricsOf).filter(({ Namespace }) => Namespace === 'AWS/DynamoDB')).toEqual([]);
  });

  it('on an own metric uses a name and stage that the suite writes', () => {
    const own = alarms.flatMap(metricsOf).filter(({ Namespace }) => Namespace === METRIC_NAMESPACE);
    expect(own.length).toBeGreaterThan(6);
    for (const { MetricName, Dimensions } of own) {
      expect(Object.keys(METRICS)).toContain(MetricName);
      expect(Dimensions).toContainEqual({ Name: 'stage', Value: stage });
    }
  });
});

describe('the watch', () => {
  const PAGES = [
    'PositionOverdue',
    'SweepSilent',
    'CanarySilent',
    'ExitsFailing',
    'ExitDeadLetters',
    'ExitQueueWaiting',
    'SellFailing',
    'TableUnavailable',
    'AnnounceLate',
    'NewsDeadLetters',
    'DiscordUndelivered',
  ];
  const TICKETS = [
    'OpenFailing',
    'OrdersLate',
    'VenueDrift',
    'GasLow',
    'WalletUnread',
    'SettleDeadLetters',
    'SettleQueueWaiting',
    'TimerDeadLetters',
    'FailedEvents',
  ];

  it.each([...PAGES.map((id) => [id, 'page'] as const), ...TICKETS.map((id) => [id, 'ticket'] as const)])(
    'has an alarm %s, which is a %s',
    (id, urgency) => {
      expect(alarmOf(id).AlarmName).toBe(`tminus-live-${id}`);
      expect(targetOf(alarmOf(id).AlarmActions[0])).toMatch(urgency === 'page' ? /^PageTopic/ : /^TicketTopic/);
    },
  );

  it('has no other alarms', () => {
    const names = resourcesOf(live.watch, ALARM).map(({ Properties }) => Properties.AlarmName);
    expect(names.toSorted()).toEqual([...PAGES, ...TICKETS].map((id) => `tminus-live-${id}`).toSorted());
  });

  it.each(['SweepSilent', 'CanarySilent'])('treats missing data as failing in %s', (id) => {
    expect(alarmOf(id)).toMatchObject({ TreatMissingData: 'breaching', ComparisonOperator: 'LessThanThreshold' });
  });

  it('keeps alarms on dead letters and on gas raised until something is measured again', () => {
    const depths = resourcesOf(live.watch, ALARM).filter(
      ({ Properties }) =>
        Properties.MetricName === 'ApproximateNumberOfMessagesVisible' &&
        JSON.stringify(Properties.Dimensions).includes('DeadLetters'),
    );
    const others = resourcesOf(live.watch, ALARM).filter(({ Properties }) => Properties.TreatMissingData === 'ignore');
    expect(depths.length).toBeGreaterThan(3);
    expect(new Set(others.map(({ logicalId }) => logicalId))).toEqual(
      new Set([
        ...depths.map(({ logicalId }) => logicalId),
        resourceOf(live.watch, ALARM, 'FailedEventsAlarm').logicalId,
        resourceOf(live.watch, ALARM, 'GasLowAlarm').logicalId,
      ]),
    );
  });

  it('evaluates several periods where it fills missing data, because data arrives late', () => {
    const filled = resourcesOf(live.watch, ALARM).filter(({ Properties }) => /FILL/.test(JSON.stringify(Properties)));
    for (const { Properties } of filled) {
      expect(Properties.DatapointsToAlarm).toBeLessThan(Properties.EvaluationPeriods);
    }
  });

  it('folds what Lambda counts as failures of a function, and of calls by URL, into one alarm each', () => {
    const namesOf = (id: string) => metricsOf(alarmOf(id)).map(({ MetricName }) => MetricName);
    expect(namesOf('OpenFailing')).toEqual(['Errors', 'Url5xxCount']);
    expect(namesOf('SellFailing')).toEqual(['Errors', 'Throttles']);
    expect(alarmOf('SellFailing').Metrics[0].Expression).toBe('FILL(errors, 0) + FILL(throttles, 0)');
  });

  it('treats missing data as failing nowhere else', () => {
    const failing = resourcesOf(live.watch, ALARM)
      .map(({ Properties }) => Properties)
      .filter(({ TreatMissingData }) => TreatMissingData === 'breaching')
      .map(({ AlarmName }) => AlarmName);
    expect(failing.toSorted()).toEqual(['tminus-live-CanarySilent', 'tminus-live-SweepSilent']);
  });

  it('evaluates the canary in its own period', () => {
    expect(alarmOf('CanarySilent')).toMatchObject({ Period: 300, EvaluationPeriods: 3 });
  });

  it('sends pages and tickets to the discord queue and by e-mail', () => {
    const subscriptions = resourcesOf(live.watch, 'AWS::SNS::Subscription');
    const byTopic = (topic: RegExp) =>
      subscriptions
        .filter(({ Properties }) => topic.test(targetOf(Properties.TopicArn)))
        .map(({ Properties }) => Properties.Protocol);
    expect(byTopic(/^PageTopic/).toSorted()).toEqual(['email', 'sqs']);
    expect(byTopic(/^TicketTopic/).toSorted()).toEqual(['email', 'sqs']);
    for (const { Condition, Properties } of subscriptions) {
      expect(Condition).toBe(Properties.Protocol === 'email' ? 'HasAlarmEmail' : undefined);
    }
  });

  it('sends alerts that page to the page topic too, readable and with the event inside', () => {
    const { EventPattern, Targets } = resourceOf(live.watch, 'AWS::Events::Rule', 'PagesToTopic').Properties;
    expect(EventPattern).toEqual(PAGE_PATTERN);
    const { InputPathsMap, InputTemplate } = Targets[0].InputTransformer;
    // As EventBridge fills it in: texts inside quotes, the event as it is.
    const event = { source: 'tminus', 'detail-type': 'Position Alert', detail: JSON.parse(encodeDomainEvent(PAGE)) };
    const valueAt = (path: string): unknown =>
      path
        .split('.')
        .slice(1)
        .reduce<unknown>((value, key) => Object(value)[key], event);
    const filled = Object.entries<string>(InputPathsMap).reduce((text, [name, path]) => {
      const value = valueAt(path);
      return text.replaceAll(`:<${name}>`, `:${JSON.stringify(value)}`).replaceAll(`<${name}>`, String(value));
    }, InputTemplate);
    expect(JSON.parse(filled).page).toContain(`exit-failing: ${PAGE.alert.position.marketSlug}, position `);
    expect(decodeNoticeMessage(filled, 'm1')).toEqual({
      notice: { kind: 'event', event: PAGE },
      noticeKey: noticeKeyOf(PAGE),
    });
  });

  it('may send to the discord queue, whose policy names the topics before they exist', () => {
    const policy = resourceOf(live.trading, 'AWS::SQS::QueuePolicy', 'DiscordPathNoticesQueue').Properties;
    for (const id of ['PageTopic', 'TicketTopic']) {
      const { TopicName } = resourceOf(live.watch, 'AWS::SNS::Topic', id).Properties;
      expect(JSON.stringify(policy.PolicyDocument)).toContain(`:${TopicName}"`);
    }
  });

  it('has one dashboard that shows every alarm, in a stage that asks for it', () => {
    const { watch } = synthSuite('live', { hasDashboard: true });
    watch.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    const body = JSON.stringify(resourcesOf(watch, 'AWS::CloudWatch::Dashboard')[0]?.Properties.DashboardBody);
    for (const { logicalId } of resourcesOf(watch, ALARM)) expect(body).toContain(logicalId);
    live.watch.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  });

  it.each(STAGE_NAMES)('saves the questions of an incident over the logs of every function of stage %s', (stage) => {
    const { watch, trading } = synthSuite(stage);
    const queries = resourcesOf(watch, 'AWS::Logs::QueryDefinition');
    expect(queries).toHaveLength(5);
    const groupCount = resourcesOf(trading, 'AWS::Logs::LogGroup').length;
    for (const { Properties } of queries) {
      expect(Properties.Name).toMatch(new RegExp(`^tminus-${stage}/\\d `));
      expect(Properties.LogGroupNames).toHaveLength(groupCount);
    }
  });

  it('notices silence by the metrics that every run writes', () => {
    expect(alarmOf('SweepSilent')).toMatchObject({ MetricName: 'PositionOverdue', Statistic: 'SampleCount' });
    expect(alarmOf('CanarySilent')).toMatchObject({ MetricName: 'CanaryLateness', Statistic: 'SampleCount' });
  });

  it.each(STAGE_NAMES)('has at most 22 metrics in the alarms of stage %s, at ten cents a month each', (stage) => {
    expect(readFixedParts(stage).alarmMetrics).toBeLessThanOrEqual(22);
  });

  it('has no Discord resources in a stage without Discord', () => {
    const quiet = synthSuite('paper', { hasDiscord: false });
    expect(resourcesOf(quiet.watch, ALARM).filter(({ logicalId }) => /Discord/.test(logicalId))).toEqual([]);
    quiet.watch.resourceCountIs('AWS::SNS::Subscription', 2);
    quiet.trading.resourceCountIs('AWS::SNS::Subscription', 0);
  });
});
