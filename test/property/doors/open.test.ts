import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandler } from '#functions/open.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { anyGarbageText, anyJunk, assertDoor, damaged, expectNoSecret, mutated } from '#test/fixtures/bad-input.ts';
import { type DoorWorld, startDoorWorld } from '#test/fixtures/bad-input-world.ts';

/** Long enough for every field to be named, short enough that nothing long was echoed. */
const MESSAGE_LENGTH_MAX = 1_500;

const REQUEST = {
  requestId: 'bot-1',
  asset: 'BTC',
  window: '5m',
  side: 'UP',
  usd: 25,
  mode: 'paper',
  marketSlug: 'btc-updown-5m-1773307200',
};

let world: DoorWorld;
let open: ReturnType<typeof createHandler>;

beforeAll(async () => {
  world = await startDoorWorld();
  // The venue knows no market: a request that passes the door is refused behind it.
  world.server.answer(() => ({ status: 404, body: '{"error":"not found"}' }));
  open = createHandler(world.env);
});

afterAll(async () => {
  await world.stop();
});

const anyUsd = fc.oneof(
  anyJunk,
  fc.constantFrom(
    0,
    -5,
    -0,
    1e-7,
    1e21,
    1e308,
    0.1234567,
    '',
    '0',
    '-1',
    '1e2',
    'NaN',
    'Infinity',
    '25 USD',
    ' 25',
    '٢٥',
  ),
  fc.constantFrom('9'.repeat(16), '9'.repeat(1_000), '0.0000000', '1.'),
);

const anyBody: fc.Arbitrary<unknown> = fc.oneof(
  mutated(REQUEST).map(({ value }) => value),
  anyUsd.map((usd) => ({ ...REQUEST, usd })),
  fc.constantFrom(
    { ...REQUEST, requestId: 'x'.repeat(65) },
    { ...REQUEST, marketSlug: 'a'.repeat(129) },
    { ...REQUEST, marketSlug: '../../etc' },
    { ...REQUEST, asset: 'ETH' },
    { ...REQUEST, mode: 'live' },
    JSON.parse(`{"__proto__":{"mode":"live"},${JSON.stringify(REQUEST).slice(1)}`),
  ),
  anyJunk,
);

const anyText: fc.Arbitrary<string> = fc.oneof(
  anyBody.map((body) => JSON.stringify(body)),
  damaged(JSON.stringify(REQUEST)),
  anyGarbageText,
);

/** A function URL's event around a body, in base64 or not, whole or not. */
const anyUrlEvent = fc
  .record({
    text: anyText,
    method: fc.oneof({ weight: 9, arbitrary: fc.constant('POST') }, { weight: 1, arbitrary: fc.string() }),
    encoding: fc.constantFrom('plain', 'base64', 'wrongly-base64', 'none'),
  })
  .map(({ text, method, encoding }) => ({
    version: '2.0',
    requestContext: { http: { method } },
    isBase64Encoded: encoding === 'base64' || encoding === 'wrongly-base64',
    ...(encoding !== 'none' && { body: encoding === 'base64' ? Buffer.from(text).toString('base64') : text }),
  }));

type UrlResult = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

function expectClearRefusal({ statusCode, headers, body }: UrlResult): void {
  const answer = JSON.parse(body) as Record<string, unknown>;
  expect(statusCode, body).toBeGreaterThanOrEqual(400);
  expect(statusCode, body).toBeLessThan(500);
  expect(body.length).toBeLessThan(MESSAGE_LENGTH_MAX);
  expectNoSecret(body);
  if (statusCode === 422) expect(answer).toMatchObject({ outcome: 'refused', code: expect.any(String) });
  else if (statusCode === 405) {
    expect(headers).toMatchObject({ allow: 'POST' });
    expect(answer).toMatchObject({ outcome: 'failed', code: 'MethodNotAllowed' });
  } else expect(answer).toMatchObject({ outcome: 'failed', code: 'InvalidInputError' });
  expect(String(answer.message)).toMatch(/^[A-Z].{10,}/s);
}

async function countRows(): Promise<number> {
  const { Count = 0 } = await world.dynoxide.client.send(new ScanCommand({ TableName: world.tableName }));
  return Count;
}

