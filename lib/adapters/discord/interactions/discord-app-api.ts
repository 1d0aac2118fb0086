import * as z from 'zod/mini';
import { askedWaitMs } from '#lib/adapters/http/asked-wait.ts';
import { joinUrl } from '#lib/adapters/http/request-json.ts';
import { type HttpOutcome, type HttpRequest, sendRequest } from '#lib/adapters/http/send-request.ts';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import { RejectedByUpstreamError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';

export const DISCORD_HOST = 'https://discord.com';
const API_PATH = '/api/v10';
const ANSWER_BYTES_MAX = 500_000;
const REQUEST_DEADLINE_MS = 5_000;
const TRIES_MAX = 3;
const PAUSE_MS = 500;
const NOT_FOUND_STATUS = 404;
/**
 * What an interaction's first answer makes is not there at once: Discord answers 404 at times, for some seconds
 * (discord-api-docs#7220). Together with the pauses 7.5 s.
 */
const NEW_TRIES_MAX = 6;

/** Discord's own refusal: a number, and no text of ours. */
const RejectionSchema = z.object({ code: z.int() });

export type DiscordApiDeps = { readonly clock: Clock; readonly host: string };

export type DiscordCall = {
  readonly method: HttpRequest['method'];
  /** Below the API's root. It may hold a token, and is in no error. */
  readonly path: string;
  readonly body?: object;
  /** A bot's token; without one the path is what permits the call. */
  readonly botToken?: string;
  readonly deadlineAtMs: number;
  /** What it is about was made a moment ago, and may not be found yet. */
  readonly isOfNew?: boolean;
  /** What is done, as errors name it: "answer the interaction". */
  readonly what: string;
};

/**
 * One call of Discord's API, repeated after a pause that Discord asks for, and where it had no time. Each of them may
 * be repeated: they put, edit or read.
 * @throws UpstreamUnavailableError Discord did not take it in time
 * @throws RejectedByUpstreamError Discord will not take it
 */
export async function callDiscord({ clock, host }: DiscordApiDeps, call: DiscordCall): Promise<unknown> {
  const { method, path, body, botToken, deadlineAtMs, isOfNew = false, what } = call;
  const triesMax = isOfNew ? NEW_TRIES_MAX : TRIES_MAX;
  for (let tries = 1; ; tries += 1) {
    const outcome = await sendRequest(
      { clock },
      {
        ...{ method, url: joinUrl(host, `${API_PATH}${path}`), bytesMax: ANSWER_BYTES_MAX },
        headers: {
          'content-type': 'application/json',
          ...(botToken !== undefined && { authorization: `Bot ${botToken}` }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        deadlineAtMs: Math.min(clock.nowMs() + REQUEST_DEADLINE_MS, deadlineAtMs),
      },
    );
    const status = outcome.kind === 'not-sent' ? null : outcome.status;
    if (status !== null && status >= 200 && status < 300) return bodyOf(outcome);
    const isUnfound = isOfNew && status === NOT_FOUND_STATUS;
    const isPassing = isUnfound || status === null || status === 429 || status === 408 || status >= 500;
    const againAtMs = clock.nowMs() + (waitOf(outcome, clock.nowMs()) ?? PAUSE_MS * tries);
    const isLast = tries === triesMax || againAtMs >= deadlineAtMs;
    if (status !== null && (!isPassing || (isUnfound && isLast))) throw refused(what, status, outcome);
    if (isLast) {
      throw new UpstreamUnavailableError(`Discord did not ${what} in time`, { status });
    }
    await clock.sleepUntil(againAtMs, 'rough');
  }
}

function bodyOf(outcome: HttpOutcome): unknown {
  return outcome.kind === 'answered' ? jsonOrUndefined(outcome.text ?? '') : undefined;
}

function waitOf(outcome: HttpOutcome, nowMs: number): number | null {
  if (outcome.kind !== 'answered' || outcome.status !== 429) return null;
  return askedWaitMs({ headers: outcome.headers, body: bodyOf(outcome) ?? outcome.text, nowMs });
}

function refused(what: string, status: number, outcome: HttpOutcome): RejectedByUpstreamError {
  const rejection = RejectionSchema.safeParse(bodyOf(outcome));
  const code = rejection.success ? rejection.data.code : null;
  return new RejectedByUpstreamError(`Discord refused to ${what}`, { status, code });
}
