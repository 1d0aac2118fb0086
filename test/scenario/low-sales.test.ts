import { describe, expect, test } from 'vitest';
import { toEmbed } from '#lib/adapters/discord/discord-embed.ts';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import { alertAfter } from '#lib/domain/news/alert-after.ts';
import { stateChangeOf } from '#lib/domain/news/domain-event.ts';
import type { OpenPosition, Position } from '#lib/domain/position/position.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { anIntent, SELL_ORDER_HASH } from '#test/factories/an-intent.ts';

const SHARES = 36_000_000n;

/** A position on paper of 36 shares whose last bid is this, before its sell. */
const holding = (bidMicros: bigint | null, overrides: Partial<OpenPosition> = {}) =>
  aPosition({
    state: 'holding',
    trades: [aBuyTrade()],
    lastBid: bidMicros === null ? null : { priceMicros: bidMicros, atMs: 1_773_307_231_000, soldMicros: 0n },
    ...overrides,
  } as Parameters<typeof aPosition<'holding'>>[0]);

const apply = (position: Position, ...events: Parameters<typeof evolvePosition>[1][]) =>
  events.reduce((before, event) => evolvePosition(before, event), position);

const intended = (bidMicros: bigint | null) =>
  anEvent({ type: 'sell-intended', bidMicros, intent: anIntent({ sharesMicros: SHARES }) });

/** The order was sold at this price, and the sale is final. */
const sold = (priceMicros: bigint, sharesMicros = SHARES) =>
  anEvent({
    type: 'orders-observed',
    orders: [
      {
        orderHash: SELL_ORDER_HASH,
        working: false,
        trades: [aSellTrade({ sharesMicros, valueMicros: (sharesMicros * priceMicros) / 1_000_000n })],
      },
    ],
  });

function sellAt(priceMicros: bigint, before: Position, seenMicros: bigint | null = null) {
  const exiting = apply(before, intended(seenMicros));
  const event = sold(priceMicros);
  const after = apply(exiting, event);
  const alert = alertAfter(exiting as OpenPosition, event, after);
  return { exiting, after, alert, change: stateChangeOf(exiting, after) };
}

describe('a sale far below the last price seen', () => {
  test('is told in red with what was lost, on paper as well', () => {
    const { alert, after } = sellAt(200_000n, holding(600_000n));
    expect(after).toMatchObject({ state: 'exited', mode: 'paper', forceClosed: true });
    expect(alert).toMatchObject({
      kind: 'low-sale',
      severity: 'page',
      position: { lastBid: '0.600000', exitPrice: '0.200000', lostMicros: '14400000' },
    });
    if (alert === null) throw new Error('No alert');
    const { positionId, version } = alert;
    const event = { type: 'position-alert', positionId, version, alert } as const;
    const embed = toEmbed({ kind: 'event', noticeKey: 'k', event } as Parameters<typeof toEmbed>[0]);
    expect(embed.color).toBe(0xe74c3c);
    expect(embed.title).toContain('sold FAR BELOW the last price');
    expect(embed.fields?.[0]).toEqual({
      name: 'Lost against the last bid',
      value: '**$14.40**\nlast bid seen 60.0¢ at 09:20:31 UTC, sold at 20.0¢',
      inline: false,
    });
  });

  test('is one alert and no news beside it, also when the exit was asked for by hand', () => {
    const { alert, change } = sellAt(
      200_000n,
      holding(600_000n, { exitDueAtMs: aPosition({ state: 'holding' }).openedAtMs + 1 }),
    );
    expect(alert?.kind).toBe('low-sale');
    expect(change).toMatchObject({ to: 'exited', isNews: false });
  });

  test.each<[string, bigint, bigint]>([
    ['at the bid', 600_000n, 600_000n],
    ['at 80 % of it', 600_000n, 480_000n],
    ['two cents below a low bid', 30_000n, 10_000n],
  ])('is not a sale %s', (_what, bidMicros, priceMicros) => {
    expect(sellAt(priceMicros, holding(bidMicros)).alert?.kind).toBe('forced-exit');
  });

  test('compares with the bid that the exit saw, not with that of the opening', () => {
    expect(sellAt(200_000n, holding(600_000n), 210_000n).alert?.kind).toBe('forced-exit');
    expect(sellAt(400_000n, holding(300_000n), 600_000n).alert?.kind).toBe('low-sale');
  });

  test('keeps the bid of the opening when the exit saw none', () => {
    expect(sellAt(200_000n, holding(600_000n), null).exiting.lastBid?.priceMicros).toBe(600_000n);
  });

  test('says nothing of a row from before the last bid was kept', () => {
    expect(sellAt(10_000n, holding(null)).alert?.kind).toBe('forced-exit');
  });

  test('values each part at the bid seen before it', () => {
    const first = aSellTrade({
      tradeId: 'first',
      orderHash: 'first',
      sharesMicros: 18_000_000n,
      valueMicros: 5_400_000n,
    });
    // A half went at the bid of 0.30; then the price rose, and the rest went at 0.60.
    const half = aPosition({
      state: 'exiting',
      trades: [aBuyTrade(), first],
      attempts: [aLiveAttempt({ intent: anIntent({ sharesMicros: 18_000_000n }) })],
      lastBid: { priceMicros: 600_000n, atMs: 0, soldMicros: 5_400_000n },
    });
    const event = sold(600_000n, 18_000_000n);
    expect(alertAfter(half, event, apply(half, event))?.kind).toBe('forced-exit');
  });
});
