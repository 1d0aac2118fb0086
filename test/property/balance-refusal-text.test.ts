import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBalanceRefusal, parseBalanceRefusal } from '#lib/domain/refusal/balance-refusal-text.ts';

const micros = fc.bigInt({ min: 0n, max: 10n ** 30n });
const figures = fc.record({
  balanceMicros: micros,
  activeOrdersMicros: fc.oneof(fc.constant(0n), micros),
  matchedOrdersMicros: fc.oneof(fc.constant(0n), micros),
  orderMicros: micros,
});

describe('parseBalanceRefusal', () => {
  it('reads back whatever formatBalanceRefusal writes, in any case and wrapping', () => {
    fc.assert(
      fc.property(figures, fc.constantFrom('', '{"error":"', 'HTTP 400: '), fc.boolean(), (one, before, isUpper) => {
        const text = `${before}${formatBalanceRefusal(one)}`;
        expect(parseBalanceRefusal(isUpper ? text.toUpperCase() : text)).toEqual({ kind: 'balance', figures: one });
      }),
    );
  });

  it('never throws, and reads nothing out of other texts', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseBalanceRefusal(text)).toBeUndefined();
        expect(parseBalanceRefusal(`not enough balance / allowance${text}`)).toBeDefined();
      }),
    );
  });

  it('reads the bare shape', () => {
    expect(parseBalanceRefusal('not enough balance / allowance')).toEqual({ kind: 'bare' });
  });

  it('reads the short shape', () => {
    const text = 'not enough balance / allowance: the balance is not enough -> balance: 4893500, order amount: 5000000';
    expect(parseBalanceRefusal(text)).toEqual({
      kind: 'balance',
      figures: { balanceMicros: 4_893_500n, activeOrdersMicros: 0n, matchedOrdersMicros: 0n, orderMicros: 5_000_000n },
    });
  });

  it('reads the long shape with and without active orders', () => {
    const opening = 'not enough balance / allowance: the balance is not enough -> balance: 100';
    const rest = 'sum of matched orders: 30, order amount (inc. fees): 80';
    const read = { balanceMicros: 100n, activeOrdersMicros: 0n, matchedOrdersMicros: 30n, orderMicros: 80n };
    expect(parseBalanceRefusal(`${opening}, ${rest}`)).toEqual({ kind: 'balance', figures: read });
    expect(parseBalanceRefusal(`${opening}, sum of active orders: 20, ${rest}`)).toEqual({
      kind: 'balance',
      figures: { ...read, activeOrdersMicros: 20n },
    });
  });

  it('reads a missing approval with and without matched orders', () => {
    const spender = '0xE111180000d2663C0091e4f400237545B87B996B';
    const opening = `not enough balance / allowance: the allowance is not enough -> spender: ${spender}, allowance: 7`;
    const read = { kind: 'allowance', spender, allowanceMicros: 7n, matchedOrdersMicros: 0n, orderMicros: 80n };
    expect(parseBalanceRefusal(`${opening}, order amount (inc. fees): 80`)).toEqual(read);
    expect(parseBalanceRefusal(`${opening}, sum of matched orders: 5, order amount (inc. fees): 80`)).toEqual({
      ...read,
      matchedOrdersMicros: 5n,
    });
  });

  it('writes the short shape only while nothing is reserved', () => {
    const one = { balanceMicros: 5n, activeOrdersMicros: 0n, matchedOrdersMicros: 0n, orderMicros: 9n };
    const opening = 'not enough balance / allowance: the balance is not enough -> balance: 5';
    expect(formatBalanceRefusal(one)).toBe(`${opening}, order amount: 9`);
    expect(formatBalanceRefusal({ ...one, matchedOrdersMicros: 3n })).toBe(
      `${opening}, sum of matched orders: 3, order amount (inc. fees): 9`,
    );
    expect(formatBalanceRefusal({ ...one, activeOrdersMicros: 2n })).toBe(
      `${opening}, sum of active orders: 2, sum of matched orders: 0, order amount (inc. fees): 9`,
    );
  });

  it('gives up an allowance without the amount of the order', () => {
    const text = `not enough balance / allowance: the allowance is not enough -> spender: 0x${'1'.repeat(40)}, allowance: 7`;
    expect(parseBalanceRefusal(text)).toEqual({ kind: 'bare' });
  });

  it('gives up figures it cannot trust', () => {
    const tooLong = '9'.repeat(79);
    const text = `not enough balance / allowance: the balance is not enough -> balance: ${tooLong}, order amount: 5`;
    expect(parseBalanceRefusal(text)).toEqual({ kind: 'bare' });
  });
});
