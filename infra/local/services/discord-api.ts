import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import { ComponentsSchema } from './discord-interactions.ts';

const EmbedSchema = z.looseObject({
  title: z.string().max(256).optional(),
  description: z.string().max(4_096).optional(),
  url: z.string().optional(),
  color: z.number().int().optional(),
  timestamp: z.string().optional(),
  fields: z
    .array(z.looseObject({ name: z.string().max(256), value: z.string().max(1_024), inline: z.boolean().optional() }))
    .max(25)
    .optional(),
  footer: z.looseObject({ text: z.string().max(2_048) }).optional(),
});

/** A webhook's message, with Discord's limits. */
const WebhookSchema = z.looseObject({
  content: z.string().max(2_000).optional(),
  username: z.string().max(80).optional(),
  embeds: z.array(EmbedSchema).max(10).optional(),
  components: ComponentsSchema.optional(),
});

export type DiscordMessage = z.infer<typeof WebhookSchema> & { readonly id: string; readonly receivedAtMs: number };
export type DiscordListener = (message: DiscordMessage) => void;

export type DiscordRefusal = {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Cloudflare's answer to an address that other senders have used up; it names no time (discord-api-docs#5810). */
export const SHARED_ADDRESS_BAN: DiscordRefusal = { status: 429, body: 'error code: 1015' };

export type LocalDiscord = {
  readonly path: string;
  /** The last messages, oldest first. */
  listMessages(): readonly DiscordMessage[];
  /** Refuses every message like this, until it is null again: a ban of an address that many share, for example. */
  setRefusal(refusal: DiscordRefusal | null): void;
  /** Messages refused by `setRefusal`. */
  readonly refusedCount: () => number;
  /** Calls back on each message from now on. The result removes the listener. */
  onMessage(listener: DiscordListener): () => void;
};

const KEPT_COUNT = 200;
const PATH = '/api/webhooks/1/local';
/** The same with the version of the API, as the notifier asks for it. */
const VERSIONED_PATH = '/api/:version/webhooks/1/local';

/** Discord's webhook endpoint. Keeps the last messages and serves them at `/discord/messages`. */
export function registerDiscordApi(app: FastifyInstance, nowMs: () => number): LocalDiscord {
  const messages: DiscordMessage[] = [];
  const listeners = new Set<DiscordListener>();
  let refusal: DiscordRefusal | null = null;
  let refusedCount = 0;
  const takeMessage = (request: FastifyRequest, reply: FastifyReply) => {
    if (refusal !== null) {
      refusedCount += 1;
      return reply
        .code(refusal.status)
        .headers(refusal.headers ?? {})
        .send(refusal.body);
    }
    const parsed = WebhookSchema.safeParse(parseBody(request.body));
    if (!parsed.success)
      return reply.code(400).send({ code: 50_035, message: 'Invalid Form Body', errors: z.treeifyError(parsed.error) });
    if (!parsed.data.content && !parsed.data.embeds?.length) {
      return reply.code(400).send({ code: 50_006, message: 'Cannot send an empty message' });
    }
    const message = { ...parsed.data, id: randomUUID(), receivedAtMs: nowMs() };
    messages.push(message);
    if (messages.length > KEPT_COUNT) messages.shift();
    for (const listener of listeners) listener(message);
    return z.looseObject({ wait: z.literal('true') }).safeParse(request.query).success
      ? message
      : reply.code(204).send();
  };
  app.post(PATH, takeMessage);
  app.post(VERSIONED_PATH, takeMessage);
  app.get('/discord/messages', () => messages);
  return {
    path: PATH,
    listMessages: () => [...messages],
    setRefusal: (next) => {
      refusal = next;
    },
    refusedCount: () => refusedCount,
    onMessage: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function parseBody(body: unknown): unknown {
  return jsonOrUndefined(Buffer.isBuffer(body) ? body.toString('utf8') : '');
}
