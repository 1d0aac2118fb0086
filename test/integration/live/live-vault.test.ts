import { recoverAddress } from 'viem';
import { afterEach, describe, expect, it } from 'vitest';
import { buildOrder } from '#lib/adapters/polymarket/orders/build-order.ts';
import { createSecretsManagerVault } from '#lib/adapters/secrets/secrets-manager-vault.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { createKmsSigningAccount } from '#lib/adapters/signing/kms-signing-account.ts';
import { DEFAULT_AWS_LIMITS } from '#lib/runtime/aws-settings.ts';
import { createVaultClients, type VaultClients } from '#lib/runtime/vault-clients.ts';
import { kmsDouble } from '#test/fixtures/kms-double.ts';
import { aLiveSell, TEST_ADDRESS, TEST_KEY } from '#test/fixtures/live-account.ts';
import { startAwsWire, type WireAnswer, type WireRequest } from '#test/integration/aws/aws-wire.ts';

const SECRET = 'the text of the secret';
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function connect(answer: (request: WireRequest) => WireAnswer | Promise<WireAnswer>) {
  const wire = await startAwsWire(answer);
  stops.push(wire.stop);
  const limits = { ...DEFAULT_AWS_LIMITS, attemptCountMax: 1 };
  const clients: VaultClients = createVaultClients(wire.env, limits);
  stops.push(clients.destroy);
  return { ...clients, requests: wire.requests };
}

describe('the vault', () => {
  it('tells the text of a secret by its name', async () => {
    const { secretsManager, requests } = await connect(() => ({ status: 200, body: { SecretString: SECRET } }));
    expect(await createSecretsManagerVault({ client: secretsManager }).getSecret('tminus/key')).toBe(SECRET);
    expect(requests).toMatchObject([{ target: 'secretsmanager.GetSecretValue', body: { SecretId: 'tminus/key' } }]);
  });

  it.each([
    ['ResourceNotFoundException', 400, 'ConfigError'],
    ['AccessDeniedException', 400, 'ConfigError'],
    ['DecryptionFailure', 400, 'ConfigError'],
    ['InvalidRequestException', 400, 'ConfigError'],
    ['InternalServiceError', 500, 'UpstreamUnavailableError'],
    ['ThrottlingException', 400, 'UpstreamUnavailableError'],
  ])('names the secret when it fails with %s', async (errorType, status, name) => {
    const { secretsManager } = await connect(() => ({ status, errorType }));
    const asked = createSecretsManagerVault({ client: secretsManager }).getSecret('tminus/key');
    await expect(asked).rejects.toMatchObject({ name, context: { secret: 'tminus/key', reason: errorType } });
  });

  it.each([{}, { SecretString: '' }, { SecretBinary: Buffer.from(SECRET).toString('base64') }])(
    'refuses a secret that is no text: case %#',
    async (body) => {
      const { secretsManager } = await connect(() => ({ status: 200, body }));
      const asked = createSecretsManagerVault({ client: secretsManager }).getSecret('tminus/key');
      await expect(asked).rejects.toMatchObject({ name: 'ConfigError', context: { secret: 'tminus/key' } });
    },
  );

  it('is unavailable when nobody answers', async () => {
    const { secretsManager } = await connect(() => new Promise(() => {}));
    const limited = createSecretsManagerVault({ client: secretsManager });
    for (const stop of stops.splice(0)) await stop();
    await expect(limited.getSecret('tminus/key')).rejects.toMatchObject({ name: 'UpstreamUnavailableError' });
  });
});

describe('a key that never leaves its service', () => {
  it('has the address of the key, and signs what the key itself would sign, digest after digest', async () => {
    const { kms } = await connect(kmsDouble(TEST_KEY));
    const account = await createKmsSigningAccount({ client: kms, keyId: 'alias/tminus' });
    expect(account.address).toBe(TEST_ADDRESS);
    const inMemory = createKeySigningAccount(TEST_KEY);
    for (let count = 0; count < 8; count += 1) {
      const digest = `0x${(count * 37 + 1).toString(16).padStart(64, '0')}` as const;
      const signature = (await account.signDigest(digest)) as `0x${string}`;
      // The service may answer with either s and does not say v: both have to come out as contracts want them.
      expect(signature).toBe(await inMemory.signDigest(digest));
      expect(await recoverAddress({ hash: digest, signature })).toBe(TEST_ADDRESS);
    }
  });

  it('signs an order like the key in memory', async () => {
    const { kms } = await connect(kmsDouble(TEST_KEY));
    const account = await createKmsSigningAccount({ client: kms, keyId: 'alias/tminus' });
    const wallet = { address: TEST_ADDRESS, signatureType: 0, signerAddress: account.address } as const;
    const { digest } = await buildOrder(wallet, { ...aLiveSell(), salt: '7', timestampMs: 1_773_307_380_000 });
    expect(await account.signDigest(digest)).toBe(await createKeySigningAccount(TEST_KEY).signDigest(digest));
  });

  it.each([
    ['NotFoundException', 'ConfigError'],
    ['AccessDeniedException', 'ConfigError'],
    ['DisabledException', 'ConfigError'],
    ['KMSInternalException', 'UpstreamUnavailableError'],
  ])('says what is wrong when it fails with %s', async (errorType, name) => {
    const { kms } = await connect(() => ({ status: 400, errorType }));
    await expect(createKmsSigningAccount({ client: kms, keyId: 'k' })).rejects.toMatchObject({ name });
  });

  it('is refused when it is of another kind', async () => {
    const { kms } = await connect(() => ({ status: 200, body: { KeySpec: 'RSA_2048', PublicKey: 'AAAA' } }));
    await expect(createKmsSigningAccount({ client: kms, keyId: 'k' })).rejects.toThrow(/ECC_SECG_P256K1/);
  });

  it('is not believed when it signs with another key', async () => {
    const other = kmsDouble(`0x${'11'.repeat(32)}`);
    const own = kmsDouble(TEST_KEY);
    const { kms } = await connect((request) =>
      request.target === 'TrentService.Sign' ? other(request) : own(request),
    );
    const account = await createKmsSigningAccount({ client: kms, keyId: 'k' });
    await expect(account.signDigest(`0x${'5a'.repeat(32)}`)).rejects.toMatchObject({ name: 'UnexpectedReplyError' });
  });
});
