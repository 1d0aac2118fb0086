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
    [400, `${ORDER} was killed: no counterparty`, 'no-match'],
    [400, 'Order killed', 'no-match'],
    [400, 'order not filled', 'no-match'],
    [400, 'could not find a match', 'no-match'],
    [404, 'Order book not available', 'market-over'],
    [404, 'the order-book for token 123 is missing', 'market-over'],
    [400, 'trading has not started for this market', 'market-not-ready'],
    [400, 'Market opens at 12:00 UTC', 'market-not-ready'],
    [400, 'balance too low', 'balance-or-allowance'],
    [400, 'sum of active orders exceeds balance', 'balance-or-allowance'],
    [400, 'something nobody has heard of', 'unrecognised'],
  ])('%i "%s" is a refusal: %s', (status, text, code) => {
    expect(classifyVenueError(status, text)).toMatchObject({ outcome: 'refused', code, text });
  });

  it.each([
    [425, 'The matching engine is restarting', 'engine-restarting'],
    [429, 'Too Many Requests', 'rate-limited'],
    [400, 'Request throttled', 'rate-limited'],
    [403, 'Slow down!', 'rate-limited'],
    [400, 'order would take, the exchange is in maker-only mode', 'post-only-mode'],
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
    [409, 'conflict'],
    [200, ''],
  ])('%i "%s" answers and leaves open whether the order was placed', (status, text) => {
    expect(classifyVenueError(status, text)).toEqual({ outcome: 'unknown', text, isAnswered: true });
  });

  it.each([
    [502, '<html><title>502 Bad Gateway</title></html>'],
    [500, '<html><title>500 Internal Server Error</title></html>'],
    [503, 'upstream connect error'],
    [504, 'Gateway Timeout'],
    [520, 'Web server is returning an unknown error'],
    [524, 'A timeout occurred'],
    [530, 'error'],
  ])('%i "%s" is a gateway that has no answer: the order may still be under way', (status, text) => {
    expect(classifyVenueError(status, text)).toEqual({ outcome: 'unknown', text: expect.any(String) });
  });

  it.each([
    [
      403,
      '<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head>',
      'Attention Required! | Cloudflare',
    ],
    [400, '<html><head><title>400 Bad Request</title></head></html>', '400 Bad Request'],
    [403, '<html><body><h1>Sorry, you have   been blocked</h1></body></html>', 'Sorry, you have been blocked'],
    [405, '<HTML><TITLE>Method Not Allowed</TITLE>', 'Method Not Allowed'],
    [403, 'error code: 1020', 'error code: 1020'],
    [403, '{"title":"Error 1010","cloudflare_error":true}', 'Error 1010'],
    [403, 'forbidden', 'forbidden'],
    [403, 'Forbidden', 'Forbidden'],
    [403, 'Access denied', 'Access denied'],
    [403, 'Your IP address has been blocked', 'Your IP address has been blocked'],
    [403, 'Request blocked. Incapsula incident ID: 1-2', 'Request blocked'],
    [403, '', ''],
  ])('%i "%s" is blocked before the venue, and keeps what the page says', (status, page, said) => {
    const meaning = classifyVenueError(status, page);
    expect(meaning).toMatchObject({ outcome: 'refused', code: 'blocked-before-venue' });
    expect(meaning).toHaveProperty('text', expect.stringContaining(said));
    expect(meaning).toHaveProperty('text', expect.not.stringContaining('<'));
  });

  it.each([
    // The venue's list of errors until 2025 (docs.polymarket.com, developers/CLOB/orders/create-order), and its names.
    ["order couldn't be fully filled, FOK orders are fully filled/killed", 'no-match'],
    ['order couldn’t be fully filled, FOK orders are fully filled/killed', 'no-match'],
    ['FOK_ORDER_NOT_FILLED_ERROR', 'no-match'],
    ['FOK orders are filled or killed', 'no-match'],
    ['there are no matching orders', 'no-match'],
    ['order is invalid. Price breaks minimum tick size rules', 'tick-size'],
    ['INVALID_ORDER_MIN_TICK_SIZE', 'tick-size'],
    ['invalid price (1.2), min: 0.01 - max: 0.99', 'tick-size'],
    ['order is invalid. Size lower than the minimum', 'order-size'],
    ['INVALID_ORDER_MIN_SIZE', 'order-size'],
    ['invalid amount for a marketable BUY order ($0.38), min size: 1', 'order-size'],
    ['INVALID_ORDER_NOT_ENOUGH_BALANCE', 'balance-or-allowance'],
    ['insufficient balance', 'balance-or-allowance'],
    [
      'the orderbook 13815952460361514493880496712561164230868624302562138286445313445449019645304 does not exist',
      'market-over',
    ],
    ["the order book 123 doesn't exist", 'market-over'],
    ['No orderbook exists for the requested token id', 'market-over'],
    ['market is closed', 'market-over'],
    ['the market has been resolved', 'market-over'],
    ['market not yet accepting orders', 'market-not-ready'],
    ['MARKET_NOT_READY', 'market-not-ready'],
    ['Market is not yet ready to process new orders', 'market-not-ready'],
    ['the market is not accepting orders', 'market-not-ready'],
    ['order expired', 'invalid-order'],
    ['the order has expired', 'invalid-order'],
    ['INVALID_ORDER_EXPIRATION', 'invalid-order'],
    ['expiration must be in the future', 'invalid-order'],
    ['INVALID_POST_ONLY_ORDER', 'invalid-order'],
    ['invalid post-only order: only GTC and GTD order types are allowed', 'invalid-order'],
    ['invalid order signature', 'invalid-order'],
    ['Invalid api key', 'account-blocked'],
    ['API_KEY has expired', 'account-blocked'],
    ['user_banned', 'account-blocked'],
    ['account in closed-only mode', 'account-blocked'],
    ['Unavailable for legal reasons', 'account-blocked'],
  ])('"%s" is known in older and newer wordings: %s', (text, code) => {
    expect(classifyVenueError(400, text)).toMatchObject({ outcome: 'refused', code, text });
  });

  it.each([
    ['trading is paused', 'trading-disabled'],
    ['condition_paused', 'trading-disabled'],
    ['the exchange is down for maintenance', 'trading-disabled'],
    ['Rate limit exceeded', 'rate-limited'],
    ['the matching engine is restarting', 'engine-restarting'],
    ['POST_ONLY_MODE', 'post-only-mode'],
    ['cancels only', 'cancel-only-mode'],
  ])('"%s" is a wait in other words: %s', (text, code) => {
    expect(classifyVenueError(400, text)).toEqual({ outcome: 'not-sent', code, text });
  });

  it.each([
    'EXECUTION_ERROR',
    'DELAYING_ORDER_ERROR',
    'ORDER_DELAYED',
    'context deadline exceeded',
    'INSERT_ORDER_ERROR',
  ])('"%s" leaves open whether the order was placed', (text) => {
    expect(classifyVenueError(400, text)).toEqual({ outcome: 'unknown', text, isAnswered: true });
  });

  it.each([
    'order is invalid. Duplicated. Same order has already been placed',
    'INVALID_ORDER_DUPLICATED',
    'order already exists',
  ])('"%s" is a duplicate', (text) => {
    expect(classifyVenueError(400, text)).toEqual({ outcome: 'duplicate' });
  });

  it.each([
    [401, 'no', 'account-blocked'],
    [451, 'no', 'account-blocked'],
    [402, 'no', 'unrecognised'],
    [413, 'no', 'unrecognised'],
    [422, 'no', 'unrecognised'],
  ])('%i is a refusal in whatever words: %s %s', (status, text, code) => {
    expect(classifyVenueError(status, text)).toMatchObject({ outcome: 'refused', code });
  });

  it('recognises a duplicate', () => {
    expect(classifyVenueError(400, `${ORDER} is invalid. Duplicated.`)).toEqual({ outcome: 'duplicate' });
    expect(classifyVenueError(409, 'order already exists')).toEqual({ outcome: 'duplicate' });
  });

  it.each([
    [425, 'engine-restarting'],
    [429, 'rate-limited'],
    [418, 'rate-limited'],
  ])('%i is a wait in whatever words: %s', (status, code) => {
    expect(classifyVenueError(status, 'no')).toEqual({ outcome: 'not-sent', code, text: 'no' });
  });

  it.each([
    [519, 'no'],
    [531, 'no'],
    [500, 'no'],
    [302, '<html><title>Found</title></html>'],
  ])('%i "%s" is no answer of a gateway', (status, text) => {
    expect(classifyVenueError(status, text)).toMatchObject({ outcome: 'unknown', isAnswered: true });
  });

  it('reads words through dashes, underlines and runs of spaces', () => {
    expect(classifyVenueError(400, 'post - only__mode')).toMatchObject({ code: 'post-only-mode' });
  });

  it.each([
    ['<html><title lang="en">Blocked</title><p>You</p></html>', 'Blocked'],
    ['<html><title> </title><style>p { color: red }</style><script>go()</script><p>Blocked</p></html>', 'Blocked'],
    ['<html><title>  Sorry,\n you are  blocked </title></html>', 'Sorry, you are blocked'],
    [`<html><title>${'x'.repeat(200)}</title></html>`, 'x'.repeat(120)],
    ['<html></html>', 'empty'],
  ])('of the page %s says: %s', (page, said) => {
    expect(classifyVenueError(400, page)).toHaveProperty('text', `a web page instead of an answer: ${said}`);
  });

  it('names no figures where the venue gave none', () => {
    expect(classifyVenueError(400, 'not enough balance / allowance')).not.toHaveProperty('figures');
  });

  it('returns the figures of a balance refusal', () => {
    const text = 'not enough balance / allowance: the balance is not enough -> balance: 4893500, order amount: 5000000';
    expect(classifyVenueError(400, text)).toMatchObject({
      figures: { balanceMicros: 4_893_500n, activeOrdersMicros: 0n, matchedOrdersMicros: 0n, orderMicros: 5_000_000n },
    });
  });
});
