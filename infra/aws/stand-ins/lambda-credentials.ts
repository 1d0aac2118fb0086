/**
 * What stands in a bundle for the SDK's own search for credentials (`@aws-sdk/credential-provider-node`). That one also asks profiles,
 * single sign-on, STS and the instance it may run on, and brings a client for each: a sixth of a small function, for places that a
 * Lambda never has. Its keys are in its environment and nowhere else.
 */
import { type EnvCredentials, getEnvCredentials } from '#lib/runtime/env-credentials.ts';

/** The name and the shape are the SDK's. */
export function defaultProvider(): () => Promise<EnvCredentials> {
  return async () => getEnvCredentials(process.env);
}
