import { describe, expect, test } from 'vitest';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { postBuyOrder, postOrder } from '#lib/lifecycle/post-order.ts';
import type { OrderReply } from '#lib/ports/venue/exchange.ts';
import { aMarket } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aSellTrade } from '#test/factories/a-trade.ts';
import { anIntent, BUY_ORDER_HASH, SELL_ORDER_HASH } from '#test/factories/an-intent.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { createScriptedExchange } from '#test/fakes/scripted-exchange.ts';

const END = aMarket().endsAtMs;
const position = aPosition({ state: 'exiting' });
const intent = anIntent();
const observed = { orderHash: SELL_ORDER_HASH, working: false, trades: [aSellTrade()] };

async function post(
  reply: OrderReply | Error,
  overrides: { nowMs?: number; lookUp?: 'found' | 'absent' | 'down' } = {},
) {
  const clock = createFakeClock(overrides.nowMs ?? END - 120_000);
  const deadlines: number[] = [];
  const exchange = {
    ...createScriptedExchange(clock),
    postOrder: async (_position: unknown, _intent: unknown, deadlineAtMs: number) => {
      deadlines.push(deadlineAtMs);
      if (reply instanceof Error) throw reply;
      return reply;
    },
    listOrders: async () => {
      if (overrides.lookUp === 'down') throw new UpstreamUnavailableError('down');
      return overrides.lookUp === 'found' ? [observed] : [];
    },
  };
  return { posted: await postOrder({ clock, exchange }, position, intent), deadlines };
}

describe('the answer to a post', () => {
  test('that is an exception may hide a fill: the outcome is unknown', async () => {
    const { posted } = await post(new TypeError('socket hang up'));
    expect(posted).toMatchObject({ kind: 'result', fact: { type: 'order-unknown', text: 'socket hang up' } });
  });

  test('is kept without half surrogate pairs, which the table refuses', async () => {
    const whole = await post({ outcome: 'refused', code: 'unrecognised', text: 'a\ud83db' });
    const cut = await post({ outcome: 'unknown', text: `${'x'.repeat(298)}😀😀` });
    for (const { posted } of [whole, cut]) expect(JSON.stringify(posted)).not.toMatch(/\\ud8/);
  });

  test('"duplicate" is decided by the state of the order', async () => {
    const { posted } = await post({ outcome: 'duplicate' }, { lookUp: 'found' });
    expect(posted).toMatchObject({ fact: { type: 'orders-observed', orders: [observed], absentHashes: [] } });
  });

  test.each(['absent', 'down'] as const)(
    '"duplicate" is an order that the venue has, although it does not show it: %s',
    async (lookUp) => {
      const { posted } = await post({ outcome: 'duplicate' }, { lookUp });
      expect(posted).toMatchObject({
        fact: { type: 'order-accepted', orderHash: SELL_ORDER_HASH, working: true, reported: { sharesMicros: 0n } },
      });
    },
  );

  test('is cut to three hundred characters', async () => {
    const { posted } = await post({ outcome: 'refused', code: 'unrecognised', text: 'x'.repeat(5_000) });
    if (posted.kind !== 'refused') throw new Error('not refused');
    expect(posted.refusal.text).toHaveLength(300);
  });

  test.each([
    ['six seconds, usually', END - 120_000, END - 114_000],
    ['the deadline of the exit, near it', END - 8_000, END - 5_000],
  ])('is awaited for %s', async (_, nowMs, expected) => {
    const { deadlines } = await post({ outcome: 'unknown', text: 'lost' }, { nowMs });
    expect(deadlines).toEqual([expected]);
  });
});

