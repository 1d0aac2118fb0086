import { describe, expect, it } from 'vitest';
import type { HttpOutcome } from '#lib/adapters/http/send-request.ts';
import { toOrderReply } from '#lib/adapters/polymarket/orders/to-order-reply.ts';
import { NO_FILLS } from '#lib/domain/market/order.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import { anIntent } from '#test/factories/an-intent.ts';

const SELL = anIntent({ side: 'SELL', orderType: 'FAK', sharesMicros: 10_000_000n, limitPriceMicros: 400_000n });
const BUY = anIntent({ side: 'BUY', orderType: 'FOK', sharesMicros: 10_000_000n, limitPriceMicros: 600_000n });

function read(outcome: HttpOutcome, intent: OrderIntent = SELL) {
  return toOrderReply(outcome, { intent, feeRateMicros: 70_000n, redact: (text) => text, nowMs: 1_773_307_380_000 });
}

function answer(body: unknown, status = 200): HttpOutcome {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'answered', status, headers: new Headers(), text };
}

const accepted = { success: true, errorMsg: '', orderID: `0x${'ab'.repeat(32)}` };

describe('an order that matched', () => {
  it('reports the shares that left and the cash that came, for a sell', () => {
    const reply = read(answer({ ...accepted, status: 'matched', makingAmount: '5', takingAmount: '2.45' }));
    const reported = { sharesMicros: 5_000_000n, valueMicros: 2_450_000n, feesMicros: 87_470n };
    expect(reply).toEqual({ outcome: 'accepted', working: false, reported });
  });

  it('reports the cash that left and the shares that came, for a buy', () => {
    const reply = read(answer({ ...accepted, status: 'matched', makingAmount: '5.1', takingAmount: '10' }), BUY);
    expect(reply).toMatchObject({ reported: { sharesMicros: 10_000_000n, valueMicros: 5_100_000n } });
  });

  it('reports all shares that a buy brought for its dollars', () => {
    const intent = anIntent({ side: 'BUY', orderType: 'FOK', sharesMicros: 38_000_000n, limitPriceMicros: 630_000n });
    const body = { ...accepted, status: 'matched', makingAmount: '23.94', takingAmount: '39.245901' };
    const reported = { sharesMicros: 39_245_901n, valueMicros: 23_940_000n };
    expect(read(answer(body), intent)).toMatchObject({ outcome: 'accepted', working: false, reported });
    expect(read(answer(body), { ...intent, orderType: 'FAK' })).toMatchObject({ working: false, reported });
    // An order that rests is for its shares.
    expect(read(answer(body), { ...intent, orderType: 'GTC' })).toMatchObject({ working: true });
  });

  it.each([
    ['more dollars than the order has', { makingAmount: '23.940001', takingAmount: '39.245901' }],
    ['no amounts', {}],
    ['words for amounts', { makingAmount: 'all', takingAmount: 'of it' }],
  ])('has brought at least what a FOK buy names, when it comes with %s', (_name, amounts) => {
    const intent = anIntent({ side: 'BUY', orderType: 'FOK', sharesMicros: 38_000_000n, limitPriceMicros: 630_000n });
    const body = { ...accepted, status: 'matched', ...amounts };
    const reported = { sharesMicros: 38_000_000n, valueMicros: 23_940_000n };
    expect(read(answer(body), intent)).toMatchObject({ outcome: 'accepted', working: false, reported });
    // A FAK may have filled a part.
    expect(read(answer(body), { ...intent, orderType: 'FAK' })).toMatchObject({ working: true });
  });

  it('is looked up when a buy comes with amounts of nothing', () => {
    const body = { ...accepted, status: 'matched', makingAmount: '0', takingAmount: '0' };
    expect(read(answer(body), BUY)).toMatchObject({ outcome: 'accepted', working: true });
  });

  it.each([
    ['texts', '23940000', '39245901'],
    ['numbers', 23_940_000, 39_245_901],
  ])('may count in millionths: %s', (_form, makingAmount, takingAmount) => {
    const intent = anIntent({ side: 'BUY', orderType: 'FOK', sharesMicros: 38_000_000n, limitPriceMicros: 630_000n });
    const reported = { sharesMicros: 39_245_901n, valueMicros: 23_940_000n };
    const body = { ...accepted, status: 'matched', makingAmount, takingAmount };
    expect(read(answer(body), intent)).toMatchObject({ working: false, reported });
    const sell = read(answer({ ...body, makingAmount: '5000000', takingAmount: '2450000' }));
    expect(sell).toMatchObject({ working: false, reported: { sharesMicros: 5_000_000n, valueMicros: 2_450_000n } });
  });

  it('is read with a prefix, in capitals and with numbers', () => {
    const body = { ...accepted, status: 'ORDER_STATUS_MATCHED', makingAmount: 5, takingAmount: 2.45 };
    expect(read(answer(body))).toMatchObject({ working: false, reported: { valueMicros: 2_450_000n } });
  });

  it('pays no fee when it rested before', () => {
    const resting = { ...SELL, orderType: 'GTC' } as const;
    const reply = read(answer({ ...accepted, status: 'matched', makingAmount: '5', takingAmount: '2.45' }), resting);
    expect(reply).toMatchObject({ reported: { feesMicros: 0n } });
  });

  it.each([
    ['no amounts', {}],
    ['empty amounts', { makingAmount: '', takingAmount: '' }],
    ['amounts of nothing', { makingAmount: '0', takingAmount: '0' }],
    ['more shares than were offered', { makingAmount: '10.01', takingAmount: '5' }],
    ['more shares than were offered, in millionths', { makingAmount: '10010000', takingAmount: '5000000' }],
    ['a dollar or more for a share', { makingAmount: '5', takingAmount: '5' }],
    ['words for amounts', { makingAmount: 'five', takingAmount: 'two' }],
  ])('is looked up when it comes with %s', (_name, amounts) => {
    const reply = read(answer({ ...accepted, status: 'matched', ...amounts }));
    expect(reply).toEqual({ outcome: 'accepted', working: true, reported: NO_FILLS });
  });
});

