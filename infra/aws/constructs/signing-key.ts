import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/**
 * The wallet's key, made in KMS and never out of it. Retained: with the key go the shares and the cash of its wallet. Only the key of a
 * deployment that failed goes with it: no wallet knows it yet.
 */
export class SigningKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, props: { readonly stage: string }) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: `T-minus ${props.stage}: signs orders. Whoever deletes it loses the wallet.`,
      alias: `tminus/${props.stage}/signing`,
      // The curve of Ethereum and Polygon.
      keySpec: KeySpec.ECC_SECG_P256K1,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      // The longest KMS knows, to take a deletion back.
      pendingWindow: Duration.days(30),
    });
  }

  /** Signs 32-byte digests, and reads the public key the wallet's address comes from; no other algorithm, no other use. */
  grantSign(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['kms:Sign'],
      resourceArns: [this.key.keyArn],
      conditions: { StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'DIGEST' } },
    });
    Grant.addToPrincipal({ grantee, actions: ['kms:GetPublicKey'], resourceArns: [this.key.keyArn] });
  }
}
