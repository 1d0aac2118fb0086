import { CfnParameter } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { LiveTrading } from '../stage-config.ts';

/** With address and type of the wallet it is in the description of versions, which has 256 characters. */
const RPC_URL_LENGTH_MAX = 200;

/** Stack parameters, because an address in the repository would link its owner to every transaction of the wallet. */
export class WalletSettings extends Construct {
  readonly walletAddress: string;
  readonly signatureType: string;
  readonly polygonRpcUrl: string;

  constructor(
    scope: Construct,
    id: string,
    { polygonRpcUrl }: { readonly polygonRpcUrl: LiveTrading['polygonRpcUrl'] },
  ) {
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
    this.polygonRpcUrl = polygonRpcUrl === 'parameter' ? this.askForNode() : polygonRpcUrl;
    address.overrideLogicalId('WalletAddress');
    signatureType.overrideLogicalId('SignatureType');
    this.walletAddress = address.valueAsString;
    this.signatureType = signatureType.valueAsString;
  }

  private askForNode(): string {
    const rpcUrl = new CfnParameter(this, 'PolygonRpcUrl', {
      // No default: public nodes come and go, and without one that answers nothing is opened.
      description: 'JSON-RPC URL of your Polygon node (POLYGON_RPC_URL of the functions)',
      allowedPattern: '^https://.+',
      maxLength: RPC_URL_LENGTH_MAX,
      constraintDescription: `must be the https URL of a Polygon node, of ${RPC_URL_LENGTH_MAX} characters at most (OPERATE.md, Go live)`,
      // A provider's URL may contain its API key.
      noEcho: true,
    });
    rpcUrl.overrideLogicalId('PolygonRpcUrl');
    return rpcUrl.valueAsString;
  }
}
