import { describe, expect, it } from 'vitest';
import type { SignedVenueOrder } from '#infra/venue/chain/venue-chain.ts';
import { readOrderAmounts } from '#infra/venue/clob/order-amounts.ts';
import { pageOf } from '#infra/venue/clob/wire-pages.ts';

const CENT = 10_000n;

function read(side: 'BUY' | 'SELL', makerAmount: string, takerAmount: string, tick = CENT, isMarketOrder = true) {
  const order = { side, makerAmount, takerAmount } as SignedVenueOrder;
  return readOrderAmounts(order, '0xabc', tick, isMarketOrder);
}

describe('size and price from an order’s amounts', () => {
  it.each([
    ['a sell', read('SELL', '4890000', '1956000'), 4_890_000n, 400_000n],
    ['a buy by size', read('BUY', '3250000', '25000000'), 25_000_000n, 130_000n],
    ['a buy for a sum', read('BUY', '10000000', '34482700'), 34_482_700n, 290_000n],
    ['the smallest sell there is', read('SELL', '10000', '100'), 10_000n, 10_000n],
    ['a finer tick', read('SELL', '10000000', '9650000', 1_000n), 10_000_000n, 965_000n],
  ])('reads %s', (_what, amounts, sharesMicros, limitPriceMicros) => {
    expect(amounts).toMatchObject({ sharesMicros, limitPriceMicros });
  });

  it.each([
    [
      'a price between two ticks',
      read('SELL', '10000000', '4050000'),
      'Price (0.405) breaks minimum tick size rule: 0.01',
    ],
    ['a price of one', read('SELL', '10000000', '10000000'), 'breaks minimum tick size rule'],
    ['a price below the tick', read('SELL', '10000000', '40000'), 'breaks minimum tick size rule'],
    ['a size of three decimals', read('SELL', '4893000', '1957200'), 'invalid amounts'],
    ['cash of five decimals', read('SELL', '1230000', '504310'), 'invalid amounts'],
    ['a resting buy for a sum', read('BUY', '10000000', '34482700', CENT, false), 'invalid amounts'],
    ['nothing', read('SELL', '0', '0'), 'invalid amounts'],
  ])('refuses %s', (_what, amounts, words) => {
    expect(amounts).toEqual({ refusal: expect.stringContaining(words) });
  });
});

describe('pages of a list', () => {
  const items = [1, 2, 3, 4, 5];

  it('begin at MA== and end with LTE=', () => {
    const first = pageOf(items, '', 2);
    expect(pageOf(items, 'MA==', 2)).toEqual(first);
    expect(first).toMatchObject({ limit: 2, count: 2, data: [1, 2] });
    const second = pageOf(items, first?.next_cursor ?? '', 2);
    expect(second?.data).toEqual([3, 4]);
    expect(pageOf(items, second?.next_cursor ?? '', 2)).toMatchObject({ data: [5], next_cursor: 'LTE=' });
    expect(pageOf([], 'MA==', 2)).toEqual({ limit: 2, count: 0, data: [], next_cursor: 'LTE=' });
  });

  it('are not given for a cursor nobody handed out', () => {
    expect([pageOf(items, 'LTE=', 2), pageOf(items, 'xyz', 2)]).toEqual([undefined, undefined]);
  });
});
