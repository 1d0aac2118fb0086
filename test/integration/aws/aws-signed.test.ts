import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { getCallerAccount } from '#lib/adapters/aws-signed/caller-account.ts';
import { createCloudwatchErrorLog } from '#lib/adapters/aws-signed/cloudwatch-error-log.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { ConfigError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import { openByUrl } from '#lib/suite-client/open-by-url.ts';
import { type CannedAnswer, type CannedServer, startCannedServer } from '#test/fixtures/canned-server.ts';

let server: CannedServer;
let answers: CannedAnswer[];
let authorizations: string[];

const KEYS = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'very-secret',
  AWS_SESSION_TOKEN: 'token',
};
const aws = createAwsClients(KEYS);
const deps = { clock, client: aws.lambda };

beforeAll(async () => {
  server = await startCannedServer();
  server.answer((_url, headers) => {
    authorizations.push(String(headers.authorization));
    return answers.shift() ?? { status: 500, body: '' };
  });
});
beforeEach(() => {
  answers = [];
  authorizations = [];
});
afterAll(async () => {
  aws.destroy();
  await server?.stop();
});

const json = (body: object, status = 200): CannedAnswer => ({ status, body: JSON.stringify(body) });
const account = () => getCallerAccount(deps, `${server.host}/`);

describe('calls that are signed here', () => {
  it('tell the account, after a failure too, and name service and region in the signature', async () => {
    answers = [
      { status: 503, body: '' },
      json({ GetCallerIdentityResponse: { GetCallerIdentityResult: { Account: '123456789012', Arn: 'arn' } } }),
    ];
    expect(await account()).toBe('123456789012');
    expect(authorizations).toHaveLength(2);
    expect(authorizations[0]).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/sts\/aws4_request, SignedHeaders=.*host.*x-amz-security-token/,
    );
  });

  it.each([
    [
      'expired credentials',
      json({ Error: { Code: 'ExpiredToken', Message: 'arn:aws:iam::1' } }, 403),
      ConfigError,
      /have expired/,
    ],
    [
      'unknown credentials',
      json({ Error: { Code: 'InvalidClientTokenId' } }, 403),
      ConfigError,
      /does not know these credentials/,
    ],
    [
      'a missing permission',
      json({ __type: 'com.amazonaws#AccessDeniedException' }, 400),
      UpstreamUnavailableError,
      /permission sts:GetCallerIdentity is missing/,
    ],
    ['an unknown answer', json({ __type: 'Other' }, 400), UpstreamUnavailableError, /AWS answered 400 Other/],
  ])('say what is wrong: %s', async (_name, answer, kind, words) => {
    answers = [answer];
    const error = await account().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(kind);
    expect(String(error)).toMatch(words);
    expect(String(error)).not.toMatch(/very-secret|arn:aws/);
    expect(authorizations).toHaveLength(1);
  });

  it('list the errors of every page and log group, and no line that only has the word', async () => {
    const event = (message: string, timestamp: number) => ({ message, timestamp });
    answers = [
      json({
        events: [
          event('{"level":"ERROR","message":"The exit failed"}', 20),
          event('{"level":"WARN","message":"ERROR"}', 5),
        ],
        nextToken: 'next',
      }),
      json({
        events: [
          event('2026-11-30T17:00:00Z 1f Task timed out after 15.00 seconds\n', 10),
          event('REPORT RequestId ERROR', 11),
        ],
      }),
    ];
    const log = createCloudwatchErrorLog({
      ...deps,
      url: `${server.host}/`,
      listLogGroups: async () => ['/aws/lambda/sell'],
    });
    expect((await log.listErrors(1)).map(({ text }) => text)).toEqual([
      '2026-11-30T17:00:00Z 1f Task timed out after 15.00 seconds',
      'The exit failed',
    ]);
    expect(server.bodies.at(-1)).toContain('"nextToken":"next"');
  });

  it.each<readonly [string, CannedAnswer, object]>([
    [
      'a refused signature',
      { status: 403, body: '{"Message":"Forbidden"}' },
      { outcome: 'failed', code: 'forbidden', mayHaveOpened: false },
    ],
    ['a failed function', { status: 502, body: '' }, { outcome: 'failed', code: 'not-known', mayHaveOpened: true }],
    [
      'a refusal',
      json({ outcome: 'refused', code: 'halted', message: 'Openings are halted.' }, 422),
      { outcome: 'refused', code: 'halted' },
    ],
    [
      'bad input',
      json({ outcome: 'failed', code: 'InvalidInputError', message: 'usd: must be', error: {} }, 400),
      { outcome: 'failed', code: 'InvalidInputError', mayHaveOpened: false },
    ],
  ])('tell of an opening by URL: %s', async (_name, answer, reply) => {
    answers = [answer];
    const body = { requestId: 'r-1', asset: 'BTC', side: 'UP', usd: 6, mode: 'paper' } as const;
    expect(await openByUrl(deps, `${server.host}/`, body)).toMatchObject(reply);
    expect(server.requests.at(-1)).toBe('/open');
    expect(authorizations[0]).toContain('/eu-west-1/lambda/aws4_request');
  });
});
