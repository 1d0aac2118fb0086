import * as z from 'zod/mini';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';

/** Ids are up to 64 bits, as decimal text (discord-api-docs, Reference, Snowflakes). */
const SnowflakeSchema = z.string().check(z.regex(/^\d{1,20}$/));

const UserSchema = z.object({ id: SnowflakeSchema, username: z._default(z.string(), '') });

const OptionSchema = z.object({ name: z.string(), value: z.optional(z.union([z.string(), z.number(), z.boolean()])) });

/** Interaction types of discord-api-docs, Receiving and Responding. Fields that are not read are left out. */
const InteractionSchema = z.object({
  id: SnowflakeSchema,
  application_id: z.optional(SnowflakeSchema),
  type: z.int(),
  token: z.string().check(z.minLength(1), z.maxLength(1_000)),
  guild_id: z.nullish(SnowflakeSchema),
  channel_id: z.nullish(SnowflakeSchema),
  member: z.nullish(z.object({ user: z.optional(UserSchema), roles: z._default(z.array(SnowflakeSchema), []) })),
  user: z.nullish(UserSchema),
  data: z.nullish(
    z.object({
      name: z.optional(z.string()),
      options: z.nullish(z.array(OptionSchema)),
      custom_id: z.optional(z.string().check(z.maxLength(100))),
    }),
  ),
});

const TYPE_PING = 1;
const TYPE_COMMAND = 2;
const TYPE_COMPONENT = 3;

type Sent = {
  readonly interactionId: string;
  readonly applicationId: string | null;
  /** All that is needed to write in this interaction's name for 15 minutes: never in a log, an error or a row. */
  readonly token: string;
  readonly guildId: string | null;
  readonly channelId: string | null;
  readonly userId: string | null;
  readonly userName: string;
  readonly roleIds: readonly string[];
};

export type Interaction =
  | { readonly kind: 'ping' }
  | ({ readonly kind: 'command'; readonly name: string; readonly options: ReadonlyMap<string, string> } & Sent)
  | ({ readonly kind: 'button'; readonly customId: string } & Sent)
  /** Of a type that this application has no use for. */
  | ({ readonly kind: 'other' } & Sent);

/** Undefined where the body is no interaction. */
export function parseInteraction(body: string): Interaction | undefined {
  const parsed = InteractionSchema.safeParse(jsonOrUndefined(body));
  if (!parsed.success) return undefined;
  const { id, application_id, type, token, guild_id, channel_id, member, user, data } = parsed.data;
  if (type === TYPE_PING) return { kind: 'ping' };
  const who = member?.user ?? user;
  const sent: Sent = {
    ...{ interactionId: id, applicationId: application_id ?? null, token },
    ...{ guildId: guild_id ?? null, channelId: channel_id ?? null },
    ...{ userId: who?.id ?? null, userName: who?.username ?? '', roleIds: member?.roles ?? [] },
  };
  if (type === TYPE_COMMAND && data?.name !== undefined) {
    const options = new Map(
      (data.options ?? []).map(({ name, value }) => [name, value === undefined ? '' : `${value}`]),
    );
    return { kind: 'command', name: data.name, options, ...sent };
  }
  if (type === TYPE_COMPONENT && data?.custom_id !== undefined) {
    return { kind: 'button', customId: data.custom_id, ...sent };
  }
  return { kind: 'other', ...sent };
}
