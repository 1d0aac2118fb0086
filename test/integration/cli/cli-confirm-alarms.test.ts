import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '#lib/cli/main.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
import { type CannedAnswer, type CannedServer, startCannedServer } from '#test/fixtures/canned-server.ts';

const TOPIC_ARN = 'arn:aws:sns:eu-west-1:123456789012:tminus-live-page';
const TOKEN = '2336412f37hush';
const linkFor = (topicArn: string, token = TOKEN): string =>
  `https://sns.eu-west-1.amazonaws.com/confirmation.html?TopicArn=${topicArn}&Token=${token}&Endpoint=you@example.org`;
const CONFIRMED = `<ConfirmSubscriptionResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ConfirmSubscriptionResult><SubscriptionArn>${TOPIC_ARN}:1</SubscriptionArn></ConfirmSubscriptionResult></ConfirmSubscriptionResponse>`;

let asked: { readonly body: URLSearchParams; readonly isSigned: boolean }[];
let answer: CannedAnswer;
let server: CannedServer;
let env: Record<string, string>;

beforeEach(async () => {
  asked = [];
  answer = { body: CONFIRMED };
  server = await startCannedServer();
  server.answer((_url, { authorization }, body) => {
    asked.push({
      body: new URLSearchParams(body),
      isSigned: authorization?.startsWith('AWS4-HMAC-SHA256') === true,
    });
    return { ...answer, headers: { 'content-type': 'text/xml' } };
  });
  env = {
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SNS: server.host,
  };
});
afterEach(() => server.stop());

async function run(...args: string[]) {
  const terminal = createFakeTerminal({ env });
  const code = await main(['confirm-alarms', ...args], terminal);
  return { code, out: terminal.outLines.join('\n'), err: terminal.errLines.join('\n') };
}

describe('tminus confirm-alarms', () => {
  it.each([linkFor(TOPIC_ARN), `<${linkFor(TOPIC_ARN).replaceAll('&', '&amp;')}> `])(
    'confirms signed, so that a link in an e-mail no longer ends the subscription: %s',
    async (link) => {
      const { code, out } = await run(link);
      expect(code).toBe(0);
      expect(out).toMatch(/tminus-live-page reaches this address/);
      expect(asked).toHaveLength(1);
      expect(asked[0]?.isSigned).toBe(true);
      expect(Object.fromEntries(asked[0]?.body ?? [])).toMatchObject({
        Action: 'ConfirmSubscription',
        AuthenticateOnUnsubscribe: 'true',
        Token: TOKEN,
        TopicArn: TOPIC_ARN,
      });
    },
  );

  it.each(['no link', linkFor('arn:aws:sns:eu-west-1:123456789012:of-another-account'), linkFor(TOPIC_ARN, '')])(
    'sends nothing for %s',
    async (link) => {
      expect(await run(link)).toMatchObject({ code: 2, err: expect.stringMatching(/not the link/) });
      expect(asked).toEqual([]);
    },
  );

  it.each([
    [400, 'InvalidParameter', 3, /Subscribe the address again/],
    [403, 'AuthorizationError', 5, /sns:ConfirmSubscription/],
  ] as const)('says what to do for %i %s, and does not show the link', async (status, name, code, words) => {
    answer = {
      status,
      body: `<ErrorResponse><Error><Code>${name}</Code><Message>${TOKEN}</Message></Error></ErrorResponse>`,
    };
    const result = await run(linkFor(TOPIC_ARN));
    expect(result).toMatchObject({ code, err: expect.stringMatching(words) });
    expect(result.err).not.toContain(TOKEN);
  });
});
