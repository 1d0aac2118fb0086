import { CfnParameter } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** Stack parameters, because an address in the repository would link its owner to every transaction of the wallet. */
export class WalletSettings extends Construct {
  readonly walletAddress: string;
  readonly signatureType: string;
  readonly polygonRpcUrl: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const address = new CfnParameter(this, 'Address', {
      description: 'Address of the wallet that holds cash and shares (the funder of the orders)',
      allowedPattern: '^0x[0-9a-fA-F]{40}$',
      constraintDescription: 'must be 0x and 40 hexadecimal digits',
    });
    const signatureType = new CfnParameter(this, 'SignatureType', {
      description: 'Kind of wallet: 0 the key’s own address, 1 proxy, 2 Safe, 3 deposit wallet (OPERATE.md, Go live)',
      allowedValues: ['0', '1', '2', '3'],
    });
    const rpcUrl = new CfnParameter(this, 'PolygonRpcUrl', {
      description: 'JSON-RPC URL of a Polygon node; exits go on when it does not answer',
      allowedPattern: '^https://.+',
      default: 'https://polygon-rpc.com',
      // A provider's URL may contain its API key.
      noEcho: true,
    });
    address.overrideLogicalId('WalletAddress');
    signatureType.overrideLogicalId('SignatureType');
    rpcUrl.overrideLogicalId('PolygonRpcUrl');
    this.walletAddress = address.valueAsString;
    this.signatureType = signatureType.valueAsString;
    this.polygonRpcUrl = rpcUrl.valueAsString;
  }
}
