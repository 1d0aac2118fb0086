import * as z from 'zod/mini';
import { askedWaitMs } from '#lib/adapters/http/asked-wait.ts';
import { type HttpOutcome, sendRequest } from '#lib/adapters/http/send-request.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import { isPageOfProxy } from '#lib/domain/refusal/proxy-page.ts';
import {
  ConfigError,
  RateLimitedError,
  RejectedByUpstreamError,
  UnexpectedReplyError,
  UpstreamUnavailableError,
} from '#lib/errors/errors.ts';
import { isPage, type Notice, type Notifier } from '#lib/ports/notifier.ts';
import { toEmbed } from './discord-embed.ts';
import { type DiscordEmbed, packEmbeds } from './discord-limits.ts';
import { cardButtons } from './interactions/card-buttons.ts';
import { rowOf } from './interactions/control-message.ts';

/** Discord answers in well under a second; a hanging request must not use up the function's time. */
const REQUEST_DEADLINE_MS = 5_000;
const ANSWER_BYTES_MAX = 100_000;
const REQUEST_TIMEOUT_STATUS = 408;
const TOO_MANY_REQUESTS_STATUS = 429;

/** Discord's own refusal. A proxy in front of Discord answers with a page. */
const RejectionBodySchema = z.object({ code: z.int() });
const FailureSchema = z.object({ code: z.string().check(z.maxLength(40)) });

/** Notices of this period share one message: Discord's rate limit counts messages, not embeds. */
const GATHER_MS = 50;

/** No text from outside may notify a user or a role of the channel. `roles` lets through this role alone. */
const NO_MENTIONS = { allowed_mentions: { parse: [] } } as const;

/** The message's own text: Discord notifies no member for a mention inside an embed. */
function mentionOf(roleId: string) {
  return { content: `<@&${roleId}>`, allowed_mentions: { parse: [], roles: [roleId] } } as const;
}

