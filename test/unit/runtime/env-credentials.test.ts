import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultProvider } from '#infra/shared/stand-ins/lambda-credentials.ts';
import { findEnvCredentials, getEnvCredentials } from '#lib/runtime/env-credentials.ts';
import { createDynamodbClient } from '#lib/runtime/function-clients.ts';

const KEYS = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'first', AWS_SECRET_ACCESS_KEY: 'secret' };
/** Within the five minutes in which the SDK takes them for run out. */
const soon = (): string => new Date(Date.now() + 60_000).toISOString();

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('credentials of the environment', () => {
  it('carry the session and its end where they are given', () => {
    const endsAt = '2026-11-24T12:00:00Z';
    const env = { ...KEYS, AWS_SESSION_TOKEN: 'token', AWS_CREDENTIAL_EXPIRATION: endsAt };
    expect(getEnvCredentials(env)).toEqual({
      accessKeyId: 'first',
      secretAccessKey: 'secret',
      sessionToken: 'token',
      expiration: new Date(endsAt),
    });
    expect(getEnvCredentials(KEYS)).toEqual({ accessKeyId: 'first', secretAccessKey: 'secret' });
  });

  it('are not there when a part is empty, and the error names both parts and shows none', () => {
    const env = { ...KEYS, AWS_SECRET_ACCESS_KEY: '' };
    expect(findEnvCredentials(env)).toBeUndefined();
    expect(() => getEnvCredentials(env)).toThrow(/AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are missing/);
    expect(() => getEnvCredentials(env)).not.toThrow(/first/);
  });
});

describe('a client', () => {
  it('takes new credentials from its environment when the old ones run out', async () => {
    const env = { ...KEYS, AWS_CREDENTIAL_EXPIRATION: soon() };
    const client = createDynamodbClient(env);
    expect((await client.config.credentials()).accessKeyId).toBe('first');
    env.AWS_ACCESS_KEY_ID = 'second';
    expect((await client.config.credentials()).accessKeyId).toBe('second');
    client.destroy();
  });

  it('keeps credentials that do not run out: they last as long as the process', async () => {
    const env = { ...KEYS };
    const client = createDynamodbClient(env);
    await client.config.credentials();
    env.AWS_ACCESS_KEY_ID = 'second';
    expect((await client.config.credentials()).accessKeyId).toBe('first');
    client.destroy();
  });
});

describe('what stands in a bundle for the SDK’s search', () => {
  it('gives a client the keys of the process, anew when they run out', async () => {
    for (const [name, value] of Object.entries({ ...KEYS, AWS_CREDENTIAL_EXPIRATION: soon() })) vi.stubEnv(name, value);
    const client = new DynamoDBClient({ region: 'eu-west-1', credentialDefaultProvider: defaultProvider });
    expect((await client.config.credentials()).accessKeyId).toBe('first');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'second');
    expect((await client.config.credentials()).accessKeyId).toBe('second');
    client.destroy();
  });

  it('says what is missing where there are no keys', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    await expect(defaultProvider()()).rejects.toThrow(/AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are missing/);
  });
});
