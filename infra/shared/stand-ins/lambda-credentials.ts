/**
 * Replaces the SDK's default credential provider (`@aws-sdk/credential-provider-node`) in bundles. The original also
 * tries profiles, single sign-on, STS and instance metadata, with a client for each: a sixth of a small function. A
 * Lambda has its keys in the environment only.
 */
import { type EnvCredentials, getEnvCredentials } from '#lib/runtime/env-credentials.ts';

/** Name and shape are the SDK's. */
export function defaultProvider(): () => Promise<EnvCredentials> {
  return async () => getEnvCredentials(process.env);
}
