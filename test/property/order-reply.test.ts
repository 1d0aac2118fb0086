import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderAmounts } from '#lib/adapters/polymarket/orders/build-order.ts';
import { toOrderReply } from '#lib/adapters/polymarket/orders/to-order-reply.ts';
import { cashMicrosOf } from '#lib/domain/market/order.ts';
import type { OrderReply } from '#lib/ports/venue/exchange.ts';
import { anIntent } from '#test/factories/an-intent.ts';

const amount = fc.oneof(
  fc.string(),
  fc.double(),
  fc.bigInt({ min: 0n, max: 10n ** 9n }).map((micros) => (Number(micros) / 1e6).toString()),
  fc.constantFrom('', '0', '36', null),
);
const answerBody = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .record(
      {
        success: fc.oneof(fc.boolean(), fc.constant(null), fc.string()),
        errorMsg: fc.oneof(fc.string(), fc.constantFrom('', 'not enough balance / allowance', 'Duplicated')),
        error: fc.anything(),
        orderID: fc.string(),
        status: fc.constantFrom('matched', 'live', 'delayed', 'unmatched', 'MATCHED', 'x', ''),
        makingAmount: amount,
        takingAmount: amount,
        tradeIDs: fc.array(fc.string(), { maxLength: 2 }),
        retry_after_seconds: fc.anything(),
      },
      { requiredKeys: [] },
    )
    .map((body) => {
      try {
        return JSON.stringify(body) ?? '';
      } catch {
        return '{}';
      }
    }),
);
const side = fc.constantFrom('BUY' as const, 'SELL' as const);
const orderType = fc.constantFrom('FAK' as const, 'FOK' as const, 'GTC' as const);

function read(status: number, body: string, intent = anIntent()): OrderReply {
  const outcome = { kind: 'answered', status, headers: new Headers(), text: body } as const;
  return toOrderReply(outcome, { intent, feeRateMicros: 70_000n, redact: (text) => text, nowMs: 1_773_307_380_000 });
}

describe('any answer to an order whatever', () => {
  it('is read without a throw, and never reports more shares, cash or fees than the order can have', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), answerBody, side, orderType, (status, body, ...[of, type]) => {
        const intent = anIntent({ side: of, orderType: type });
        const reply = read(status, body, intent);
        if (reply.outcome !== 'accepted') return;
        const { sharesMicros, valueMicros, feesMicros } = reply.reported;
        expect(status >= 200 && status < 300).toBe(true);
        const isByCash = of === 'BUY' && type !== 'GTC';
        const isWithin = isByCash ? valueMicros <= cashMicrosOf(intent) : sharesMicros <= intent.sharesMicros;
        expect(sharesMicros >= 0n && isWithin).toBe(true);
        expect(valueMicros >= 0n && valueMicros <= sharesMicros).toBe(true);
        expect(feesMicros >= 0n && feesMicros <= sharesMicros).toBe(true);
        expect(reply.working).toBe(sharesMicros === 0n);
      }),
      { numRuns: 500 },
    );
  });

  it('proves nothing when the server failed, but for the ways in which the venue says that it waits', () => {
    fc.assert(
      fc.property(fc.constantFrom(500, 501, 502, 503, 504, 520, 522, 302, 408), answerBody, (status, body) => {
        expect(['unknown', 'not-sent']).toContain(read(status, body).outcome);
        if (status !== 503) expect(read(status, body).outcome).toBe('unknown');
      }),
      { numRuns: 300 },
    );
  });
});

describe('the amounts of an order', () => {
  const sharesMicros = fc.bigInt({ min: 1n, max: 10n ** 8n }).map((hundredths) => hundredths * 10_000n);
  const limitPriceMicros = fc.bigInt({ min: 1n, max: 9_999n }).map((steps) => steps * 100n);

  it('say exactly the size and the price that were asked for', () => {
    fc.assert(
      fc.property(sharesMicros, limitPriceMicros, side, (shares, price, of) => {
        const terms = anIntent({ side: of, sharesMicros: shares, limitPriceMicros: price });
        const { makerAmount, takerAmount } = orderAmounts(terms);
        const [cash, size] = of === 'BUY' ? [makerAmount, takerAmount] : [takerAmount, makerAmount];
        expect(BigInt(size)).toBe(shares);
        expect(BigInt(cash) * 1_000_000n).toBe(shares * price);
      }),
    );
  });
});
