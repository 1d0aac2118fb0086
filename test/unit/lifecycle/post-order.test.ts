import { describe, expect, test } from 'vitest';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { postOrder } from '#lib/lifecycle/post-order.ts';
import type { OrderReply } from '#lib/ports/venue/exchange.ts';
import { aMarket } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aSellTrade } from '#test/factories/a-trade.ts';
import { anIntent, SELL_ORDER_HASH } from '#test/factories/an-intent.ts';
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
