import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type RunbookSection, runbookLine } from '../runbook.ts';

/** How something fails, said by the construct that can fail; the watch stack makes the alarm. */
export type AlarmSpec = {
  /** PascalCase and stable; the alarm is called `tminus-<stage>-<id>`. */
  readonly id: string;
  /** What a person loses while this is so, in plain words. It is the first thing the alarm says. */
  readonly errorImpact: string;
  readonly runbook: RunbookSection;
  /** With its statistic and period. */
  readonly metric: IMetric;
  readonly threshold: number;
  /** `at-least` unless said otherwise. */
  readonly raisedWhen?: 'at-least' | 'above' | 'below';
  /** Raised when so many of the last so many periods are bad; one of one unless said otherwise. */
  readonly badPeriodCount?: number;
  readonly periodCount?: number;
  /**
   * What no data means, which every alarm has to decide. `peace`: nothing happened, as with an error counter that only appears with an
   * error. `death`: somebody who should speak does not. `unchanged`: nobody measures any more, and what was so still is.
   */
  readonly silence: 'peace' | 'death' | 'unchanged';
};

export type ImpactAlarmProps = AlarmSpec & { readonly stage: string; readonly topic: ITopic };

const OPERATORS = {
  'at-least': ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  above: ComparisonOperator.GREATER_THAN_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;

const TREATMENTS = {
  peace: TreatMissingData.NOT_BREACHING,
  death: TreatMissingData.BREACHING,
  unchanged: TreatMissingData.IGNORE,
} as const;

/** Most letters that CloudWatch takes. */
const DESCRIPTION_LENGTH_MAX = 1_024;

/**
 * An alarm that says what is lost and what to do. It tells when it is raised and not when it is over: a new alarm is quiet for a moment
 * and then well, and a deployment would tell that of every single one.
 */
export class ImpactAlarm extends Construct {
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, props: ImpactAlarmProps) {
    super(scope, id);
    const { periodCount = 1, badPeriodCount = periodCount } = props;
    const text = `${props.errorImpact} ${runbookLine(props.runbook)}`;
    if (text.length > DESCRIPTION_LENGTH_MAX) throw new Error(`The text of alarm ${props.id} is too long`);
    this.alarm = new Alarm(this, 'Alarm', {
      alarmName: `tminus-${props.stage}-${props.id}`,
      alarmDescription: text,
      metric: props.metric,
      threshold: props.threshold,
      comparisonOperator: OPERATORS[props.raisedWhen ?? 'at-least'],
      evaluationPeriods: periodCount,
      datapointsToAlarm: badPeriodCount,
      treatMissingData: TREATMENTS[props.silence],
    });
    this.alarm.addAlarmAction(new SnsAction(props.topic));
  }
}

export const ONE_MINUTE = Duration.minutes(1);
export const FIVE_MINUTES = Duration.minutes(5);
