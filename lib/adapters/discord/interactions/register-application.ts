import * as z from 'zod/mini';
import { joinUrl } from '#lib/adapters/http/request-json.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import { COMMANDS } from './commands.ts';
import { callDiscord, type DiscordApiDeps } from './discord-app-api.ts';

export type RegisterDeps = DiscordApiDeps & {
  /** Of the application's bot, for this once: it is written nowhere. */
  readonly botToken: string;
  readonly deadlineAtMs: number;
};

const WebhookSchema = z.object({
  id: z.string().check(z.regex(/^\d{1,20}$/)),
  token: z.optional(z.string().check(z.minLength(1))),
  application_id: z.nullish(z.string()),
});

/** Its name may hold neither "discord" nor "clyde". */
const WEBHOOK_NAME = 'T-minus';

/**
 * Says which commands the server has; others of this application are removed. Safe to repeat.
 * @throws RejectedByUpstreamError, UpstreamUnavailableError
 */
export async function registerCommands(
  { botToken, deadlineAtMs, ...deps }: RegisterDeps,
  { applicationId, guildId }: { readonly applicationId: string; readonly guildId: string },
): Promise<readonly string[]> {
  const commands = Object.values(COMMANDS);
  const path = `/applications/${applicationId}/guilds/${guildId}/commands`;
  const what = 'take the commands: is the bot in this server, and is the token of this application?';
  await callDiscord(deps, { method: 'PUT', path, body: commands, botToken, deadlineAtMs, what });
  return commands.map(({ name }) => `/${name}`);
}

/**
 * The address of a webhook of the channel that is the application's own: Discord shows buttons on no other. The one
 * that is there, or a new one. Safe to repeat: a creation whose answer is lost is found the next time.
 * @throws RejectedByUpstreamError, UpstreamUnavailableError, UnexpectedReplyError
 */
export async function ensureOwnWebhook(
  { botToken, deadlineAtMs, ...deps }: RegisterDeps,
  { applicationId, channelId }: { readonly applicationId: string; readonly channelId: string },
): Promise<{ readonly url: string; readonly isNew: boolean }> {
  const path = `/channels/${channelId}/webhooks`;
  const what = 'show the webhooks of the channel: may the bot manage webhooks there?';
  const call = { path, botToken, deadlineAtMs, what } as const;
  const known = z.array(WebhookSchema).safeParse(await callDiscord(deps, { ...call, method: 'GET' }));
  const own = known.data?.find(({ application_id, token }) => application_id === applicationId && token !== undefined);
  const made = own ?? (await callDiscord(deps, { ...call, method: 'POST', body: { name: WEBHOOK_NAME } }));
  const webhook = WebhookSchema.safeParse(made);
  if (!webhook.success || webhook.data.token === undefined) {
    throw new UnexpectedReplyError('Discord answered with something other than a webhook');
  }
  const { id, token } = webhook.data;
  return { url: joinUrl(deps.host, `/api/webhooks/${id}/${token}`), isNew: own === undefined };
}
