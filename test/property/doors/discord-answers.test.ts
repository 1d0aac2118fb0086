import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDiscordNotifier } from '#lib/adapters/discord/discord-notifier.ts';
import {
  RateLimitedError,
  RejectedByUpstreamError,
  type TminusError,
  UnexpectedReplyError,
  UpstreamUnavailableError,
} from '#lib/errors/errors.ts';
import { describeError } from '#lib/runtime/describe-error.ts';
import {
  anyGarbageText,
  anyJunk,
  assertDoor,
  damaged,
  expectNoSecret,
  mutated,
  SECRET,
} from '#test/fixtures/bad-input.ts';
import {
  type MisbehavingServer,
  type Misbehaviour,
  startMisbehavingServer,
} from '#test/fixtures/misbehaving-server.ts';

const NOTICE = { kind: 'alarm', title: 'ALARM: dead letters', text: 'Something is in there' } as const;
const LIMITED = { message: 'You are being rate limited.', retry_after: 0.3, global: false };

const anyBody = fc.oneof(
  mutated(LIMITED).map(({ value }) => JSON.stringify(value)),
  damaged(JSON.stringify(LIMITED)),
  anyJunk.map((junk) => JSON.stringify(junk)),
  anyGarbageText,
  fc.constantFrom('x'.repeat(300_000), '{"retry_after":1e308}', '{"retry_after":-5}', '{"code":50027}'),
);

let server: MisbehavingServer;

beforeAll(async () => {
  server = await startMisbehavingServer();
});

afterAll(async () => {
  await server.stop();
});

const notify = (requestDeadlineMs: number) =>
  createDiscordNotifier({ webhookUrl: `${server.host}/api/webhooks/1/${SECRET}`, requestDeadlineMs }).notify(NOTICE);

/** What becomes of the message follows from the status, and for a 429 from the time it names. */
function expectedError(status: number, error: unknown) {
  if (status < 300) return undefined;
  if (status === 429) return error instanceof RateLimitedError ? RateLimitedError : UpstreamUnavailableError;
  if (status === 408 || status >= 500) return UpstreamUnavailableError;
  return status >= 400 ? RejectedByUpstreamError : UnexpectedReplyError;
}

async function outcomeOf(telling: Promise<void>): Promise<TminusError | undefined> {
  try {
    await telling;
    return undefined;
  } catch (error) {
    expectNoSecret(String(error), JSON.stringify(describeError(error)), (error as Error).stack ?? '');
    return error as TminusError;
  }
}

describe("the door of Discord's answers", () => {
  it('goes by the status, whatever the body says or does not say', async () => {
    const anyAnswer = fc.record({
      status: fc.constantFrom(200, 204, 301, 302, 400, 401, 403, 404, 408, 413, 429, 500, 502, 503),
      body: anyBody,
      headers: fc.constantFrom<Readonly<Record<string, string>>>(
        {},
        { 'retry-after': 'soon' },
        { 'retry-after': '-3' },
      ),
      manner: fc.constantFrom<Misbehaviour['manner']>('whole', 'whole', 'half'),
    });
    await assertDoor(
      'Discord (answers)',
      40,
      fc.asyncProperty(anyAnswer, async (answer) => {
        // An answer without a body cannot break off in it.
        fc.pre(answer.manner === 'whole' || ![204, 304].includes(answer.status));
        server.answer(() => answer);
        const error = await outcomeOf(notify(10_000));
        expect(error?.constructor).toBe(expectedError(answer.status, error));
        if (error instanceof RateLimitedError) {
          expect(error.retryAfterMs).toBeGreaterThan(0);
          expect(error.retryAfterMs).toBeLessThanOrEqual(86_400_000);
        }
      }),
    );
  });

  it('counts silence, noise and a cut line as not reached', async () => {
    const anySilence = fc.constantFrom<Misbehaviour['manner']>('hang', 'cut', 'noise');
    await assertDoor(
      'Discord (silence)',
      2,
      fc.asyncProperty(anySilence, async (manner) => {
        server.answer(() => ({ status: 200, body: '{}', manner }));
        expect(await outcomeOf(notify(40))).toBeInstanceOf(UpstreamUnavailableError);
      }),
    );
  });

  it('does not tell again what was taken before the answer broke off', async () => {
    for (const manner of ['half', 'half-hang', 'drip'] as const) {
      server.answer(() => ({ status: 200, body: '{"id":"1"}', manner }));
      expect(await outcomeOf(notify(100))).toBeUndefined();
    }
  });
});
