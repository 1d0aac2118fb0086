import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import { accessFailure, describeFailure } from '#lib/adapters/deployment/access-failure.ts';
import { type HttpOutcome, sendRequest } from '#lib/adapters/http/send-request.ts';
import { ConfigError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';

export type SignedDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Any client of the SDK: it has found credentials and region. */
  readonly client: Pick<LambdaClient, 'config'> | Pick<SQSClient, 'config'>;
};

export type SignedRequest = {
  /** As signatures name it: `lambda`, `sts`, `logs`. */
  readonly service: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly deadlineMs: number;
};

/**
 * One POST with AWS Signature Version 4: for function URLs, which no client of the SDK calls, and for the two calls of
 * the command line that are not worth a client of their own.
 * @throws ConfigError without usable credentials, UpstreamUnavailableError: nothing was sent
 */
export async function signAndSend({ clock, client }: SignedDeps, request: SignedRequest): Promise<HttpOutcome> {
  const { service, url, headers, body, deadlineMs } = request;
  const { protocol, hostname, port, host, pathname, searchParams } = new URL(url);
  const { credentials, region, sha256 } = client.config;
  const signer = new SignatureV4({ service, region, sha256, credentials });
  const unsigned = {
    ...{ method: 'POST', protocol, hostname, path: pathname, query: Object.fromEntries(searchParams), body },
    ...(port !== '' && { port: Number(port) }),
    headers: { host, ...headers },
  };
  const signed = await signer.sign(unsigned, { signingDate: new Date(clock.nowMs()) }).catch((cause: unknown) => {
    const access = cause instanceof Error ? accessFailure(cause.name, cause.message) : undefined;
    if (access !== undefined) throw new ConfigError(access, {}, { cause });
    throw new UpstreamUnavailableError(describeFailure(cause), {}, { cause });
  });
  return sendRequest(
    { clock },
    { method: 'POST', url, headers: signed.headers, body, deadlineAtMs: clock.nowMs() + deadlineMs },
  );
}
