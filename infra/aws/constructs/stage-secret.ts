import { RemovalPolicy } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { StageName } from '../stage-config.ts';
import { acknowledge } from './acknowledge.ts';

export type StageSecretProps = {
  readonly stage: StageName;
  /** Last part of the name: `tminus/<stage>/<name>`. The owner puts the value in by this name. */
  readonly name: string;
  readonly description: string;
  /** Why AWS cannot rotate it. */
  readonly notRotatedBecause: string;
  /** Kept when the stack goes: what cannot be had a second time. One that a failed deployment has just made is not: its name would be taken. */
  readonly isIrreplaceable: boolean;
};

/** A place for a secret. Its value is put in by hand and never seen by CDK; until then it holds random letters that open nothing. */
export class StageSecret extends Construct {
  readonly secret: Secret;
  readonly secretName: string;

  constructor(scope: Construct, id: string, props: StageSecretProps) {
    super(scope, id);
    this.secretName = `tminus/${props.stage}/${props.name}`;
    this.secret = new Secret(this, 'Secret', {
      secretName: this.secretName,
      description: props.description,
      removalPolicy: props.isIrreplaceable ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
    acknowledge(this.secret, 'AwsSolutions-SMG4', props.notRotatedBecause);
  }

  /** The value of this secret and nothing else of it. */
  grantRead(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['secretsmanager:GetSecretValue'],
      resourceArns: [this.secret.secretArn],
    });
  }
}
