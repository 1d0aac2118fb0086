import { generateKeyPairSync, sign } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';

/** Discord's limits of a message's text and buttons (discord-api-docs, Message and Component Reference). */
const ButtonSchema = z.looseObject({
  type: z.literal(2),
  style: z.number().int().min(1).max(4),
  label: z.string().min(1).max(80),
  custom_id: z.string().min(1).max(100),
});
const RowSchema = z.looseObject({ type: z.literal(1), components: z.array(ButtonSchema).min(1).max(5) });
export const ComponentsSchema = z
  .array(RowSchema)
  .max(5)
  .refine((rows) => {
    const ids = rows.flatMap(({ components }) => components.map(({ custom_id }) => custom_id));
    return new Set(ids).size === ids.length;
  }, 'Component custom id cannot be duplicated');
const ShownSchema = z.looseObject({
  content: z.string().max(2_000).optional(),
  flags: z.number().int().optional(),
  components: ComponentsSchema.optional(),
});
const AnswerSchema = z.object({ type: z.number().int(), data: ShownSchema.optional() });
const CommandsSchema = z.array(
  z.looseObject({
    name: z.string().regex(/^[-_\p{Ll}\p{N}]{1,32}$/u),
    description: z.string().min(1).max(100),
    type: z.literal(1),
  }),
);

export type ShownMessage = z.infer<typeof ShownSchema>;

/** What a member does, as the double is told it. */
export type MemberAct = {
  readonly command?: string | undefined;
  readonly options?: Readonly<Record<string, string>> | undefined;
  /** The `custom_id` of the button that is pressed. */
  readonly button?: string | undefined;
  readonly userId?: string | undefined;
  readonly userName?: string | undefined;
  readonly roleIds?: readonly string[] | undefined;
  readonly guildId?: string | undefined;
  readonly channelId?: string | undefined;
};

export type SentInteraction = {
  readonly interactionId: string;
  readonly token: string;
  readonly body: string;
  readonly signature: string;
  readonly timestamp: string;
  readonly status: number;
  /** The endpoint's answer as it came. */
  readonly text: string;
};

export type DiscordApplication = {
  readonly publicKey: string;
  /** Sends an interaction. `faults` make it one that must be refused. */
  act(act: MemberAct, faults?: { readonly ageMs?: number; readonly isForged?: boolean }): Promise<SentInteraction>;
  ping(faults?: { readonly isForged?: boolean }): Promise<SentInteraction>;
  /** Sends the same interaction once more, as a delivery that is repeated. */
  repeat(sent: SentInteraction): Promise<SentInteraction>;
  /** What the member sees of it now; undefined without an answer that Discord accepts. */
  shown(interactionId: string): ShownMessage | undefined;
  readonly editCount: () => number;
  /** Answers the next calls of the API like this. */
  refuseNext(status: number, times: number, body?: object): void;
  listCommands(): readonly unknown[];
};

/** Of no person: what the local stack allows unless a test says otherwise. */
export const LOCAL_DISCORD = {
  applicationId: '100000000000000001',
  guildId: '100000000000000002',
  channelId: '100000000000000003',
  userId: '100000000000000004',
  botToken: 'local-bot-token',
} as const;

const TOKEN_LIFE_MS = 15 * 60_000;
const PATHS = {
  answer: '/api/:version/webhooks/:applicationId/:token/messages/@original',
  commands: '/api/:version/applications/:applicationId/guilds/:guildId/commands',
  webhooks: '/api/:version/channels/:channelId/webhooks',
  act: '/discord/interactions',
} as const;

const ActSchema = z.object({
  command: z.string().optional(),
  options: z.record(z.string(), z.string()).optional(),
  button: z.string().optional(),
  userId: z.string().optional(),
});

type Known = { readonly sentAtMs: number; shown: ShownMessage | undefined; isAnswered: boolean };

/**
 * The other half of Discord: it signs interactions, sends them to the endpoint, and takes what an application calls in
 * return. `POST /discord/interactions` acts as the local member, for people: `{"command": "positions"}`.
 */
