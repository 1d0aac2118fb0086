import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitOf } from '#lib/adapters/http/request-json.ts';
import { createIndexedResults } from '#lib/adapters/polymarket/data-api/indexed-results.ts';
import { createPolymarketWalletPositions } from '#lib/adapters/polymarket/data-api/polymarket-wallet-positions.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { WalletPositions } from '#lib/ports/wallet/wallet-positions.ts';
import { type CannedServer, startCannedServer } from '#test/fixtures/canned-server.ts';

const WALLET = '0xAbCdEf0000000000000000000000000000000001';
const V1_TOKEN = '71321045679252212594626385532706912750332728571942532289631379312455583992563';
const V1_CONDITION = `0x${'ab'.repeat(31)}00`;
const V2_CONDITION = `0x01${'cd'.repeat(16)}`.padEnd(64, '0');
const V2_TOKEN = String((BigInt(V2_CONDITION) << 8n) | 1n);

const page = (data: unknown, next: string | null = null, more = next !== null) =>
  JSON.stringify({ data, pagination: { limit: 2, offset: 0, has_more: more, next_cursor: next } });

describe('the adapter of the Data API', () => {
  let server: CannedServer;
  let positions: WalletPositions;
  beforeAll(async () => {
    server = await startCannedServer();
    positions = createPolymarketWalletPositions({ clock: { nowMs: Date.now }, dataHost: `${server.host}/data/` });
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    server.requests.length = 0;
  });
  const soon = () => Date.now() + 5_000;
  const holdings = () => positions.listHoldings(WALLET, soon());

  it('asks for both kinds of shares that are held, with every filter on every page', async () => {
    server.answer((url) => ({ body: page([], url.includes('cursor') ? null : 'next') }));
    await holdings();
    expect(server.requests.toSorted()).toEqual(
      ['OPEN', 'REDEEMABLE_LOST'].flatMap((status) =>
        ['', '&cursor=next'].map(
          (cursor) =>
            `/data/v2/positions?user=${WALLET.toLowerCase()}&status=${status}&filter_amount=0&include_archived=true&limit=500${cursor}`,
        ),
      ),
    );
  });

  it('keeps rows with unknown statuses, fields, outcomes and missing figures, and counts those without ids', async () => {
    const row = { token_id: V2_TOKEN, condition_id: `${V2_CONDITION}00`, current_size: '1.2346', status: 'PAUSED' };
    const strange = { ...row, outcome_index: 999, end_date: 'soon', brand_new: {} };
    const v1 = { ...row, token_id: V1_TOKEN, condition_id: V1_CONDITION.toUpperCase().replace('X', 'x') };
    server.answer(() => ({ body: page([strange, v1, { ...row, token_id: '' }, 'row']) }));
    const found = await holdings();
    const unknown = { marketSlug: null, outcomeIndex: null, oppositeTokenId: null, marketEndsAtMs: null };
    const common = { ...unknown, negRisk: false, isRedeemable: false, sharesMicros: 1_234_600n };
    expect(found.holdings).toEqual([
      { ...common, tokenId: V2_TOKEN, conditionId: V2_CONDITION },
      { ...common, tokenId: V1_TOKEN, conditionId: V1_CONDITION },
    ]);
    expect(found.unreadableCount).toBe(4);
    expect(found.unreadableNames).toHaveLength(4);
  });

  it('reads activities of types it does not know, older redemptions without a token, and cash alone', async () => {
    const base = { timestamp: 1_790_000_000, transaction_hash: `0x${'1'.repeat(64)}`, size: 5, usdc_size: 5 };
    server.answer(() => ({
      body: page([
        { ...base, type: 'REDEEM', token_id: '', condition_id: V1_CONDITION, side: '' },
        { ...base, type: 'AIRDROP', token_id: '', condition_id: '' },
        { ...base, type: 'TRADE', transaction_hash: 'none' },
      ]),
    }));
    const found = await positions.listActivity({ walletAddress: WALLET, sinceMs: 0, type: 'REDEEM' }, soon());
    expect(server.requests[0]).toContain('start=1&exclude_deposits_withdrawals=false&limit=1000&type=REDEEM');
    const read = {
      atMs: 1_790_000_000_000,
      tokenId: null,
      side: null,
      sharesMicros: 5_000_000n,
      cashMicros: 5_000_000n,
    };
    expect(found).toMatchObject({
      activities: [
        { ...read, type: 'REDEEM', conditionId: V1_CONDITION },
        { ...read, type: 'OTHER', conditionId: null },
      ],
      unreadableCount: 1,
    });
  });

  it.each([
    ['missing data', JSON.stringify({ pagination: {} })],
    ['more rows without a cursor', page([], null, true)],
    ['the same cursor again', page([], 'again')],
    ['a list without an envelope', '[]'],
  ])('fails on %s, because an incomplete list would hide shares', async (_, body) => {
    server.answer(() => ({ body }));
    await expect(holdings()).rejects.toBeInstanceOf(UnexpectedReplyError);
  });

  it('is unavailable on 429 and 5xx, with the wait that is asked for, and names a refusal by its code', async () => {
    server.answer(() => ({ status: 429, body: '{"retryable":true}', headers: { 'retry-after': '7' } }));
    const limited: unknown = await holdings().catch((error: unknown) => error);
    expect([limited instanceof UpstreamUnavailableError, waitOf(limited)]).toEqual([true, 7_000]);
    server.answer(() => ({ status: 503, body: '' }));
    await expect(holdings()).rejects.toBeInstanceOf(UpstreamUnavailableError);
    server.answer(() => ({ status: 400, body: '{"error":"offset","code":"BAD_REQUEST","trace_id":"x"}' }));
    await expect(holdings()).rejects.toMatchObject({ context: { status: 400, code: 'BAD_REQUEST' } });
  });

  it.each([
    ['UP', { status: 'resolved', payouts: [1_000_000, 0] }],
    ['DOWN', { status: 'RESOLVED', payouts: ['0', '1000000'] }],
    [null, { status: 'resolved', payouts: [500_000, 500_000] }],
    [null, { status: 'posed', payouts: [1_000_000, 0] }],
    [null, { status: 'resolved' }],
  ] as const)('names %s the winner by %j', async (winner, row) => {
    server.answer(() => ({ body: page([{ condition_id: `${V2_CONDITION}00`, ...row }]) }));
    const market = { marketSlug: 'any', conditionId: V2_CONDITION };
    expect(await createIndexedResults(positions).findWinner(market, soon())).toBe(winner);
    expect(server.requests).toEqual([`/data/v2/resolutions?condition=${V2_CONDITION}00`]);
  });
});
