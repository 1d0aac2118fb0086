import type { SQSClient } from '@aws-sdk/client-sqs';
import { joinUrl } from '#lib/adapters/http/request-json.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { signAndSend } from './sign-and-send.ts';

export type InvokeLaterDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Any client of the SDK: it has found credentials and region. */
  readonly client: Pick<SQSClient, 'config'>;
  /** Of an emulator; empty for AWS's own. */
  readonly endpoint: string | undefined;
};

/** The caller has three seconds for its own answer. */
const DEADLINE_MS = 1_500;
const ACCEPTED = 202;

/**
 * Has Lambda invoke a function later, which it promises for the events that it accepts. Signed by hand: the SDK's
 * client would be the largest part of the caller's bundle.
 * @throws ConfigError without credentials
 * @throws UpstreamUnavailableError it is not known whether it was accepted. The payload is in no error
 */
export async function invokeLater(
  { clock, client, endpoint }: InvokeLaterDeps,
  functionName: string,
  payload: object,
): Promise<void> {
  const host = endpoint || `https://lambda.${await client.config.region()}.amazonaws.com`;
  const outcome = await signAndSend(
    { clock, client },
    {
      service: 'lambda',
      url: joinUrl(host, `/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`),
      headers: { 'content-type': 'application/json', 'x-amz-invocation-type': 'Event' },
      body: JSON.stringify(payload),
      deadlineMs: DEADLINE_MS,
    },
  );
  const status = outcome.kind === 'not-sent' ? null : outcome.status;
  if (status === ACCEPTED) return;
  throw new UpstreamUnavailableError('Lambda did not accept the event', { status });
}
