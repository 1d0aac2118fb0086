import { describe, expect, it } from 'vitest';
import type { HttpOutcome } from '#lib/adapters/http/send-request.ts';
import { toOrderReply } from '#lib/adapters/polymarket/orders/to-order-reply.ts';
import type { RefusalCode, WaitCode } from '#lib/domain/refusal/refusal.ts';
import type { OrderReply } from '#lib/ports/venue/exchange.ts';
import { anIntent } from '#test/factories/an-intent.ts';

const ORDER = `order 0x${'ab'.repeat(32)}`;
const BALANCE = 'not enough balance / allowance';

const context = {
  intent: anIntent(),
  feeRateMicros: 70_000n,
  redact: (text: string) => text,
  nowMs: 1_773_307_380_000,
};

function answered(status: number, body: string, headers: Record<string, string> = {}): HttpOutcome {
  return { kind: 'answered', status, headers: new Headers(headers), text: body };
}

/** Every text of venue §2.7 and §3.1 that refuses for good. */
const REFUSALS: readonly (readonly [number, string, RefusalCode])[] = [
  [400, BALANCE, 'balance-or-allowance'],
  [400, `${BALANCE}: the balance is not enough -> balance: 0, order amount: 5000000`, 'balance-or-allowance'],
  [
    400,
    `${BALANCE}: the balance is not enough -> balance: 5000000, sum of active orders: 1000000, sum of matched orders: 4855820, order amount (inc. fees): 5000000`,
    'balance-or-allowance',
  ],
  [
    400,
    `${BALANCE}: the allowance is not enough -> spender: 0xE111180000d2663C0091e4f400237545B87B996B, allowance: 0, order amount (inc. fees): 5000000`,
    'balance-or-allowance',
  ],
  [400, "order couldn't be fully filled. FOK orders are fully filled or killed.", 'no-match'],
  [
    400,
    'no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.',
    'no-match',
  ],
  [400, `${ORDER} is invalid. Price (0.5100011220024684) breaks minimum tick size rule: 0.01`, 'tick-size'],
  [400, `${ORDER} is invalid. Size (0.1) lower than the minimum: 5`, 'order-size'],
  [
    400,
    'invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals',
    'order-size',
  ],
  [400, 'invalid amount for a marketable BUY order ($0.9975), min size: $1', 'order-size'],
  [400, `${ORDER} crosses the book`, 'invalid-order'],
  [400, 'invalid post-only order: order crosses book', 'invalid-order'],
  [400, 'the market is not yet ready to process new orders', 'market-not-ready'],
  [400, 'maker address not allowed, please use the deposit wallet flow', 'account-blocked'],
  [400, 'the order signer address has to be the address of the API KEY', 'account-blocked'],
  [400, 'the order owner has to be the owner of the API KEY', 'account-blocked'],
  [400, 'invalid signature', 'invalid-order'],
  [400, 'order_version_mismatch', 'invalid-order'],
  [400, "'0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266' address banned", 'account-blocked'],
  [400, "'0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266' address in closed only mode", 'account-blocked'],
  [400, 'invalid nonce', 'invalid-order'],
  [400, 'invalid expiration', 'invalid-order'],
  [400, 'order canceled in the CTF exchange contract', 'invalid-order'],
  [400, 'Invalid order payload', 'invalid-order'],
  [400, 'Invalid token id', 'invalid-order'],
  [401, 'Unauthorized/Invalid api key', 'account-blocked'],
  [401, 'Unauthorized', 'account-blocked'],
  [401, 'Invalid L1 Request headers', 'account-blocked'],
  [403, 'Trading restricted in your region, please refer to available regions', 'account-blocked'],
  [404, 'No orderbook exists for the requested token id', 'market-over'],
  [404, 'market not found', 'market-over'],
  [403, '<!DOCTYPE html><html>Attention Required!</html>', 'blocked-before-venue'],
];

const WAITS: readonly (readonly [number, string, WaitCode])[] = [
  [425, 'the matching engine is restarting', 'engine-restarting'],
  [425, '', 'engine-restarting'],
  [429, 'Too Many Requests', 'rate-limited'],
  [429, '<html>error 1015</html>', 'rate-limited'],
  [503, 'Trading is currently disabled. Check polymarket.com for updates', 'trading-disabled'],
  [503, 'Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.', 'cancel-only-mode'],
  [503, 'post-only mode: only post-only orders and cancels are allowed', 'post-only-mode'],
  [503, 'POST_ONLY_MODE', 'post-only-mode'],
  [400, 'post-only mode: only post-only orders and cancels are allowed', 'post-only-mode'],
];

const UNKNOWNS: readonly (readonly [number, string])[] = [
  [400, 'rpc error: code = Canceled desc = context canceled'],
  [404, 'not found: context canceled'],
  [400, 'order match delayed due to market conditions'],
  [400, 'error delaying the order'],
  [400, 'could not run the execution'],
  [400, 'order timed out'],
  [500, 'could not insert order'],
  [500, 'there are no matching orders'],
  [500, 'the trade contains rounding issues'],
  [500, "the price of the taker's order has a discrepancy greater than allowed with the worst maker order"],
  [500, 'Internal server error'],
  [502, '<html><title>502 Bad Gateway</title></html>'],
  [503, 'upstream connect error or disconnect/reset before headers'],
  [504, ''],
  [408, 'Request Timeout'],
  [302, ''],
];

