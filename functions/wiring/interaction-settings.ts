import * as z from 'zod/mini';
import { DISCORD_HOST } from '#lib/adapters/discord/interactions/discord-app-api.ts';
import type { InteractionRules } from '#lib/adapters/discord/interactions/permission.ts';
import { parsePublicKey } from '#lib/adapters/discord/interactions/verify-request.ts';
import { NameSchema, WebUrlSchema } from './setting-schemas.ts';
import { StoreEnvSchema } from './store-deps.ts';

const ID_MESSAGE = 'must be an id of Discord: 17 to 20 digits';
const DiscordIdSchema = z.string().check(z.regex(/^\d{17,20}$/, ID_MESSAGE));
/** With commas. */
const DiscordIdsSchema = z._default(
  z.pipe(
    z.string().check(z.regex(/^(\d{17,20}(,\d{17,20})*)?$/, `${ID_MESSAGE}, several with commas`)),
    z.transform((text) => text.split(',').filter((id) => id !== '')),
  ),
  [],
);

export const InteractionEnvSchema = z
  .object({
    ...StoreEnvSchema.shape,
    /** The book, for previews. */
    CLOB_HOST: WebUrlSchema,
    DISCORD_APPLICATION_ID: DiscordIdSchema,
    /** Of the application, as the Developer Portal shows it: it is no secret. */
    DISCORD_PUBLIC_KEY: z
      .string()
      .check(z.refine((hex) => parsePublicKey(hex) !== undefined, 'must be 64 hexadecimal digits of an Ed25519 key')),
    DISCORD_GUILD_ID: DiscordIdSchema,
    /** Missing: any channel of the server. */
    DISCORD_CHANNEL_ID: z.optional(DiscordIdSchema),
    DISCORD_ALLOWED_USER_IDS: DiscordIdsSchema,
    DISCORD_ALLOWED_ROLE_IDS: DiscordIdsSchema,
    /** The function itself, which works on an ask after it has answered. */
    INTERACTIONS_FUNCTION_NAME: NameSchema,
    DISCORD_API_HOST: z._default(WebUrlSchema, DISCORD_HOST),
  })
  .check(
    z.refine((given) => given.DISCORD_ALLOWED_USER_IDS.length + given.DISCORD_ALLOWED_ROLE_IDS.length > 0, {
      path: ['DISCORD_ALLOWED_USER_IDS'],
      message: 'or DISCORD_ALLOWED_ROLE_IDS must name who may act',
    }),
  );

export type InteractionSettings = z.output<typeof InteractionEnvSchema>;

export function toRules(settings: InteractionSettings): InteractionRules {
  return {
    applicationId: settings.DISCORD_APPLICATION_ID,
    guildId: settings.DISCORD_GUILD_ID,
    channelId: settings.DISCORD_CHANNEL_ID ?? null,
    allowedUserIds: settings.DISCORD_ALLOWED_USER_IDS,
    allowedRoleIds: settings.DISCORD_ALLOWED_ROLE_IDS,
  };
}