export function registerDiscordApplication(
  app: FastifyInstance,
  { nowMs, endpoint }: { readonly nowMs: () => number; readonly endpoint: () => string },
): DiscordApplication {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const known = new Map<string, Known>();
  const tokens = new Map<string, string>();
  let refusal: { readonly status: number; readonly body: object; times: number } | null = null;
  let editCount = 0;
  let nextId = 200_000_000_000_000_000n;
  const makeId = (): string => {
    nextId += 1n;
    return String(nextId);
  };

  const deliver = async (
    ids: Pick<SentInteraction, 'interactionId' | 'token' | 'body'>,
    faults: { readonly ageMs?: number; readonly isForged?: boolean } = {},
  ): Promise<SentInteraction> => {
    const timestamp = String(Math.floor((nowMs() - (faults.ageMs ?? 0)) / 1_000));
    const signed = faults.isForged === true ? `${timestamp}${ids.body} ` : `${timestamp}${ids.body}`;
    const signature = sign(null, Buffer.from(signed), privateKey).toString('hex');
    const response = await post(endpoint(), ids.body, { signature, timestamp });
    const text = await response.text();
    const answer = AnswerSchema.safeParse(jsonOrUndefined(text));
    const entry = known.get(ids.interactionId);
    if (response.ok && answer.success && entry !== undefined) {
      entry.isAnswered = true;
      entry.shown = answer.data.data ?? entry.shown;
    }
    return { ...ids, signature, timestamp, status: response.status, text };
  };

  const act: DiscordApplication['act'] = (asked, faults) => {
    const [interactionId, token] = [makeId(), `local-token-${makeId()}`];
    known.set(interactionId, { sentAtMs: nowMs(), shown: undefined, isAnswered: false });
    tokens.set(token, interactionId);
    return deliver({ interactionId, token, body: JSON.stringify(toInteraction(asked, interactionId, token)) }, faults);
  };

  const isRefused = (reply: FastifyReply): boolean => {
    if (refusal === null || refusal.times === 0) return false;
    refusal.times -= 1;
    void reply.code(refusal.status).send(refusal.body);
    return true;
  };
  app.patch<{ Params: { applicationId: string; token: string } }>(PATHS.answer, (request, reply) => {
    if (isRefused(reply)) return reply;
    const { applicationId, token } = request.params;
    const entry = known.get(tokens.get(token) ?? '');
    if (applicationId !== LOCAL_DISCORD.applicationId || entry === undefined) {
      return reply.code(404).send({ code: 10_015, message: 'Unknown Webhook' });
    }
    if (!entry.isAnswered || nowMs() - entry.sentAtMs > TOKEN_LIFE_MS) {
      return reply.code(401).send({ code: 50_027, message: 'Invalid Webhook Token' });
    }
    const shown = ShownSchema.safeParse(bodyOf(request));
    if (!shown.success) return reply.code(400).send({ code: 50_035, message: 'Invalid Form Body' });
    entry.shown = { ...entry.shown, ...shown.data };
    editCount += 1;
    return { id: makeId() };
  });
  const bot = registerBotApi(app, { isRefused, makeId });
  registerMemberApi(app, act, known);

  return {
    publicKey: Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex'),
    act,
    ping: (faults) => {
      const ids = { interactionId: makeId(), token: `local-token-${makeId()}` };
      return deliver({ ...ids, body: JSON.stringify(toPing(ids)) }, faults);
    },
    repeat: ({ interactionId, token, body }) => deliver({ interactionId, token, body }),
    shown: (interactionId) => known.get(interactionId)?.shown,
    editCount: () => editCount,
    refuseNext: (status, times, body = {}) => {
      refusal = { status, times, body };
    },
    listCommands: bot.listCommands,
  };
}

function post(url: string, body: string, { signature, timestamp }: Pick<SentInteraction, 'signature' | 'timestamp'>) {
  const signed = { 'x-signature-ed25519': signature, 'x-signature-timestamp': timestamp };
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...signed }, body });
}

