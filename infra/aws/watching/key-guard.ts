import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { RUNBOOK_SECTIONS, runbookLine } from '../runbook.ts';

/** The key of the wallet: one of KMS, or a secret with its digits. */
export type GuardedKey = { readonly keyArn: string } | { readonly secretName: string };

/**
 * Pages when a call disables the wallet's key, schedules its deletion or deletes the secret that has it. AWS sends
 * these calls to the bus only where a trail of CloudTrail records management events; `tminus doctor` reads the key
 * itself.
 */
export class KeyGuard extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: { readonly stage: string; readonly key: GuardedKey; readonly topic: ITopic },
  ) {
    super(scope, id);
    const { source, detail } = callsOf(props.key);
    new Rule(this, 'Rule', {
      description: 'Calls that take the key of the wallet away',
      eventPattern: {
        source,
        detailType: ['AWS API Call via CloudTrail'],
        detail,
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

/** Refused calls change nothing. */
const DONE = { errorCode: [{ exists: false }] };

function callsOf(key: GuardedKey): { readonly source: string[]; readonly detail: Record<string, unknown> } {
  if ('keyArn' in key) {
    const calls = { eventSource: ['kms.amazonaws.com'], eventName: ['DisableKey', 'ScheduleKeyDeletion'] };
    return { source: ['aws.kms'], detail: { ...calls, resources: { ARN: [key.keyArn] }, ...DONE } };
  }
  const calls = { eventSource: ['secretsmanager.amazonaws.com'], eventName: ['DeleteSecret'] };
  // The caller names it as it likes: by its name, or by its ARN, which ends with six more characters.
  const requestParameters = { secretId: [{ wildcard: `*${key.secretName}*` }] };
  return { source: ['aws.secretsmanager'], detail: { ...calls, requestParameters, ...DONE } };
}
