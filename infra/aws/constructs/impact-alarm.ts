import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { AlarmUrgency } from '#lib/contracts/notice-message.ts';
import { type RunbookSection, runbookLine } from '../runbook.ts';

/** How a construct fails. The construct lists its own; the watch stack creates the alarms. */
export type AlarmSpec = {
  /** PascalCase and stable; the alarm is named `tminus-<stage>-<id>`. */
  readonly id: string;
  /** What is lost while the alarm is raised, in plain words. The alarm's text starts with it. */
  readonly errorImpact: string;
  /** `page`: shares may stay unsold, or the pages themselves do not arrive. `ticket`: it can wait for the morning. */
  readonly urgency: AlarmUrgency;
  readonly runbook: RunbookSection;
  readonly metric: IMetric;
  readonly threshold: number;
  /** Default: `at-least`. */
  readonly raisedWhen?: 'at-least' | 'above' | 'below';
  /** Raised when `badPeriodCount` of the last `periodCount` periods breach. Defaults: all of them; 1. */
  readonly badPeriodCount?: number;
  readonly periodCount?: number;
  /**
   * What missing data means. `healthy`: nothing happened. `failing`: a component that should report does not.
   * `unchanged`: the metric is no longer reported, and the last state still holds.
   */
  readonly whenMissing: 'healthy' | 'failing' | 'unchanged';
};

export type ImpactAlarmProps = AlarmSpec & {
  readonly stage: string;
  readonly topics: Readonly<Record<AlarmUrgency, ITopic>>;
};

const OPERATORS = {
  'at-least': ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  above: ComparisonOperator.GREATER_THAN_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;

const TREATMENTS = {
  healthy: TreatMissingData.NOT_BREACHING,
  failing: TreatMissingData.BREACHING,
  unchanged: TreatMissingData.IGNORE,
} as const;

/** CloudWatch's limit, in characters. */
const DESCRIPTION_LENGTH_MAX = 1_024;

/** Its text says what is lost and what to do. Only who was woken is told that it has cleared. */
export class ImpactAlarm extends Construct {
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, props: ImpactAlarmProps) {
    super(scope, id);
    const { periodCount = 1, badPeriodCount = periodCount } = props;
    const text = `${props.errorImpact} ${runbookLine(props.runbook, props.stage)}`;
    if (text.length > DESCRIPTION_LENGTH_MAX) throw new Error(`The text of alarm ${props.id} is too long`);
    this.alarm = new Alarm(this, 'Alarm', {
      alarmName: `tminus-${props.stage}-${props.id}`,
      alarmDescription: text,
      metric: props.metric,
      threshold: props.threshold,
      comparisonOperator: OPERATORS[props.raisedWhen ?? 'at-least'],
      evaluationPeriods: periodCount,
      datapointsToAlarm: badPeriodCount,
      treatMissingData: TREATMENTS[props.whenMissing],
    });
    const action = new SnsAction(props.topics[props.urgency]);
    this.alarm.addAlarmAction(action);
    if (props.urgency === 'page') this.alarm.addOkAction(action);
  }
}

export const ONE_MINUTE = Duration.minutes(1);
export const FIVE_MINUTES = Duration.minutes(5);
