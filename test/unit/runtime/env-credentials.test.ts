import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultProvider } from '#infra/shared/stand-ins/lambda-credentials.ts';
import { findEnvCredentials, getEnvCredentials } from '#lib/runtime/env-credentials.ts';
import { createDynamodbClient } from '#lib/runtime/function-clients.ts';

const KEYS = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'first', AWS_SECRET_ACCESS_KEY: 'secret' };
/** Within the five minutes in which the SDK counts them as expired. */
const soon = (): string => new Date(Date.now() + 60_000).toISOString();

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('credentials of the environment', () => {
  it('have session and expiration when these are set', () => {
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

  it('are missing when a part is empty, and the error names both parts without values', () => {
    const env = { ...KEYS, AWS_SECRET_ACCESS_KEY: '' };
    expect(findEnvCredentials(env)).toBeUndefined();
    expect(() => getEnvCredentials(env)).toThrow(/AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are missing/);
    expect(() => getEnvCredentials(env)).not.toThrow(/first/);
  });
});

describe('a client', () => {
  it('reads new credentials from its environment when the old ones expire', async () => {
    const env = { ...KEYS, AWS_CREDENTIAL_EXPIRATION: soon() };
    const client = createDynamodbClient(env);
    expect((await client.config.credentials()).accessKeyId).toBe('first');
    env.AWS_ACCESS_KEY_ID = 'second';
    expect((await client.config.credentials()).accessKeyId).toBe('second');
    client.destroy();
  });

  it('keeps credentials that do not expire', async () => {
    const env = { ...KEYS };
    const client = createDynamodbClient(env);
    await client.config.credentials();
    env.AWS_ACCESS_KEY_ID = 'second';
    expect((await client.config.credentials()).accessKeyId).toBe('first');
    client.destroy();
  });
});

describe("the bundle's replacement for the SDK's credential search", () => {
  it('gives a client the keys of the process, again when they expire', async () => {
    for (const [name, value] of Object.entries({ ...KEYS, AWS_CREDENTIAL_EXPIRATION: soon() })) vi.stubEnv(name, value);
    const client = new DynamoDBClient({ region: 'eu-west-1', credentialDefaultProvider: defaultProvider });
    expect((await client.config.credentials()).accessKeyId).toBe('first');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'second');
    expect((await client.config.credentials()).accessKeyId).toBe('second');
    client.destroy();
  });

  it('names what is missing without keys', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    await expect(defaultProvider()()).rejects.toThrow(/AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are missing/);
  });
});
