import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { registerDiscordApi, SHARED_ADDRESS_BAN } from '#infra/local/services/discord-api.ts';
import { createDiscordNotifier } from '#lib/adapters/discord/discord-notifier.ts';
import { stateChangeOf } from '#lib/domain/news/domain-event.ts';
import {
  ConfigError,
  RateLimitedError,
  RejectedByUpstreamError,
  UnexpectedReplyError,
  UpstreamUnavailableError,
} from '#lib/errors/errors.ts';
import type { Notice } from '#lib/ports/notifier.ts';
import { describeError } from '#lib/runtime/describe-error.ts';
import { aPosition } from '#test/factories/a-position.ts';

const NOTICE: Notice = { kind: 'alarm', title: 'ALARM: OpenPastEnd', text: 'A position is open past its market.' };
const ROLE_ID = '123456789012345678';
/** The part of the address that must never be seen. */
const TOKEN = 'hush-hush-token';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function startDiscord(
  answer: (response: ServerResponse) => void,
  requestDeadlineMs = 5_000,
  api = '/api',
  pageRoleId?: string,
  hasButtons = false,
) {
  const bodies: unknown[] = [];
  const paths: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    bodies.push(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    paths.push(request.url ?? '');
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const webhookUrl = `http://127.0.0.1:${port}${api}/webhooks/1/${TOKEN}`;
  return { bodies, paths, notifier: createDiscordNotifier({ webhookUrl, requestDeadlineMs, pageRoleId, hasButtons }) };
}

const answering =
  (status: number, body = '', headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, headers).end(body);
  };