describe('the door of open', () => {
  it('answers whatever is posted with 4xx and a sentence, and writes nothing', async () => {
    await assertDoor(
      'open (function URL)',
      100,
      fc.asyncProperty(anyUrlEvent, async (event) => {
        expectClearRefusal((await open(event)) as UrlResult);
        expectNoSecret(world.takeLog().text);
      }),
    );
    expect(await countRows()).toBe(0);
  });

  it('refuses whatever is invoked with the one named error, or with a refusal', async () => {
    const anyEvent = fc.oneof(anyBody, anyJunk, mutated({ requestContext: { http: { method: 'POST' } }, body: '{}' }));
    await assertDoor(
      'open (invoke)',
      50,
      fc.asyncProperty(anyEvent, async (event) => {
        try {
          const answer = await open(event);
          if ('statusCode' in answer) expectClearRefusal(answer as UrlResult);
          else expect(answer).toMatchObject({ outcome: 'refused' });
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInputError);
          expect(String(error).length).toBeLessThan(MESSAGE_LENGTH_MAX);
          expectNoSecret(String(error));
        }
        expectNoSecret(world.takeLog().text);
      }),
    );
    expect(await countRows()).toBe(0);
  });

  it('answers whatever asks to guard with 4xx and the one error shape, and writes nothing', async () => {
    const { requestId, marketSlug, side, mode } = REQUEST;
    const guard = {
      requestId,
      marketSlug,
      side,
      mode,
      shares: 40,
      cost: '20.5',
      expectShares: true,
      exitLeadSeconds: 60,
    };
    const anyGuard = fc.oneof(
      mutated(guard).map(({ value }) => JSON.stringify(value)),
      anyUsd.map((shares) => JSON.stringify({ ...guard, shares })),
      damaged(JSON.stringify(guard)),
      anyGarbageText,
    );
    await assertDoor(
      'guard (function URL)',
      50,
      fc.asyncProperty(anyGuard, async (body) => {
        const event = { requestContext: { http: { method: 'POST' } }, rawPath: '/guard', body };
        const { statusCode, body: text } = (await open(event)) as UrlResult;
        expect([400, 413, 422], text).toContain(statusCode);
        expect(text.length).toBeLessThan(MESSAGE_LENGTH_MAX);
        expect(JSON.parse(text)).toEqual({
          error: expect.objectContaining({ message: expect.stringMatching(/^[A-Z].{10,}/s), retryable: false }),
        });
        expectNoSecret(text, world.takeLog().text);
      }),
    );
    expect(await countRows()).toBe(0);
  });

  it.each([
    ['usd', { ...REQUEST, usd: -5 }, /usd: must be more than 0/],
    ['usd', { ...REQUEST, usd: '1e3' }, /usd: must be an amount of dollars/],
    ['requestId', { ...REQUEST, requestId: '' }, /requestId: must be 1 to 64/],
    ['a field nobody knows', { ...REQUEST, leverage: 3 }, /unknown field "leverage"; leave it out/],
    ['a market of another asset', { ...REQUEST, asset: 'ETH' }, /marketSlug: must be a market of the requested asset/],
  ])('names %s and what to do', async (_, request, message) => {
    const event = { requestContext: { http: { method: 'POST' } }, body: JSON.stringify(request) };
    const { statusCode, body } = (await open(event)) as UrlResult;
    expect(statusCode).toBe(400);
    expect((JSON.parse(body) as { message: string }).message).toMatch(message);
  });

  it.each(['GET', 'PUT', 'HEAD'])('answers %s with 405 and the method that is allowed', async (method) => {
    const { statusCode, headers, body } = (await open({ requestContext: { http: { method } } })) as UrlResult;
    expect(statusCode).toBe(405);
    expect(headers.allow).toBe('POST');
    expect(JSON.parse(body)).toMatchObject({ outcome: 'failed', code: 'MethodNotAllowed' });
  });

  it('shows the beginning of a field name that is too long, and no more', async () => {
    const body = JSON.stringify({ ...REQUEST, [`field${'x'.repeat(100_000)}`]: 1 });
    const result = (await open({ requestContext: { http: { method: 'POST' } }, body })) as UrlResult;
    expect(result.body.length).toBeLessThan(300);
  });
});
