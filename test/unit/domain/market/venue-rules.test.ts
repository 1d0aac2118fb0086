import { describe, expect, it } from 'vitest';
import {
  accuracyRefusal,
  findAccuracyRefusal,
  findBuyMinimumRefusal,
  findRestingMinimumRefusal,
  findSizeRefusal,
  findTickRefusal,
  NO_MATCH_TEXT,
  NO_ORDERBOOK_TEXT,
  type RuledOrder,
  toDecimalText,
} from '#lib/domain/market/venue-rules.ts';
import { classifyVenueError } from '#lib/domain/refusal/venue-error-text.ts';

const ORDER: RuledOrder = {
  orderHash: '0xab',
  side: 'BUY',
  orderType: 'FAK',
  sharesMicros: 2_000_000n,
  limitPriceMicros: 500_000n,
};

describe('the venue’s rules for orders', () => {
  it('accept a buy of exactly one dollar, and a sell below it', () => {
    expect(findBuyMinimumRefusal(ORDER)).toBeNull();
    expect(findBuyMinimumRefusal({ ...ORDER, sharesMicros: 1_980_000n })?.text).toContain('($0.9900), min size: $1');
    expect(findBuyMinimumRefusal({ ...ORDER, side: 'SELL', sharesMicros: 10_000n })).toBeNull();
    expect(findBuyMinimumRefusal({ ...ORDER, orderType: 'GTC', sharesMicros: 10_000n })).toBeNull();
  });

  it('ask of a resting order alone for the market’s minimum of shares', () => {
    const resting: RuledOrder = { ...ORDER, orderType: 'GTC', sharesMicros: 4_990_000n };
    expect(findRestingMinimumRefusal(resting, 5_000_000n)?.text).toContain('Size (4.99) lower than the minimum: 5');
    expect(findRestingMinimumRefusal({ ...resting, sharesMicros: 5_000_000n }, 5_000_000n)).toBeNull();
    expect(findRestingMinimumRefusal({ ...resting, orderType: 'FOK' }, 5_000_000n)).toBeNull();
  });

  it.each([
    [0n, false],
    [1_000n, true],
    [1_500n, false],
    [999_000n, true],
    [1_000_000n, false],
  ])('accept prices between one tick and one dollar less a tick: %s', (limitPriceMicros, isAccepted) => {
    expect(findTickRefusal({ ...ORDER, limitPriceMicros }, 1_000n) === null).toBe(isAccepted);
  });

  it('accept cash of a buy in cents and of a sell in hundredths of a cent, of orders that do not rest', () => {
    const uneven = { ...ORDER, sharesMicros: 1_010_000n, limitPriceMicros: 570_000n };
    expect(findAccuracyRefusal(uneven)).not.toBeNull();
    expect(findAccuracyRefusal({ ...uneven, side: 'SELL' })).toBeNull();
    expect(findAccuracyRefusal({ ...uneven, side: 'SELL', limitPriceMicros: 570_500n })).not.toBeNull();
    expect(findAccuracyRefusal({ ...uneven, orderType: 'GTC' })).toBeNull();
  });

  it.each([
    [10_000n, true],
    [1_010_000n, true],
    [1_005_000n, false],
    [0n, false],
    [-10_000n, false],
  ])('accept sizes above zero in hundredths of a share: %s is %s', (sharesMicros, isAccepted) => {
    expect(findSizeRefusal(sharesMicros) === null).toBe(isAccepted);
  });

  it('accept sizes in the step that is named', () => {
    expect(findSizeRefusal(1_005_000n, 5_000n)).toBeNull();
    expect(findSizeRefusal(1_005_000n, 2_000n)).not.toBeNull();
  });

  it('refuse a size finer than a hundredth whose cash is even', () => {
    const order = { ...ORDER, sharesMicros: 25_000n, limitPriceMicros: 400_000n };
    expect(findAccuracyRefusal(order)).toEqual({
      code: 'order-size',
      text:
        'invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, ' +
        'taker amount a max of 4 decimals',
    });
  });

  it.each([
    [505_000n, '0.505'],
    [10_000n, '0.01'],
    [120_000_000n, '120'],
    [100_500_000n, '100.5'],
    [1n, '0.000001'],
    [0n, '0'],
  ])('write %s micros as %s', (micros, text) => {
    expect(toDecimalText(micros)).toBe(text);
  });

  it('refuse in words that are read back as the same refusal', () => {
    const refusals = [
      findTickRefusal({ ...ORDER, limitPriceMicros: 505_000n }, 10_000n),
      findSizeRefusal(1_005_000n),
      findRestingMinimumRefusal({ ...ORDER, orderType: 'GTC' }, 5_000_000n),
      findBuyMinimumRefusal({ ...ORDER, sharesMicros: 10_000n }),
      accuracyRefusal('market', 'BUY', 4),
      accuracyRefusal('limit', 'SELL', 5),
      { code: 'no-match', text: NO_MATCH_TEXT.FAK } as const,
      { code: 'no-match', text: NO_MATCH_TEXT.FOK } as const,
      { code: 'market-over', text: NO_ORDERBOOK_TEXT } as const,
    ];
    for (const refusal of refusals) {
      expect(classifyVenueError(400, refusal?.text ?? '')).toEqual({ outcome: 'refused', ...refusal });
    }
  });
});
