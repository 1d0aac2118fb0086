import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { type Hex, isHex, numberToHex, recoverAddress } from 'viem';
import { publicKeyToAddress, serializeSignature } from 'viem/accounts';
import { type CurveSignature, parseDerSignature, parsePublicKeyPoint } from '#lib/adapters/evm/der-signature.ts';
import { ConfigError, InvariantError, UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { SigningAccount } from '#lib/ports/signing-account.ts';

export type KmsSigningDeps = { readonly client: KMSClient; readonly keyId: string };

/** What no repetition mends: no such key, one that may not be used, or one of another kind. */
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
 * Signs with a key of AWS KMS (`ECC_SECG_P256K1`, for signing) that never leaves it. Its address is read once, here.
 * @throws ConfigError the key is not there, not ours to use, or of another kind
 * @throws UpstreamUnavailableError
 */
export async function createKmsSigningAccount(deps: KmsSigningDeps): Promise<SigningAccount> {
  const address = await readAddress(deps);
  return {
    address,
    signDigest: async (digest) => {
      if (!isHex(digest) || digest.length !== 66) throw new InvariantError('A digest to sign has to be 32 bytes');
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
    throw new ConfigError('The KMS key cannot sign for a wallet: make one of the kind ECC_SECG_P256K1', {
      keySpec: KeySpec ?? null,
    });
  }
  return publicKeyToAddress(parsePublicKeyPoint(PublicKey));
}

/** KMS does not say which of the two points signed (v): it is the one that leads back to our address. */
async function withRecovery({ r, s }: CurveSignature, digest: Hex, address: string): Promise<string> {
  for (const yParity of [0, 1]) {
    const signature = serializeSignature({ r: numberToHex(r, { size: 32 }), s: numberToHex(s, { size: 32 }), yParity });
    const recovered = await recoverAddress({ hash: digest, signature }).catch(() => undefined);
    if (recovered === address) return signature;
  }
  throw new UnexpectedReplyError('The key service signed with another key than it showed');
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
