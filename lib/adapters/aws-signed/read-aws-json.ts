import * as z from 'zod';
import { accessFailure } from '#lib/adapters/deployment/access-failure.ts';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import { ConfigError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { type SignedDeps, type SignedRequest, signAndSend } from './sign-and-send.ts';

const FaultSchema = z.object({
  __type: z.string().optional(),
  Error: z.object({ Code: z.string() }).optional(),
});
const TRIES_MAX = 3;

/**
 * The JSON answer to a read, tried three times. AWS's own words are not passed on: they may name accounts and users.
 * @param right the permission that the call needs
 * @throws ConfigError without credentials that AWS knows
 * @throws UpstreamUnavailableError
 */
export async function readAwsJson<Schema extends z.ZodType>(
  deps: SignedDeps,
  request: SignedRequest,
  schema: Schema,
  right: string,
): Promise<z.output<Schema>> {
  let reason = 'AWS did not answer';
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const outcome = await signAndSend(deps, request);
    const text = outcome.kind === 'answered' ? outcome.text : null;
    if (outcome.kind !== 'answered' || text === null || outcome.status >= 500) continue;
    const body = jsonOrUndefined(text);
    const answer = schema.safeParse(body);
    if (outcome.status === 200 && answer.success) return answer.data;
    const code = faultOf(body);
    const access = accessFailure(code);
    if (access !== undefined) throw new ConfigError(access);
    if (/^AccessDenied/.test(code)) throw new UpstreamUnavailableError(`The permission ${right} is missing`);
    reason = `AWS answered ${outcome.status} ${code}`.trim();
    if (!/^Throttling|^TooManyRequests/.test(code)) break;
  }
  throw new UpstreamUnavailableError(`${reason} (${right})`);
}

/** As `com.amazonaws.logs#AccessDeniedException`, or `{"Error": {"Code": …}}` of the query services. */
function faultOf(body: unknown): string {
  const fault = FaultSchema.safeParse(body);
  if (!fault.success) return '';
  return fault.data.__type?.split('#').at(-1) ?? fault.data.Error?.Code ?? '';
}
