import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { RUNBOOK_SECTIONS, runbookLine } from '../runbook.ts';

/**
 * Pages when somebody disables the wallet's key or schedules its deletion. AWS sends these calls to the bus only where a
 * trail of CloudTrail records management events; `tminus doctor` reads the key itself.
 */
export class KeyGuard extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: { readonly stage: string; readonly keyArn: string; readonly topic: ITopic },
  ) {
    super(scope, id);
    new Rule(this, 'Rule', {
      description: 'Calls that take the key of the wallet away',
      eventPattern: {
        source: ['aws.kms'],
        detailType: ['AWS API Call via CloudTrail'],
        detail: {
          eventSource: ['kms.amazonaws.com'],
          eventName: ['DisableKey', 'ScheduleKeyDeletion'],
          resources: { ARN: [props.keyArn] },
          // Refused calls change nothing.
          errorCode: [{ exists: false }],
        },
      },
      targets: [
        new SnsTopic(props.topic, {
          // In the form of CloudWatch's alarms, which every subscriber of the topic reads.
          message: RuleTargetInput.fromObject({
            AlarmName: `tminus-${props.stage}-SigningKey`,
            AlarmDescription: `The key of the wallet is disabled or will be deleted: nothing can be sold or redeemed with it. ${runbookLine(RUNBOOK_SECTIONS.signingKey, props.stage)}`,
            NewStateValue: 'ALARM',
            NewStateReason: `${EventField.fromPath('$.detail.eventName')} by ${EventField.fromPath('$.detail.userIdentity.arn')}`,
            StateChangeTime: EventField.fromPath('$.time'),
          }),
        }),
      ],
    });
  }
}