/** For people who try it: what a member does, and what they see then. */
function registerMemberApi(
  app: FastifyInstance,
  act: DiscordApplication['act'],
  known: ReadonlyMap<string, Known>,
): void {
  app.post(PATHS.act, async (request, reply) => {
    const asked = ActSchema.safeParse(bodyOf(request));
    if (!asked.success) return reply.code(400).send({ message: 'Name a command or a button' });
    const { interactionId, status } = await act(asked.data);
    return { interactionId, status, shown: known.get(interactionId)?.shown ?? null };
  });
  app.get<{ Params: { interactionId: string } }>(`${PATHS.act}/:interactionId`, (request, reply) => {
    const entry = known.get(request.params.interactionId);
    return entry === undefined ? reply.code(404).send({ message: 'Unknown interaction' }) : (entry.shown ?? {});
  });
}

/** What a bot's token permits: to say which commands there are, and to make a webhook that is the application's own. */
function registerBotApi(
  app: FastifyInstance,
  { isRefused, makeId }: { readonly isRefused: (reply: FastifyReply) => boolean; readonly makeId: () => string },
): Pick<DiscordApplication, 'listCommands'> {
  const webhooks = new Map<string, object>();
  let commands: readonly unknown[] = [];
  const isBot = (request: FastifyRequest, reply: FastifyReply): boolean => {
    if (request.headers.authorization === `Bot ${LOCAL_DISCORD.botToken}`) return true;
    void reply.code(401).send({ code: 0, message: '401: Unauthorized' });
    return false;
  };
  app.put<{ Params: { guildId: string } }>(PATHS.commands, (request, reply) => {
    if (isRefused(reply) || !isBot(request, reply)) return reply;
    const asked = CommandsSchema.safeParse(bodyOf(request));
    if (!asked.success) return reply.code(400).send({ code: 50_035, message: 'Invalid Form Body' });
    commands = asked.data.map((command) => ({ id: makeId(), ...command }));
    return commands;
  });
  app.get<{ Params: { channelId: string } }>(PATHS.webhooks, (request, reply) => {
    if (isRefused(reply) || !isBot(request, reply)) return reply;
    return [...webhooks.values()];
  });
  app.post<{ Params: { channelId: string } }>(PATHS.webhooks, (request, reply) => {
    if (isRefused(reply) || !isBot(request, reply)) return reply;
    const { channelId } = request.params;
    const ids = { id: makeId(), token: `local-webhook-${makeId()}`, application_id: LOCAL_DISCORD.applicationId };
    const webhook = { ...ids, type: 1, channel_id: channelId, guild_id: LOCAL_DISCORD.guildId, ...nameOf(request) };
    webhooks.set(ids.id, webhook);
    return webhook;
  });
  return { listCommands: () => commands };
}

function toPing({ interactionId, token }: Pick<SentInteraction, 'interactionId' | 'token'>): object {
  return { id: interactionId, application_id: LOCAL_DISCORD.applicationId, type: 1, token, version: 1 };
}

function toInteraction(act: MemberAct, id: string, token: string): object {
  const { command, options = {}, button, userId = LOCAL_DISCORD.userId, userName = 'local member' } = act;
  return {
    ...{ id, token, version: 1, application_id: LOCAL_DISCORD.applicationId },
    ...{ guild_id: act.guildId ?? LOCAL_DISCORD.guildId, channel_id: act.channelId ?? LOCAL_DISCORD.channelId },
    member: { user: { id: userId, username: userName, discriminator: '0' }, roles: act.roleIds ?? [] },
    ...(button === undefined
      ? {
          type: 2,
          data: {
            ...{ id: '300000000000000001', type: 1, name: command ?? '' },
            options: Object.entries(options).map(([name, value]) => ({ type: 3, name, value })),
          },
        }
      : { type: 3, data: { component_type: 2, custom_id: button } }),
  };
}

function bodyOf(request: FastifyRequest): unknown {
  return jsonOrUndefined(Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '');
}

function nameOf(request: FastifyRequest): { readonly name?: string } {
  const named = z.object({ name: z.string().min(1).max(80) }).safeParse(bodyOf(request));
  return named.success ? named.data : {};
}
