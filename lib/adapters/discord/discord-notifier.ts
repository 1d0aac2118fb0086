import * as z from 'zod/mini';
import { retryAfterMs, secondsToRetryMs, sendRequest } from '#lib/adapters/http/send-request.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import {
  ConfigError,
  RateLimitedError,
  RejectedByUpstreamError,
  UnexpectedReplyError,
  UpstreamUnavailableError,
} from '#lib/errors/errors.ts';
import type { Notifier } from '#lib/ports/notifier.ts';
import { toEmbed } from './discord-embed.ts';
import { type DiscordEmbed, packEmbeds } from './discord-limits.ts';

/** Discord answers in well under a second; a hanging request must not use up the function's time. */
const REQUEST_DEADLINE_MS = 5_000;
const RETRY_AFTER_MS_DEFAULT = 1_000;
const ANSWER_BYTES_MAX = 100_000;
const REQUEST_TIMEOUT_STATUS = 408;
const TOO_MANY_REQUESTS_STATUS = 429;

/** What the answer's body says about a refusal; a proxy in front of Discord answers in HTML. */
const RateLimitBodySchema = z.object({ retry_after: z.number() });
const RejectionBodySchema = z.object({ code: z.int() });
const FailureSchema = z.object({ code: z.string().check(z.maxLength(40)) });

/** Notices of this period share one message: Discord's rate limit counts messages, not embeds. */
const GATHER_MS = 50;

/** No text from outside may notify a user or a role of the channel. */
const NO_MENTIONS = { allowed_mentions: { parse: [] } } as const;

type Waiting = {
  readonly embed: DiscordEmbed;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Sends notices to a Discord webhook, a burst in as few messages as fit. The webhook's address is a secret, because it is all that
 * is needed to write to the channel: it is in no error, context or cause, so the HTTP client's errors are not passed on.
 * @throws ConfigError when the address is not a web address
 */
export function createDiscordNotifier(deps: {
  readonly webhookUrl: string;
  readonly requestDeadlineMs?: number;
}): Notifier {
  const url = parseWebhookUrl(deps.webhookUrl);
  const send = (embeds: readonly DiscordEmbed[]): Promise<void> =>
    sendEmbeds(url, embeds, deps.requestDeadlineMs ?? REQUEST_DEADLINE_MS);
  let waiting: Waiting[] = [];
  const flush = (): void => {
    const packs = packEmbeds(waiting);
    waiting = [];
    for (const pack of packs) void sendPack(send, pack);
  };
  return {
    notify: (notice) =>
      new Promise((resolve, reject) => {
        waiting.push({ embed: toEmbed(notice), resolve, reject });
        if (waiting.length === 1) setTimeout(flush, GATHER_MS);
      }),
  };
}

/** Sends one message and settles its notices. A message that Discord refuses is sent again embed by embed: one may be bad. */
async function sendPack(
  send: (embeds: readonly DiscordEmbed[]) => Promise<void>,
  pack: readonly Waiting[],
): Promise<void> {
  try {
    await send(pack.map(({ embed }) => embed));
    for (const { resolve } of pack) resolve();
  } catch (error) {
    if (error instanceof RejectedByUpstreamError && pack.length > 1) {
      await Promise.all(pack.map((one) => sendPack(send, [one])));
      return;
    }
    for (const { reject } of pack) reject(error);
  }
}

async function sendEmbeds(url: URL, embeds: readonly DiscordEmbed[], requestDeadlineMs: number): Promise<void> {
  const outcome = await sendRequest(
    { clock: systemClock },
    {
      method: 'POST',
      url: url.href,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'T-minus', ...NO_MENTIONS, embeds }),
      deadlineAtMs: systemClock.nowMs() + requestDeadlineMs,
      bytesMax: ANSWER_BYTES_MAX,
    },
  );
  // The status decides. A message that Discord took is not sent again because the rest of its answer is missing.
  if (outcome.kind === 'not-sent' || (outcome.kind === 'lost' && outcome.status === null)) {
    const reason = outcome.isLate ? 'TimeoutError' : failureCodeOf(outcome.cause);
    throw new UpstreamUnavailableError('Discord was not reached in time', { reason });
  }
  const status = outcome.status ?? 0;
  if (status >= 200 && status < 300) return;
  const body = outcome.kind === 'answered' ? tryParseJson(outcome.text) : undefined;
  if (status === TOO_MANY_REQUESTS_STATUS) {
    const limit = RateLimitBodySchema.safeParse(body);
    // Body and header may name different times: wait for the longer one.
    const waitsMs = [
      outcome.kind === 'answered' ? retryAfterMs(outcome.headers) : null,
      limit.success ? secondsToRetryMs(limit.data.retry_after) : null,
    ].filter((waitMs) => waitMs !== null);
    const waitMs = waitsMs.length === 0 ? RETRY_AFTER_MS_DEFAULT : Math.max(...waitsMs);
    throw new RateLimitedError('Discord limits our messages', waitMs, { status });
  }
  if (status >= 500 || status === REQUEST_TIMEOUT_STATUS) {
    throw new UpstreamUnavailableError('Discord did not take the message', { status });
  }
  if (status >= 400) {
    const rejection = RejectionBodySchema.safeParse(body);
    const code = rejection.success ? rejection.data.code : null;
    throw new RejectedByUpstreamError('Discord refused the message; check the webhook', { status, code });
  }
  throw new UnexpectedReplyError('Discord sent an unexpected answer; check the webhook address', { status });
}

function parseWebhookUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new ConfigError('The Discord webhook is not a web address: set DISCORD_WEBHOOK_URL to the one Discord shows');
  }
  // Without `wait` Discord answers before it has stored the message, and reports no error.
  url.searchParams.set('wait', 'true');
  return url;
}

/** The short code of a network failure, such as ECONNREFUSED: not its message, which may quote the address. */
function failureCodeOf(error: unknown): string {
  const failure = FailureSchema.safeParse(error);
  if (failure.success) return failure.data.code;
  return error instanceof Error ? error.name : 'unknown';
}

function tryParseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