type Waiting = {
  readonly notice: Notice;
  readonly embed: DiscordEmbed;
  readonly hasButtons: boolean;
  readonly isPage: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Sends notices to a Discord webhook, a burst in as few messages as fit. The webhook's address is a secret, because it
 * is all that is needed to write to the channel: it is in no error, context or cause, so the HTTP client's errors are
 * not passed on.
 * @throws ConfigError when the address is not a web address
 */
export function createDiscordNotifier(deps: {
  readonly webhookUrl: string;
  /** The role to mention in messages that page; undefined for none. */
  readonly pageRoleId?: string | undefined;
  /**
   * Cards of open positions have buttons. Discord shows those of an application's own webhook alone, and leaves those
   * of others out without an error (discord-api-docs, Execute Webhook; #5744).
   */
  readonly hasButtons?: boolean;
  readonly requestDeadlineMs?: number;
}): Notifier {
  const { webhookUrl, pageRoleId, hasButtons = false, requestDeadlineMs = REQUEST_DEADLINE_MS } = deps;
  const url = parseWebhookUrl(webhookUrl);
  const send = (pack: readonly Waiting[]): Promise<void> => {
    const isMentioned = pageRoleId !== undefined && pack.some((each) => each.isPage);
    const mentions = isMentioned ? mentionOf(pageRoleId) : NO_MENTIONS;
    const message = { username: 'T-minus', ...mentions, embeds: pack.map(({ embed }) => embed) };
    return sendWithButtons(
      (body) => sendMessage(url, body, requestDeadlineMs),
      message,
      newestOfEach(pack.filter((each) => each.hasButtons).map(({ notice }) => notice)),
    );
  };
  let waiting: Waiting[] = [];
  const flush = (): void => {
    const packs = packEmbeds(waiting);
    waiting = [];
    void sendPacks(send, packs);
  };
  return {
    notify: (notice) =>
      new Promise((resolve, reject) => {
        const has = hasButtons && cardButtons(notice, true).length > 0;
        waiting.push({ notice, embed: toEmbed(notice), hasButtons: has, isPage: isPage(notice), resolve, reject });
        if (waiting.length === 1) setTimeout(flush, GATHER_MS);
      }),
  };
}

/** One card's buttons for each position: Discord refuses a message with a custom id twice. */
function newestOfEach(notices: readonly Notice[]): readonly Notice[] {
  const byIds = new Map(
    notices.map((notice) => [
      cardButtons(notice, false)
        .map(({ customId }) => customId)
        .join(),
      notice,
    ]),
  );
  return [...byIds.values()];
}

/** A card arrives without its buttons where Discord refuses them: no page is lost for their sake. */
async function sendWithButtons(
  send: (message: object) => Promise<void>,
  message: object,
  notices: readonly Notice[],
): Promise<void> {
  const rows = notices.map((notice) => cardButtons(notice, notices.length === 1)).filter(({ length }) => length > 0);
  if (rows.length === 0) return send(message);
  try {
    await send({ ...message, components: rows.map(rowOf) });
  } catch (error) {
    if (!(error instanceof RejectedByUpstreamError)) throw error;
    await send(message);
  }
}

type Send = (pack: readonly Waiting[]) => Promise<void>;

/** One message after the other. While Discord limits or blocks this address, each further request prolongs that. */
async function sendPacks(send: Send, packs: readonly (readonly Waiting[])[]): Promise<void> {
  let ends: unknown;
  for (const pack of packs) {
    if (ends === undefined) ends = await sendPack(send, pack);
    else for (const { reject } of pack) reject(ends);
  }
}

/**
 * Sends one message and settles its notices. A message that Discord refuses is sent again embed by embed: one may be
 * bad. Returns the error after which nothing more should be sent.
 */
async function sendPack(send: Send, pack: readonly Waiting[]): Promise<unknown> {
  try {
    await send(pack);
    for (const { resolve } of pack) resolve();
    return undefined;
  } catch (error) {
    if (error instanceof RejectedByUpstreamError && pack.length > 1) {
      await sendPacks(
        send,
        pack.map((one) => [one]),
      );
      return undefined;
    }
    for (const { reject } of pack) reject(error);
    return error instanceof RejectedByUpstreamError ? undefined : error;
  }
}

async function sendMessage(url: URL, message: object, requestDeadlineMs: number): Promise<void> {
  const outcome = await sendRequest(
    { clock: systemClock },
    {
      method: 'POST',
      url: url.href,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
      deadlineAtMs: systemClock.nowMs() + requestDeadlineMs,
      bytesMax: ANSWER_BYTES_MAX,
    },
  );
  // The status decides. A message that Discord took is not sent again because the rest of its answer is missing.
  if (outcome.kind === 'not-sent' || (outcome.kind === 'lost' && outcome.status === null)) {
    const reason = outcome.isLate ? 'TimeoutError' : failureCodeOf(outcome.cause);
    throw new UpstreamUnavailableError('Discord was not reached in time', { reason });
  }
  throwUnlessTaken(outcome);
}

function throwUnlessTaken(outcome: Exclude<HttpOutcome, { kind: 'not-sent' }>): void {
  const status = outcome.status ?? 0;
  if (status >= 200 && status < 300) return;
  const text = outcome.kind === 'answered' ? (outcome.text ?? '') : '';
  const body = jsonOrUndefined(text);
  if (status === TOO_MANY_REQUESTS_STATUS) {
    const asked = { body: body ?? text, nowMs: systemClock.nowMs() };
    const waitMs = outcome.kind === 'answered' ? askedWaitMs({ headers: outcome.headers, ...asked }) : null;
    if (waitMs !== null) throw new RateLimitedError('Discord limits our messages', waitMs, { status });
    // A ban of an address that many share, such as a function's: its answer is fixed text (discord-api-docs#5810).
    throw new UpstreamUnavailableError('Discord blocks this address for a time it does not name', { status });
  }
  if (status >= 500 || status === REQUEST_TIMEOUT_STATUS || (status === 403 && isPageOfProxy(text))) {
    throw new UpstreamUnavailableError('Discord did not take the message', { status });
  }
  if (status >= 400) {
    const rejection = RejectionBodySchema.safeParse(body);
    const code = rejection.success ? rejection.data.code : null;
    throw new RejectedByUpstreamError('Discord refused the message; check the webhook', { status, code });
  }
  throw new UnexpectedReplyError('Discord sent an unexpected answer; check the webhook address', { status });
}

/**
 * Without a version Discord takes the oldest one, which has been deprecated for years and counts waits in milliseconds
 * (discord-api-docs#2360). The address that Discord shows has none.
 */
const WEBHOOK_PATH = /^\/api(?:\/v\d+)?(?=\/webhooks\/)/;
const API_PATH = '/api/v10';

function parseWebhookUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new ConfigError('The Discord webhook is not a web address: set DISCORD_WEBHOOK_URL to the one Discord shows');
  }
  url.pathname = url.pathname.replace(WEBHOOK_PATH, API_PATH);
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
