import { Effect, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FunctionUrlAuthType, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { RUNBOOK_SECTIONS } from '../runbook.ts';
import { type AlarmSpec, FIVE_MINUTES } from './impact-alarm.ts';

/**
 * The way in for strategies: an address that takes signed requests only, and a policy to attach to whoever may use it. The same
 * policy allows the invoke of the SDKs.
 */
export class OpenDoor extends Construct {
  readonly url: string;
  readonly callerPolicyArn: string;
  readonly alarms: readonly AlarmSpec[];

  constructor(scope: Construct, id: string, props: { readonly open: LambdaFunction; readonly errorImpact: string }) {
    super(scope, id);
    const { open, errorImpact } = props;
    this.url = open.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM }).url;
    const policy = new ManagedPolicy(this, 'Callers', {
      description: 'May open positions: attach it to the user or role your strategy runs as',
      statements: [
        // The address asks for both rights; an invoke for the second one alone.
        new PolicyStatement({
          effect: Effect.ALLOW,
          actions: ['lambda:InvokeFunctionUrl'],
          resources: [open.functionArn],
          conditions: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
        }),
        new PolicyStatement({
          effect: Effect.ALLOW,
          actions: ['lambda:InvokeFunction'],
          resources: [open.functionArn],
        }),
      ],
    });
    this.callerPolicyArn = policy.managedPolicyArn;
    this.alarms = [
      {
        // Who calls by address gets an answer whatever happens, so that to Lambda nothing has failed.
        id: 'OpenUrlErrors',
        errorImpact,
        runbook: RUNBOOK_SECTIONS.functionErrors,
        metric: open.metric('Url5xxCount', { period: FIVE_MINUTES, statistic: 'Sum' }),
        threshold: 1,
        silence: 'peace',
      },
    ];
  }
}