describe('an order that was accepted and not matched', () => {
  it.each(['live', 'delayed', 'unmatched', 'LIVE', 'ORDER_STATUS_DELAYED', 'something-new', ''])(
    'is working while the status is "%s"',
    (status) => {
      const body = { ...accepted, status, makingAmount: '', takingAmount: '' };
      expect(read(answer(body))).toEqual({ outcome: 'accepted', working: true, reported: NO_FILLS });
    },
  );

  it('counts what the venue filled under another id than our hash', () => {
    const body = { ...accepted, orderID: '0x99', status: 'matched', makingAmount: '5', takingAmount: '2.45' };
    expect(read(answer(body))).toMatchObject({ outcome: 'accepted', working: false });
  });
});

describe('a rejection with status 200', () => {
  it.each([
    ['errorMsg', 'no-match'],
    ['error', 'no-match'],
    ['message', 'no-match'],
    ['errorMessage', 'no-match'],
    ['reason', 'no-match'],
  ])('names its reason in %s', (field, code) => {
    const body = { success: false, [field]: "order couldn't be fully filled. FOK orders are fully filled or killed." };
    expect(read(answer(body), BUY)).toMatchObject({ outcome: 'refused', code });
  });

  it('in unknown words of an unknown field is looked up', () => {
    const body = { success: false, errorMsg: '', status: 'unmatched', note: 'the moon is in the wrong phase' };
    expect(read(answer(body), BUY)).toMatchObject({ outcome: 'unknown', isAnswered: true });
  });
});

describe('an unusable answer', () => {
  it.each([
    ['an empty one', ''],
    ['half of one', '{"success":true,"orderID":"0x1","stat'],
    ['a page', '<html>OK</html>'],
    ['null', 'null'],
    ['a number', '7'],
    ['a list', '[]'],
    ['an object without anything', '{}'],
    ['an object of other types', '{"success":"yes","orderID":7}'],
    ['no success and no reason', '{"success":false,"errorMsg":""}'],
    ['a success without name and status', '{"success":true,"errorMsg":"","orderID":"","status":""}'],
  ])('leaves the outcome unknown: %s', (_name, body) => {
    expect(read(answer(body)).outcome).toBe('unknown');
  });

  it('leaves the outcome unknown when it is too large to be read', () => {
    expect(read({ kind: 'answered', status: 200, headers: new Headers(), text: null }).outcome).toBe('unknown');
  });

  it('leaves the outcome unknown when it never came', () => {
    expect(read({ kind: 'lost', isLate: true, status: null, cause: new Error('x') }).outcome).toBe('unknown');
    expect(read({ kind: 'lost', isLate: false, status: null, cause: new Error('x') }).outcome).toBe('unknown');
  });

  it('is not-sent only when no connection was made or no time was left', () => {
    expect(read({ kind: 'not-sent', isLate: false })).toMatchObject({ outcome: 'not-sent', code: 'not-reached' });
    expect(read({ kind: 'not-sent', isLate: true })).toMatchObject({ outcome: 'not-sent', code: 'not-reached' });
  });
});
