import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { secp256k1 } from '@noble/curves/secp256k1';
import { type Hex, isHex, numberToHex, recoverAddress } from 'viem';
import { publicKeyToAddress, serializeSignature } from 'viem/accounts';
import { ConfigError, InvariantError, UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';

type CurveSignature = { readonly r: bigint; readonly s: bigint };

export type KmsSigningDeps = { readonly client: KMSClient; readonly keyId: string };

/** Errors that a retry cannot fix: the key is missing, not usable or of another kind. */
const LASTING_ERRORS: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'DisabledException',
  'InvalidArnException',
  'InvalidKeyUsageException',
  'KMSInvalidStateException',
  'NotFoundException',
  'UnrecognizedClientException',
  'UnsupportedOperationException',
]);

/**
 * Signs with a key that never leaves AWS KMS (key spec `ECC_SECG_P256K1`). Reads its address once.
 * @throws ConfigError the key is missing, not usable or of another kind
 * @throws UpstreamUnavailableError
 */
export async function createKmsSigningAccount(deps: KmsSigningDeps): Promise<SigningAccount> {
  const address = await readAddress(deps);
  return {
    address,
    signDigest: async (digest) => {
      if (!isHex(digest) || digest.length !== 66) throw new InvariantError('A digest to sign must have 32 bytes');
      const { Signature } = await callKms(() =>
        deps.client.send(
          new SignCommand({
            KeyId: deps.keyId,
            Message: Buffer.from(digest.slice(2), 'hex'),
            MessageType: 'DIGEST',
            SigningAlgorithm: 'ECDSA_SHA_256',
          }),
        ),
      );
      return withRecovery(parseDerSignature(Signature ?? new Uint8Array()), digest, address);
    },
  };
}

async function readAddress(deps: KmsSigningDeps): Promise<string> {
  const { PublicKey, KeySpec } = await callKms(() => deps.client.send(new GetPublicKeyCommand({ KeyId: deps.keyId })));
  if (PublicKey === undefined || KeySpec !== 'ECC_SECG_P256K1') {
    throw new ConfigError('The KMS key cannot sign for a wallet: create a key with the spec ECC_SECG_P256K1', {
      keySpec: KeySpec ?? null,
    });
  }
  return addressOfPublicKey(PublicKey);
}

/**
 * The address of a public key in SPKI DER, the form in which KMS returns it.
 * @throws InvariantError for a key that is not of the curve secp256k1
 */
export function addressOfPublicKey(spki: Uint8Array): string {
  const { crv, x = '', y = '' } = readPublicKey(spki);
  if (crv !== 'secp256k1') throw new InvariantError('The public key is not on the curve secp256k1');
  const point = Buffer.concat([x, y].map((coordinate) => Buffer.from(coordinate, 'base64url')));
  return publicKeyToAddress(`0x04${point.toString('hex')}`);
}

function readPublicKey(spki: Uint8Array): JsonWebKey {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }).export({ format: 'jwk' });
  } catch {
    return {};
  }
}

/**
 * Reads a signature in DER. s is in the lower half of the curve's order: contracts accept only that one of the two
 * valid ones.
 * @throws UnexpectedReplyError when the bytes are not a signature
 */
export function parseDerSignature(der: Uint8Array): CurveSignature {
  try {
    const { r, s } = secp256k1.Signature.fromDER(der).normalizeS();
    return { r, s };
  } catch {
    throw new UnexpectedReplyError('The key service did not answer with a signature');
  }
}

/** KMS does not return the recovery bit (v): it is the one whose address is ours. */
async function withRecovery({ r, s }: CurveSignature, digest: Hex, address: string): Promise<string> {
  for (const yParity of [0, 1]) {
    const signature = serializeSignature({ r: numberToHex(r, { size: 32 }), s: numberToHex(s, { size: 32 }), yParity });
    const recovered = await recoverAddress({ hash: digest, signature }).catch(() => undefined);
    if (recovered === address) return signature;
  }
  throw new UnexpectedReplyError('The key service signed with another key than its public key');
}

async function callKms<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    const reason = error instanceof Error ? error.name : typeof error;
    const context = { service: 'kms', reason };
    if (LASTING_ERRORS.has(reason)) {
      throw new ConfigError(
        'The KMS key cannot be used: check that it exists and that this function may use it',
        context,
      );
    }
    throw new UpstreamUnavailableError('The key service did not answer', context);
  }
}
