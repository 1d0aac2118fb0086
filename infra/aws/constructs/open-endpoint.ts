import { RemovalPolicy } from 'aws-cdk-lib';
import { Effect, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { SuiteFunction } from './suite-function.ts';

/** The function URL of `open`, which accepts signed requests only, and the policy for its callers. */
export class OpenEndpoint extends Construct {
  readonly url: string;
  readonly callerPolicyArn: string;

  constructor(scope: Construct, id: string, props: { readonly open: SuiteFunction }) {
    super(scope, id);
    const open = props.open.called;
    this.url = open.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM }).url;
    const policy = new ManagedPolicy(this, 'Callers', {
      // Another text would replace the policy, and with it every attachment.
      description: 'May open positions: attach it to the user or role your strategy runs as',
      statements: [
        // The URL requires both permissions, a direct invocation the second one only.
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
    // IAM deletes no policy that is attached, and the stack could not be torn down.
    policy.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    this.callerPolicyArn = policy.managedPolicyArn;
  }
}
