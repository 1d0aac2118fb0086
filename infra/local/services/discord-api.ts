import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';

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
});

export type DiscordMessage = z.infer<typeof WebhookSchema> & { readonly id: string; readonly receivedAtMs: number };
export type DiscordListener = (message: DiscordMessage) => void;

export type LocalDiscord = {
  readonly path: string;
  /** The last messages, oldest first. */
  listMessages(): readonly DiscordMessage[];
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
  const takeMessage = (request: FastifyRequest, reply: FastifyReply) => {
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
    onMessage: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function parseBody(body: unknown): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(body) ? body.toString('utf8') : '');
  } catch {
    return undefined;
  }
}