const SPELLINGS: readonly (readonly [string, (text: string) => string])[] = [
  ['as it is', (text) => text],
  ['in upper case', (text) => text.toUpperCase()],
  ['in lower case', (text) => text.toLowerCase()],
  ['behind a prefix', (text) => `invalid request: ${text}`],
];

const WRAPPINGS: readonly (readonly [string, (text: string) => string])[] = [
  ['as an error', (text) => JSON.stringify({ error: text })],
  ['as an error with an order id', (text) => JSON.stringify({ error: text, orderID: '0x1' })],
  ['as an error message', (text) => JSON.stringify({ success: false, errorMsg: text, orderID: '' })],
  ['as bare text', (text) => text],
];

describe('a mode with a code', () => {
  it('is recognised by the code, whatever the text beside it', () => {
    const body = JSON.stringify({ code: 'post_only_mode', error: 'the book is reopening', retry_after_seconds: 79 });
    const reply = toOrderReply(answered(503, body), context);
    expect(reply).toMatchObject({ outcome: 'not-sent', code: 'post-only-mode', retryAfterMs: 79_000 });
  });
});

describe.each(SPELLINGS)('a text of the venue %s', (_spelling, spell) => {
  describe.each(WRAPPINGS)('%s', (_wrapping, wrap) => {
    it.each(REFUSALS)('%i "%s" is a refusal: %s', (status, text, code) => {
      const reply = toOrderReply(answered(status, wrap(spell(text))), context);
      expect(reply).toMatchObject({ outcome: 'refused', code });
    });

    it.each(WAITS)('%i "%s" was not sent: %s', (status, text, code) => {
      expect(toOrderReply(answered(status, wrap(spell(text))), context)).toMatchObject({ outcome: 'not-sent', code });
    });

    it.each(UNKNOWNS)('%i "%s" leaves the outcome unknown', (status, text) => {
      expect(toOrderReply(answered(status, wrap(spell(text))), context).outcome).toBe('unknown');
    });

    it('a duplicate is a duplicate', () => {
      const text = spell(`${ORDER} is invalid. Duplicated.`);
      expect(toOrderReply(answered(400, wrap(text)), context)).toEqual({ outcome: 'duplicate' });
    });
  });
});

describe('a success that carries an error message', () => {
  it.each(REFUSALS)('is the rejection it says (%i "%s": %s)', (_status, errorMsg, code) => {
    const body = JSON.stringify({
      success: true,
      errorMsg,
      orderID: '',
      status: '',
      makingAmount: '',
      takingAmount: '',
    });
    expect(toOrderReply(answered(200, body), context)).toMatchObject({ outcome: 'refused', code });
  });

  it('is unknown when it says that something was filled, too', () => {
    const filled = { success: true, errorMsg: 'invalid nonce', orderID: '0x1', status: 'matched' };
    const amounts = { ...filled, makingAmount: '10', takingAmount: '5.7' };
    expect(toOrderReply(answered(200, JSON.stringify(amounts)), context).outcome).toBe('unknown');
    const trades = { ...filled, tradeIDs: ['t-1'] };
    expect(toOrderReply(answered(200, JSON.stringify(trades)), context).outcome).toBe('unknown');
  });

  it('is unrecognised when no known text matches', () => {
    const body = JSON.stringify({ success: false, errorMsg: 'a sentence nobody has heard', orderID: '' });
    expect(toOrderReply(answered(200, body), context)).toMatchObject({ outcome: 'refused', code: 'unrecognised' });
  });
});

describe('how long the venue wants us to wait', () => {
  const waitOf = (reply: OrderReply) => (reply.outcome === 'not-sent' ? reply.retryAfterMs : undefined);

  it.each([
    [429, '{"error":"Too Many Requests"}', { 'retry-after': '3' }, 3_000],
    [429, '{"error":"Too Many Requests"}', { 'retry-after': '0.5' }, 500],
    [429, '{"error":"Too Many Requests"}', { 'retry-after': new Date(context.nowMs + 4_000).toUTCString() }, 4_000],
    [429, '{"error":"Too Many Requests"}', { 'x-ratelimit-reset-after': '1.5' }, 1_500],
    [429, '{"error":"Too Many Requests","retry_after":0.25}', {}, 250],
    [429, '<html>error 1015</html>', {}, null],
    [418, '{"error":"Too Many Requests"}', { 'retry-after': '7' }, 7_000],
    [425, '', { 'retry-after': '2' }, 2_000],
    [429, '{"error":"Too Many Requests"}', {}, null],
    [503, '{"error":"post-only mode: only post-only orders","retry_after_seconds":107}', {}, 107_000],
    [503, '{"error":"post-only mode: only post-only orders","retry_after_seconds":"12"}', {}, 12_000],
    [503, '{"error":"post-only mode: only post-only orders","retry_after_seconds":-1}', {}, null],
    [503, '{"error":"trading is currently disabled"}', { 'retry-after': '9000' }, 300_000],
    [425, '', {}, null],
  ])('%i %s with %o: %s', (status, body, headers, expected) => {
    expect(waitOf(toOrderReply(answered(status, body, headers as Record<string, string>), context))).toBe(expected);
  });
});