async function failureOf(answer: (response: ServerResponse) => void): Promise<unknown> {
  const { notifier } = await startDiscord(answer);
  return notifier.notify(NOTICE).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('createDiscordNotifier', () => {
  it('posts one embed that can ping nobody, and waits until Discord has stored it', async () => {
    const { notifier, bodies, paths } = await startDiscord(answering(200, '{"id":"1"}'));
    await notifier.notify(NOTICE);
    expect(bodies).toMatchObject([
      { allowed_mentions: { parse: [] }, embeds: [{ title: expect.stringContaining('OpenPastEnd') }] },
    ]);
    expect(paths).toEqual([`/api/v10/webhooks/1/${TOKEN}?wait=true`]);
  });

  it('mentions the role in messages that page, and lets through no other mention', async () => {
    const { notifier, bodies } = await startDiscord(answering(204), 5_000, '/api', ROLE_ID);
    const injected = '@everyone <@&999999999999999999> <@1>';
    const page: Notice = { kind: 'alarm', title: `Page ${injected}`, text: injected, isPage: true };
    await Promise.all([notifier.notify({ ...NOTICE, text: injected }), notifier.notify(page)]);
    await notifier.notify({ ...NOTICE, text: injected });
    expect(bodies).toMatchObject([
      { content: `<@&${ROLE_ID}>`, allowed_mentions: { parse: [], roles: [ROLE_ID] } },
      { allowed_mentions: { parse: [] } },
    ]);
    expect(bodies[1]).not.toHaveProperty('content');
    expect(bodies[1]).not.toHaveProperty('allowed_mentions.roles');
  });

  it('mentions no member without a role', async () => {
    const { notifier, bodies } = await startDiscord(answering(204));
    await notifier.notify({ ...NOTICE, isPage: true });
    expect(bodies[0]).not.toHaveProperty('content');
  });

  it('tells a burst in one message, and what comes later in another', async () => {
    const { notifier, bodies } = await startDiscord(answering(204));
    const notices = Array.from({ length: 12 }, (_, n): Notice => ({ kind: 'alarm', title: `Alarm ${n}`, text: 'x' }));
    await Promise.all(notices.map((notice) => notifier.notify(notice)));
    await notifier.notify(NOTICE);
    const titlesOf = (body: unknown) => (body as { embeds: { title: string }[] }).embeds.map(({ title }) => title);
    expect(bodies.map((body) => titlesOf(body).length).toSorted()).toEqual([1, 10, 2]);
    const told = bodies.flatMap(titlesOf);
    for (const { title } of [...notices, NOTICE] as { title: string }[]) {
      expect(told.filter((each) => each.endsWith(title))).toHaveLength(1);
    }
  });

  it('keeps the texts of a burst within what one message may hold', async () => {
    const { notifier, bodies } = await startDiscord(answering(204));
    const long = (n: number): Notice => ({ kind: 'alarm', title: `Alarm ${n}`, text: 'x'.repeat(2_500) });
    await Promise.all([1, 2, 3, 4, 5].map((n) => notifier.notify(long(n))));
    expect(bodies).toHaveLength(3);
  });

  it('tells the good ones of a burst that Discord refuses as a whole', async () => {
    const bodies: string[] = [];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString('utf8');
      if (!body.includes('bad')) bodies.push(body);
      response.writeHead(body.includes('bad') ? 400 : 204).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(() => new Promise((resolve) => server.close(() => resolve())));
    const { port } = server.address() as AddressInfo;
    const notifier = createDiscordNotifier({ webhookUrl: `http://127.0.0.1:${port}/${TOKEN}` });
    const results = await Promise.allSettled(
      ['good', 'bad', 'fine'].map((title) => notifier.notify({ kind: 'alarm', title, text: '' })),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: expect.any(RejectedByUpstreamError) });
    expect(bodies).toHaveLength(2);
  });

  it('takes an answer without content for a yes', async () => {
    expect(await failureOf(answering(204))).toBeUndefined();
  });

  it.each([
    ['its body', '{"message":"slow down","retry_after":0.65,"global":false}', {}, 650],
    ['its header', 'not json', { 'retry-after': '3' }, 3_000],
    ['the longer of both', '{"retry_after":1.2}', { 'retry-after': '2' }, 2_000],
    ['milliseconds, as the oldest API does', '{"retry_after":6.457}', { 'retry-after': '6457' }, 6_457],
    ['a header of its own', 'not json', { 'x-ratelimit-reset-after': '1.5' }, 1_500],
  ] as const)('waits as long as a 429 says in %s', async (_where, body, headers, retryAfterMs) => {
    const error = await failureOf(answering(429, body, headers));
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ retryAfterMs });
  });

  it.each([
    ['no time', 429, ''],
    ['the fixed text of a ban', 429, '{"code":0,"message":"You are being blocked from accessing our API temporarily"}'],
    [
      "Cloudflare's page",
      429,
      '<!DOCTYPE html><html><title>Access denied | discord.com used Cloudflare</title></html>',
    ],
    ["Cloudflare's text", 429, 'error code: 1015'],
    [
      "Cloudflare's page for a blocked address",
      403,
      '<!DOCTYPE html><html><title>Attention Required! | Cloudflare</title>',
    ],
  ])('lets an address that is blocked with %s wait in the queue', async (_how, status, body) => {
    const error = await failureOf(answering(status, body));
    expect(error).toBeInstanceOf(UpstreamUnavailableError);
    expect(error).toMatchObject({ context: { status } });
  });

  it('sends one message to a Discord that blocks it, however many there are', async () => {
    const { notifier, bodies } = await startDiscord(answering(429, 'error code: 1015'));
    const notices = Array.from({ length: 25 }, (_, n): Notice => ({ kind: 'alarm', title: `Alarm ${n}`, text: 'x' }));
    const results = await Promise.allSettled(notices.map((notice) => notifier.notify(notice)));
    expect(results.every((result) => result.status === 'rejected')).toBe(true);
    expect(bodies).toHaveLength(1);
  });

  it('waits while the local Discord bans a shared address, and arrives once it does not', async () => {
    const app = fastify();
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    const discord = registerDiscordApi(app, Date.now);
    const webhookUrl = `${await app.listen({ port: 0, host: '127.0.0.1' })}${discord.path}`;
    try {
      discord.setRefusal(SHARED_ADDRESS_BAN);
      const notifier = createDiscordNotifier({ webhookUrl });
      const notices = Array.from({ length: 25 }, (_, n): Notice => ({ kind: 'alarm', title: `Alarm ${n}`, text: 'x' }));
      const deliver = () => Promise.allSettled(notices.map((notice) => notifier.notify(notice)));
      for (let delivery = 1; delivery <= 3; delivery += 1) {
        for (const result of await deliver())
          expect(result).toMatchObject({ status: 'rejected', reason: expect.any(UpstreamUnavailableError) });
        // One request per delivery: each further one prolongs the ban.
        expect(discord.refusedCount()).toBe(delivery);
      }
      discord.setRefusal(null);
      expect((await deliver()).every(({ status }) => status === 'fulfilled')).toBe(true);
      const titles = discord.listMessages().flatMap(({ embeds = [] }) => embeds.map(({ title }) => title));
      expect(new Set(titles).size).toBe(notices.length);
      expect(titles).toHaveLength(notices.length);
    } finally {
      await app.close();
    }
  });

  it.each(['/api', '/api/v6', '/api/v9', '/api/v10'])('names the version of the API: %s', async (api) => {
    const { notifier, paths } = await startDiscord(answering(204), 5_000, api);
    await notifier.notify(NOTICE);
    expect(paths).toEqual([`/api/v10/webhooks/1/${TOKEN}?wait=true`]);
  });

  it.each([400, 401, 403, 404])('gives up on a %i: repeating it cannot help', async (status) => {
    const error = await failureOf(answering(status, '{"message":"hush-hush-token","code":10015}'));
    expect(error).toBeInstanceOf(RejectedByUpstreamError);
    expect(error).toMatchObject({ context: { status, code: 10_015 } });
  });

  it.each([408, 500, 502, 503])('lets a %i be tried again', async (status) => {
    expect(await failureOf(answering(status))).toBeInstanceOf(UpstreamUnavailableError);
  });

  it('does not follow a redirect: it would carry the message elsewhere', async () => {
    expect(await failureOf(answering(307, '', { location: 'http://127.0.0.1:9/' }))).toBeInstanceOf(
      UnexpectedReplyError,
    );
  });

  it('lets a connection that breaks be tried again', async () => {
    expect(await failureOf((response) => response.destroy())).toBeInstanceOf(UpstreamUnavailableError);
  });

  it('gives up waiting for an answer that does not come', async () => {
    const { notifier } = await startDiscord(() => {}, 50);
    const error = await notifier.notify(NOTICE).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: 'UpstreamUnavailableError', context: { reason: 'TimeoutError' } });
  });

  it('never shows the address of the webhook, whatever goes wrong', async () => {
    const failures = await Promise.all([
      failureOf(answering(404, TOKEN)),
      failureOf(answering(429, TOKEN)),
      failureOf(answering(500, TOKEN)),
      failureOf((response) => response.destroy()),
      createDiscordNotifier({ webhookUrl: `http://127.0.0.1:1/${TOKEN}` })
        .notify(NOTICE)
        .catch((failure: unknown) => failure),
    ]);
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(Error);
      const shown = [JSON.stringify(describeError(failure)), String(failure), JSON.stringify(failure)];
      expect(shown.join()).not.toContain(TOKEN);
      expect((failure as Error).cause).toBeUndefined();
    }
  });

  it.each([TOKEN, `ftp://example.com/${TOKEN}`, ''])(
    'refuses an address that is none, without showing it',
    (webhookUrl) => {
      expect(() => createDiscordNotifier({ webhookUrl })).toThrow(ConfigError);
      try {
        createDiscordNotifier({ webhookUrl });
      } catch (error) {
        expect(JSON.stringify(describeError(error))).not.toContain(TOKEN);
      }
    },
  );
});

