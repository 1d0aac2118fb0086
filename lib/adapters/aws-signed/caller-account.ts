import * as z from 'zod';
import { readAwsJson } from './read-aws-json.ts';
import type { SignedDeps } from './sign-and-send.ts';

const CALL = 'Action=GetCallerIdentity&Version=2011-06-15';
const DEADLINE_MS = 10_000;

const IdentitySchema = z
  .object({ GetCallerIdentityResponse: z.object({ GetCallerIdentityResult: z.object({ Account: z.string() }) }) })
  .transform(({ GetCallerIdentityResponse: { GetCallerIdentityResult } }) => GetCallerIdentityResult.Account);

/**
 * The account that the credentials belong to. Every caller may ask.
 * @throws ConfigError, UpstreamUnavailableError
 */
export function getCallerAccount(deps: SignedDeps, url: string): Promise<string> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  const request = { service: 'sts', url, headers, body: CALL, deadlineMs: DEADLINE_MS };
  return readAwsJson(deps, request, IdentitySchema, 'sts:GetCallerIdentity');
}
