import { describe, expect, it } from 'vitest';
import { classifyVenueError } from '#lib/domain/refusal/venue-error-text.ts';

const ORDER = `order 0x${'ab'.repeat(32)}`;

describe('classifyVenueError', () => {
  it.each([
    [400, 'not enough balance / allowance', 'balance-or-allowance'],
    [400, 'not enough balance / allowance: the allowance is not enough -> spender: 0xE1', 'balance-or-allowance'],
    [400, "order couldn't be fully filled. FOK orders are fully filled or killed.", 'no-match'],
    [400, 'no orders found to match with FAK order. FAK orders are partially filled or killed.', 'no-match'],
    [400, `${ORDER} is invalid. Price (0.015) breaks minimum tick size rule: 0.01`, 'tick-size'],
    [400, `${ORDER} is invalid. Size (0.1) lower than the minimum: 5`, 'order-size'],
    [400, 'invalid amounts, the sizes have at most two decimals', 'order-size'],
    [404, 'No orderbook exists for the requested token id', 'market-over'],
    [400, 'the market is not yet ready to process new orders', 'market-not-ready'],
    [400, 'maker address not allowed, please use the deposit wallet flow', 'account-blocked'],
    [401, 'Unauthorized/Invalid api key', 'account-blocked'],
    [400, "'0xAA' address in closed only mode", 'account-blocked'],
    [400, 'invalid signature', 'invalid-order'],
    [400, 'something nobody has heard of', 'unrecognised'],
  ])('%i "%s" is a refusal: %s', (status, text, code) => {
    expect(classifyVenueError(status, text)).toMatchObject({ outcome: 'refused', code, text });
  });

  it.each([
    [425, 'The matching engine is restarting', 'engine-restarting'],
    [429, 'Too Many Requests', 'rate-limited'],
    [503, 'post-only mode: only post-only orders and cancels are allowed', 'post-only-mode'],
    [503, 'The exchange is in cancel-only mode', 'cancel-only-mode'],
    [503, 'Trading is currently disabled. Please try again later', 'trading-disabled'],
  ])('%i "%s" was not sent: %s', (status, text, code) => {
    expect(classifyVenueError(status, text)).toEqual({ outcome: 'not-sent', code, text });
  });

  it.each([
    [400, 'rpc error: context canceled'],
    [500, 'could not insert order'],
    [500, 'could not run the execution'],
    [500, 'there are no matching orders'],
    [400, '<html>a page from in between</html>'],
    [403, '<html>Sorry, you have been blocked</html>'],
    [200, ''],
  ])('%i "%s" answers and leaves open whether the order was placed', (status, text) => {
    expect(classifyVenueError(status, text)).toEqual({ outcome: 'unknown', text, isAnswered: true });
  });

  it.each([
    [502, '<html><title>502 Bad Gateway</title></html>'],
    [500, '<html><title>500 Internal Server Error</title></html>'],
    [503, 'upstream connect error'],
    [504, 'Gateway Timeout'],
    [524, 'A timeout occurred'],
  ])('%i "%s" is a gateway that has no answer: the order may still be under way', (status, text) => {
    expect(classifyVenueError(status, text)).toEqual({ outcome: 'unknown', text });
  });

  it('recognises a duplicate', () => {
    expect(classifyVenueError(400, `${ORDER} is invalid. Duplicated.`)).toEqual({ outcome: 'duplicate' });
  });

  it('returns the figures of a balance refusal', () => {
    const text = 'not enough balance / allowance: the balance is not enough -> balance: 4893500, order amount: 5000000';
    expect(classifyVenueError(400, text)).toMatchObject({
      figures: { balanceMicros: 4_893_500n, activeOrdersMicros: 0n, matchedOrdersMicros: 0n, orderMicros: 5_000_000n },
    });
  });
});