describe('the buttons of cards', () => {
  const HELD = [1, 2, 3, 4, 5, 6, 7].map((number): Notice => {
    const event = stateChangeOf(null, aPosition({ state: 'holding', positionId: `p${number}` }));
    if (event === null) throw new Error('no event');
    return { kind: 'event', event };
  });
  const MessageSchema = z.object({
    embeds: z.array(z.unknown()),
    components: z.array(z.object({ components: z.array(z.object({ label: z.string() })) })).optional(),
  });
  const read = (bodies: readonly unknown[]) => bodies.map((body) => MessageSchema.parse(body));

  it('are there where the stage takes interactions, and nowhere else', async () => {
    const [plain, active] = [
      await startDiscord(answering(200, '{}')),
      await startDiscord(answering(200, '{}'), 5_000, '/api', undefined, true),
    ];
    const [card] = HELD;
    if (card === undefined) throw new Error('no card');
    await plain.notifier.notify(card);
    await Promise.all([active.notifier.notify(card), active.notifier.notify(NOTICE)]);
    expect(plain.bodies[0]).not.toHaveProperty('components');
    const [message] = read(active.bodies);
    expect(message?.embeds).toHaveLength(2);
    expect(message?.components?.map((row) => row.components.map(({ label }) => label))).toEqual([
      ['Sell now', 'Hold to the end', 'Halt openings'],
    ]);
    // Without `with_components` a webhook that is not the application's takes the card, and shows no button.
    expect(active.paths[0]).not.toContain('with_components');
  });

  it('are those of five cards in a message at most', async () => {
    const { notifier, bodies } = await startDiscord(answering(200, '{}'), 5_000, '/api', undefined, true);
    await Promise.all(HELD.map((card) => notifier.notify(card)));
    expect(read(bodies).map(({ components }) => components?.length)).toEqual([5, 2]);
  });

  it('stand once for two cards of one position: Discord takes no custom id twice', async () => {
    const { notifier, bodies } = await startDiscord(answering(200, '{}'), 5_000, '/api', undefined, true);
    const [card = NOTICE, other = NOTICE] = HELD;
    await Promise.all([card, card].map((each) => notifier.notify(each)));
    await Promise.all([card, other, card].map((each) => notifier.notify(each)));
    const labels = read(bodies).map(({ components }) => components?.map((row) => row.components.length));
    expect(labels).toEqual([[3], [2, 2]]);
  });

  it('are left out where Discord refuses them: the card arrives', async () => {
    let count = 0;
    const refuseFirst = (response: ServerResponse): void => {
      count += 1;
      answering(count === 1 ? 400 : 200, '{"code":50035}')(response);
    };
    const { notifier, bodies } = await startDiscord(refuseFirst, 5_000, '/api', undefined, true);
    await notifier.notify(HELD[0] ?? NOTICE);
    expect(read(bodies).map(({ components }) => components?.length)).toEqual([1, undefined]);
  });
});
