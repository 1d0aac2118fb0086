import { describe, expect, it } from 'vitest';
import { RUNBOOK_SECTIONS } from '#infra/aws/runbook.ts';
import { STAGE_NAMES } from '#infra/aws/stage-config.ts';
import { METRIC_NAMESPACE, METRICS } from '#lib/runtime/metric-names.ts';
import { resourceOf, resourcesOf, targetOf } from './read-template.ts';
import { synthSuite } from './stub-suite.ts';

const ALARM = 'AWS::CloudWatch::Alarm';
const live = synthSuite('live');
const alarmOf = (id: string) => resourceOf(live.watch, ALARM, `${id}Alarm`).Properties;

/** The metrics an alarm looks at, alone or in an expression. */
type Metric = { readonly MetricName: string; readonly Namespace: string; readonly Dimensions: readonly object[] };
// biome-ignore lint/suspicious/noExplicitAny: JSON of AWS's making.
function metricsOf(alarm: any): readonly Metric[] {
  if (alarm.MetricName !== undefined) return [alarm];
  // biome-ignore lint/suspicious/noExplicitAny: JSON of AWS's making.
  return alarm.Metrics.filter((each: any) => each.MetricStat !== undefined).map((each: any) => each.MetricStat.Metric);
}

describe.each(STAGE_NAMES)('every alarm of stage %s', (stage) => {
  const alarms = resourcesOf(synthSuite(stage).watch, ALARM).map(({ Properties }) => Properties);

  it('begins with what a person loses and ends with where to look', () => {
    const endings = Object.values(RUNBOOK_SECTIONS).map((section) => `What to do: OPERATE.md, "${section}".`);
    for (const { AlarmDescription: text } of alarms) {
      expect(endings.filter((ending) => text.endsWith(ending))).toHaveLength(1);
      expect(text).toMatch(/^[A-Z][^"]{40,}\. What to do/);
    }
  });

  it('has decided what silence means', () => {
    for (const { TreatMissingData } of alarms) {
      expect(['breaching', 'notBreaching', 'ignore']).toContain(TreatMissingData);
    }
  });

  it('is told on the alarm topic, once', () => {
    for (const { AlarmActions, OKActions, InsufficientDataActions } of alarms) {
      expect(AlarmActions.map(targetOf)).toEqual([expect.stringMatching(/^Alarms/)]);
      expect([OKActions, InsufficientDataActions]).toEqual([undefined, undefined]);
    }
  });

  it('watches a number that the suite writes for this stage, where the number is our own', () => {
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
    'ExitQueueAge',
    'TimersLate',
    'OrdersLate',
    'UnknownOrder',
    'TableReadsThrottled',
    'TableWritesThrottled',
    'IndexWritesThrottled',
    'SellRefusalUnrecognised',
    'BuyRefusalUnrecognised',
    'SellFailures',
    'OpenUrlErrors',
    ...['Open', 'Sell', 'Sweep', 'Announce', 'Discord', 'Canary', 'Summary'].flatMap((name) => [
      `${name}Errors`,
      `${name}Throttles`,
    ]),
  ])('has an alarm %s', (id) => {
    expect(alarmOf(id).AlarmName).toBe(`tminus-live-${id}`);
  });

  it.each(['SweepSilent', 'CanarySilent'])('takes silence for death in %s', (id) => {
    expect(alarmOf(id)).toMatchObject({ TreatMissingData: 'breaching', ComparisonOperator: 'LessThanThreshold' });
  });

  it('keeps an alarm of dead letters raised while SQS measures nothing any more', () => {
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
      ]),
    );
  });

  it('asks for no number that late arrivals would change, unless more than one period decides', () => {
    const filled = resourcesOf(live.watch, ALARM).filter(({ Properties }) => /FILL/.test(JSON.stringify(Properties)));
    for (const { Properties } of filled) {
      expect(Properties.DatapointsToAlarm).toBeLessThan(Properties.EvaluationPeriods);
    }
  });

  it('hears of the index apart from its table, whose number leaves it out', () => {
    const namesOf = (id: string) => alarmOf(id).Dimensions.map(({ Name }: { Name: string }) => Name);
    expect(namesOf('TableWritesThrottled')).toEqual(['TableName']);
    expect(namesOf('IndexWritesThrottled').toSorted()).toEqual(['GlobalSecondaryIndexName', 'TableName']);
  });

  it('hears of openings that fail by address, which are no errors to Lambda', () => {
    expect(alarmOf('OpenUrlErrors')).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Url5xxCount' });
    expect(alarmOf('OpenUrlErrors').Dimensions).toEqual(alarmOf('OpenErrors').Dimensions);
  });

  it('takes silence for peace everywhere else', () => {
    const deadly = resourcesOf(live.watch, ALARM)
      .map(({ Properties }) => Properties)
      .filter(({ TreatMissingData }) => TreatMissingData === 'breaching')
      .map(({ AlarmName }) => AlarmName);
    expect(deadly.toSorted()).toEqual(['tminus-live-CanarySilent', 'tminus-live-SweepSilent']);
  });

  it('calls an exit message old only when no delay explains its age', () => {
    expect(alarmOf('ExitQueueAge').Threshold).toBe(900 + 5 * 20);
  });

  it('watches the canary at the pace it is sent', () => {
    expect(alarmOf('CanarySilent')).toMatchObject({ Period: 300, EvaluationPeriods: 3 });
  });

  it('tells Discord of alarms through the same queue, and its failure by the mailbox', () => {
    const [toDiscord, toMailbox] = resourcesOf(live.watch, 'AWS::SNS::Subscription');
    expect(toDiscord?.Properties).toMatchObject({ Protocol: 'sqs' });
    expect(toMailbox).toMatchObject({ Condition: 'HasAlarmEmail', Properties: { Protocol: 'email' } });
  });

  it('may be told to Discord: the queue lets the topic in before it exists', () => {
    const { TopicName } = resourceOf(live.watch, 'AWS::SNS::Topic', 'Alarms').Properties;
    const policy = resourceOf(live.trading, 'AWS::SQS::QueuePolicy', 'DiscordPathNoticesQueue').Properties;
    expect(JSON.stringify(policy.PolicyDocument)).toContain(`:${TopicName}"`);
  });

  it('has one page for the night that shows every alarm', () => {
    live.watch.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    const body = JSON.stringify(resourcesOf(live.watch, 'AWS::CloudWatch::Dashboard')[0]?.Properties.DashboardBody);
    for (const { logicalId } of resourcesOf(live.watch, ALARM)) expect(body).toContain(logicalId);
  });

  it('does without Discord where a stage tells nobody', () => {
    const quiet = synthSuite('paper', { hasDiscord: false });
    expect(resourcesOf(quiet.watch, ALARM).filter(({ logicalId }) => /Discord/.test(logicalId))).toEqual([]);
    quiet.watch.resourceCountIs('AWS::SNS::Subscription', 1);
    quiet.trading.resourceCountIs('AWS::SNS::Subscription', 0);
  });
});
