import { describe, expect, it } from 'vitest';
import { readFixedParts } from '#infra/aws/fixed-parts.ts';
import { RUNBOOK_SECTIONS } from '#infra/aws/runbook.ts';
import { STAGE_NAMES } from '#infra/aws/stage-config.ts';
import { METRIC_NAMESPACE, METRICS } from '#lib/runtime/metric-names.ts';
import { resourceOf, resourcesOf, targetOf } from './read-template.ts';
import { synthSuite } from './stub-suite.ts';

const ALARM = 'AWS::CloudWatch::Alarm';
const live = synthSuite('live');
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
    const endings = Object.values(RUNBOOK_SECTIONS).map((section) => `What to do: OPERATE.md, "${section}".`);
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

  it('notifies the alarm topic once, when it is raised', () => {
    for (const { AlarmActions, OKActions, InsufficientDataActions } of alarms) {
      expect(AlarmActions.map(targetOf)).toEqual([expect.stringMatching(/^Alarms/)]);
      expect([OKActions, InsufficientDataActions]).toEqual([undefined, undefined]);
    }
  });

  it('on an own metric uses a name and stage that the suite writes', () => {
    const own = alarms.flatMap(metricsOf).filter(({ Namespace }) => Namespace === METRIC_NAMESPACE);
    expect(own.length).toBeGreaterThan(10);
    for (const { MetricName, Dimensions } of own) {
      expect(Object.keys(METRICS)).toContain(MetricName);
      expect(Dimensions).toContainEqual({ Name: 'stage', Value: stage });
    }
  });
});

describe('the watch', () => {
  it.each([
    'PositionOverdue',
    'SweepSilent',
    'CanarySilent',
    'CanaryLate',
    'ExitsFailing',
    'ExitDeadLetters',
    'TimerDeadLetters',
    'TimerLost',
    'NewsDeadLetters',
    'NewsLost',
    'FailedEvents',
    'DiscordUndelivered',
    'ExitQueueWaiting',
    'SettleQueueWaiting',
    'DiscordWaiting',
    'AnnounceLate',
    'OrdersLate',
    'UnknownOrder',
    'TableReadsThrottled',
    'TableWritesThrottled',
    'IndexWritesThrottled',
    'SellRefusalUnrecognised',
    'BuyRefusalUnrecognised',
    'SellFailures',
    'SettleFailures',
    'SettleDeadLetters',
    'OpenUrlErrors',
    'OpenErrors',
    'OpenThrottles',
    'SellErrors',
    'SellThrottles',
  ])('has an alarm %s', (id) => {
    expect(alarmOf(id).AlarmName).toBe(`tminus-live-${id}`);
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

  it('has an alarm for the index, which the metric of its table excludes', () => {
    const namesOf = (id: string) => alarmOf(id).Dimensions.map(({ Name }: { Name: string }) => Name);
    expect(namesOf('TableWritesThrottled')).toEqual(['TableName']);
    expect(namesOf('IndexWritesThrottled').toSorted()).toEqual(['GlobalSecondaryIndexName', 'TableName']);
  });

  it('has an alarm for openings that fail by URL, which Lambda does not count as errors', () => {
    expect(alarmOf('OpenUrlErrors')).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Url5xxCount' });
    expect(alarmOf('OpenUrlErrors').Dimensions).toEqual(alarmOf('OpenErrors').Dimensions);
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

  it('sends alarms to the discord queue and by e-mail', () => {
    const [toDiscord, toMailbox] = resourcesOf(live.watch, 'AWS::SNS::Subscription');
    expect(toDiscord?.Properties).toMatchObject({ Protocol: 'sqs' });
    expect(toMailbox).toMatchObject({ Condition: 'HasAlarmEmail', Properties: { Protocol: 'email' } });
  });

  it('may send to the discord queue, whose policy names the topic before it exists', () => {
    const { TopicName } = resourceOf(live.watch, 'AWS::SNS::Topic', 'Alarms').Properties;
    const policy = resourceOf(live.trading, 'AWS::SQS::QueuePolicy', 'DiscordPathNoticesQueue').Properties;
    expect(JSON.stringify(policy.PolicyDocument)).toContain(`:${TopicName}"`);
  });

  it('has one dashboard that shows every alarm, in a stage that asks for it', () => {
    const { watch } = synthSuite('live', { hasDashboard: true });
    watch.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    const body = JSON.stringify(resourcesOf(watch, 'AWS::CloudWatch::Dashboard')[0]?.Properties.DashboardBody);
    for (const { logicalId } of resourcesOf(watch, ALARM)) expect(body).toContain(logicalId);
    live.watch.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  });

  it('notices silence by the metrics that every run writes', () => {
    expect(alarmOf('SweepSilent')).toMatchObject({ MetricName: 'PositionOverdue', Statistic: 'SampleCount' });
    expect(alarmOf('CanarySilent')).toMatchObject({ MetricName: 'CanaryLateness', Statistic: 'SampleCount' });
  });

  it.each(STAGE_NAMES)('has at most 40 metrics in the alarms of stage %s, at ten cents a month each', (stage) => {
    expect(readFixedParts(stage).alarmMetrics).toBeLessThanOrEqual(40);
  });

  it('has no Discord resources in a stage without Discord', () => {
    const quiet = synthSuite('paper', { hasDiscord: false });
    expect(resourcesOf(quiet.watch, ALARM).filter(({ logicalId }) => /Discord/.test(logicalId))).toEqual([]);
    quiet.watch.resourceCountIs('AWS::SNS::Subscription', 1);
    quiet.trading.resourceCountIs('AWS::SNS::Subscription', 0);
  });
});
