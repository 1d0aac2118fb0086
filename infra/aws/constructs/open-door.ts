import { Effect, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FunctionUrlAuthType, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/**
 * The way in for strategies: an address that takes signed requests only, and a policy to attach to whoever may use it. The same
 * policy allows the invoke of the SDKs.
 */
export class OpenDoor extends Construct {
  readonly url: string;
  readonly callerPolicyArn: string;

  constructor(scope: Construct, id: string, props: { readonly open: LambdaFunction }) {
    super(scope, id);
    const { open } = props;
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
  }
}
