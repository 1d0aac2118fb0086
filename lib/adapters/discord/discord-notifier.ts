import * as z from 'zod/mini';
import { readCapped } from '#lib/adapters/http/read-capped.ts';
import {
  ConfigError,
  RateLimitedError,
  RejectedByUpstreamError,
  UnexpectedReplyError,
  UpstreamUnavailableError,
} from '#lib/errors/errors.ts';
import type { Notifier } from '#lib/ports/notifier.ts';
import { toEmbed } from './discord-embed.ts';
import type { DiscordEmbed } from './discord-limits.ts';
import { packEmbeds, toDiscordPayload } from './discord-payload.ts';

/** Discord answers in well under a second; a hanging one must not use up the function's time. */
const REQUEST_DEADLINE_MS = 5_000;
/** Told to wait, but not for how long. */
const RETRY_AFTER_MS_DEFAULT = 1_000;
/** Discord's answers to a webhook have a few kilobytes. */
const ANSWER_BYTES_MAX = 100_000;
const REQUEST_TIMEOUT_STATUS = 408;
const TOO_MANY_REQUESTS_STATUS = 429;

const RateLimitBodySchema = z.object({ retry_after: z.number().check(z.nonnegative()) });
const RejectionBodySchema = z.object({ code: z.int() });
const FetchFailureSchema = z.object({ cause: z.object({ code: z.string().check(z.maxLength(40)) }) });

/** Notices that come within this time of each other are told in one message: Discord counts messages, not what is in them. */
const GATHER_MS = 50;

type Waiting = {
  readonly embed: DiscordEmbed;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Tells by a Discord webhook, a burst in as few messages as fit. Who knows the webhook's address can write to the channel, so
 * the address is a secret: it is in no error, context or cause. That is why fetch's own errors are not passed on.
 * @throws ConfigError when the address is none
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

/** Tells everybody who waits what became of the message. One that Discord refuses is told again embed by embed: one may be bad. */
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
  const { status, retryAfter, text } = await post(url, JSON.stringify(toDiscordPayload(embeds)), requestDeadlineMs);
  if (status >= 200 && status < 300) return;
  if (status === TOO_MANY_REQUESTS_STATUS) {
    throw new RateLimitedError('Discord asked us to wait', retryAfterMsOf(retryAfter, text), { status });
  }
  if (status >= 500 || status === REQUEST_TIMEOUT_STATUS) {
    throw new UpstreamUnavailableError('Discord did not take the message', { status });
  }
  if (status >= 400) {
    const rejection = RejectionBodySchema.safeParse(tryParseJson(text));
    const code = rejection.success ? rejection.data.code : null;
    throw new RejectedByUpstreamError('Discord refused the message; check the webhook', { status, code });
  }
  throw new UnexpectedReplyError('Discord answered neither yes nor no; check the webhook address', { status });
}

function parseWebhookUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new ConfigError('The Discord webhook is not a web address: set DISCORD_WEBHOOK_URL to the one Discord shows');
  }
  // Without this Discord answers before it has stored the message, and keeps what went wrong to itself.
  url.searchParams.set('wait', 'true');
  return url;
}

type Answer = { readonly status: number; readonly retryAfter: string | null; readonly text: string };

async function post(url: URL, body: string, requestDeadlineMs: number): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      // A redirect would carry the message to somebody we do not know.
      redirect: 'manual',
      signal: AbortSignal.timeout(requestDeadlineMs),
    });
    const { status } = response;
    return { status, retryAfter: response.headers.get('retry-after'), text: await readText(response) };
  } catch (error) {
    throw new UpstreamUnavailableError('Discord was not reached in time', { reason: failureCodeOf(error) });
  }
}

/**
 * The status has the say: a message that was taken is not told again because the rest of the answer broke off, and an
 * answer that is too large to be Discord's has nothing to add.
 */
async function readText(response: Response): Promise<string> {
  try {
    return (await readCapped(response, ANSWER_BYTES_MAX)) ?? '';
  } catch {
    return '';
  }
}

/** The short code of a network failure, such as ECONNREFUSED: never its message, which may quote the address. */
function failureCodeOf(error: unknown): string {
  const failure = FetchFailureSchema.safeParse(error);
  if (failure.success) return failure.data.cause.code;
  return error instanceof Error ? error.name : 'unknown';
}

/** The longer of the two waits Discord may name: body and header, both in seconds. */
function retryAfterMsOf(header: string | null, text: string): number {
  const body = RateLimitBodySchema.safeParse(tryParseJson(text));
  const bodyMs = body.success ? body.data.retry_after * 1_000 : 0;
  const headerMs = header === null ? 0 : Number(header) * 1_000;
  const retryAfterMs = Math.ceil(Math.max(bodyMs, Number.isFinite(headerMs) ? headerMs : 0));
  return retryAfterMs > 0 ? retryAfterMs : RETRY_AFTER_MS_DEFAULT;
}

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy in front of Discord answers in HTML: there is nothing to read from it.
    return undefined;
  }
}
