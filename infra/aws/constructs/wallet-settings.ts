import { CfnParameter } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/**
 * The owner's wallet, asked for when the stack is deployed and remembered by CloudFormation for the next time. Parameters and no
 * constants: an address links a person to everything it ever did on the chain.
 */
export class WalletSettings extends Construct {
  readonly walletAddress: string;
  readonly signatureType: string;
  readonly polygonRpcUrl: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const address = new CfnParameter(this, 'Address', {
      description: 'Address that holds the cash and the shares: the funder of the orders',
      allowedPattern: '^0x[0-9a-fA-F]{40}$',
      constraintDescription: 'must be 0x and 40 hexadecimal digits',
    });
    const signatureType = new CfnParameter(this, 'SignatureType', {
      description:
        '0: the key is the wallet; 1 to 3: one of the venue’s own wallets, which the key signs for (OPERATE.md)',
      allowedValues: ['0', '1', '2', '3'],
    });
    const rpcUrl = new CfnParameter(this, 'PolygonRpcUrl', {
      description: 'JSON-RPC address of a Polygon node; read only, and best effort',
      allowedPattern: '^https://.+',
      default: 'https://polygon-rpc.com',
      // Providers put their keys into the address.
      noEcho: true,
    });
    // Names for people: they are typed after `--parameters`.
    address.overrideLogicalId('WalletAddress');
    signatureType.overrideLogicalId('SignatureType');
    rpcUrl.overrideLogicalId('PolygonRpcUrl');
    this.walletAddress = address.valueAsString;
    this.signatureType = signatureType.valueAsString;
    this.polygonRpcUrl = rpcUrl.valueAsString;
  }
}