describe('each answer to a post', () => {
  const REPORTED = { sharesMicros: 36_000_000n, valueMicros: 21_600_000n, feesMicros: 604_800n };
  const about = { orderHash: SELL_ORDER_HASH, text: 'Words' };

  test.each<[OrderReply, object]>([
    [
      { outcome: 'accepted', working: false, reported: REPORTED },
      { type: 'order-accepted', orderHash: SELL_ORDER_HASH, working: false, reported: REPORTED },
    ],
    [
      { outcome: 'not-sent', code: 'rate-limited', text: 'Words', retryAfterMs: 2_000 },
      { type: 'order-not-sent', ...about, code: 'rate-limited', retryAfterMs: 2_000 },
    ],
    [
      { outcome: 'unknown', text: 'Words' },
      { type: 'order-unknown', ...about },
    ],
    [
      { outcome: 'unknown', text: 'Words', isAnswered: true },
      { type: 'order-unknown', ...about, isAnswered: true },
    ],
  ])('is one fact: %o', async (reply, fact) => {
    expect((await post(reply)).posted).toStrictEqual({ kind: 'result', fact });
  });

  test('that refuses is kept as it is', async () => {
    const { posted } = await post({ outcome: 'refused', code: 'tick-size', text: 'Words' });
    expect(posted).toStrictEqual({ kind: 'refused', refusal: { code: 'tick-size', text: 'Words' } });
  });

  test.each([
    [300, 'x'.repeat(300)],
    [301, `${'x'.repeat(299)}…`],
  ])('keeps its text of %i characters as far as the limit allows', async (length, text) => {
    const { posted } = await post({ outcome: 'unknown', text: 'x'.repeat(length) });
    expect(posted).toMatchObject({ fact: { text } });
  });

  test('says so where the exchange threw something else than an error', async () => {
    const exchange = {
      ...createScriptedExchange(createFakeClock(END - 120_000)),
      postOrder: () => Promise.reject('socket'),
    };
    const posted = await postOrder({ clock: createFakeClock(END - 120_000), exchange }, position, intent);
    expect(posted).toMatchObject({ fact: { type: 'order-unknown', text: 'the exchange threw no error' } });
  });

  test('"duplicate" is looked up by its hash, within the same time', async () => {
    const asked: unknown[] = [];
    const exchange = {
      ...createScriptedExchange(createFakeClock(END - 120_000)),
      postOrder: async () => ({ outcome: 'duplicate' }) as const,
      listOrders: async (...question: readonly unknown[]) => {
        asked.push(question);
        return [];
      },
    };
    const posted = await postOrder({ clock: createFakeClock(END - 120_000), exchange }, position, intent);
    expect(asked).toEqual([[position, [SELL_ORDER_HASH], END - 114_000]]);
    expect(posted).toMatchObject({ kind: 'result' });
  });
});

describe('a posted buy', () => {
  const NOW_MS = END - 200_000;
  const terms = aPosition({ state: 'buying' });
  const buy = anIntent({ side: 'BUY' });
  const postBuy = (reply: OrderReply) => {
    const clock = createFakeClock(NOW_MS);
    const postOrder = async () => {
      await clock.sleepUntil(NOW_MS + 130);
      return reply;
    };
    const exchange = { ...createScriptedExchange(clock), postOrder };
    return clock.run(postBuyOrder({ clock, account: { exchange } }, terms, buy));
  };
  const timed = { atMs: NOW_MS + 130, timing: { postedAtMs: NOW_MS, tookMs: 130 } };

  test('gives the answer with its times', async () => {
    const reported = { sharesMicros: 1n, valueMicros: 1n, feesMicros: 0n };
    expect(await postBuy({ outcome: 'accepted', working: true, reported })).toStrictEqual({
      ...timed,
      fact: { type: 'order-accepted', orderHash: BUY_ORDER_HASH, working: true, reported },
      refusal: null,
    });
  });

  test('that is refused has no figures, because nothing is read', async () => {
    expect(await postBuy({ outcome: 'refused', code: 'no-match', text: 'Words' })).toStrictEqual({
      ...timed,
      fact: {
        ...{ type: 'order-refused', orderHash: BUY_ORDER_HASH, code: 'no-match', cause: 'no-liquidity', text: 'Words' },
        ...{ sellableMicros: null, shortfallMicros: null, remedied: false },
      },
      refusal: { code: 'no-match', text: 'Words' },
    });
  });

  test('may be placed where the refusal does not prove that it is not', async () => {
    expect(await postBuy({ outcome: 'refused', code: 'unrecognised', text: 'Words' })).toStrictEqual({
      ...timed,
      fact: {
        ...{ type: 'order-unknown', orderHash: BUY_ORDER_HASH, text: 'Words', isAnswered: true, isRefused: true },
      },
      refusal: { code: 'unrecognised', text: 'Words' },
    });
  });
});
