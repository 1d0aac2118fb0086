import { describe, expect, it } from 'vitest';
import { groupHistory } from '#infra/proof/replay/wallet/group-history.ts';
import { type JudgeFacts, judgeHistory } from '#infra/proof/replay/wallet/judge-history.ts';
import { exitAtPrice, exitInRecording } from '#infra/proof/replay/wallet/price-exit.ts';
import { toWalletReport, type WalletRow } from '#infra/proof/replay/wallet/wallet-report.ts';
import { parseHistoryRows } from '#lib/adapters/polymarket/history/history-rows.ts';
import { renderWalletReplay } from '#lib/cli/render/wallet-replay-table.ts';
import { plainPaint, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { parseRecording } from '#lib/venue/books/parse-recording.ts';
import { aRecordingText } from '#test/factories/a-recording.ts';

const STARTS_AT_S = 1_776_081_600;
const ENDS_AT_S = STARTS_AT_S + 300;
const SLUG = `btc-updown-5m-${STARTS_AT_S}`;
const CONDITION = `0x${'ab'.repeat(32)}`;
const UP = '71321045679252212594626385532706912750332728571942532289631379312455583992563';
const DOWN = '52114319501245915516055106046884209969926127482827954674443846427813813222426';

type Row = Readonly<Record<string, unknown>>;

/** A trade of UP, so many seconds before the window's end. */
const trade = (side: 'BUY' | 'SELL', leadSeconds: number, size: number, price: number, change: Row = {}): Row => ({
  ...{ type: 'TRADE', token_id: UP, condition_id: CONDITION, slug: SLUG, outcome_index: 0, outcome: 'Up' },
  ...{ side, size, usdc_size: size * price, timestamp: ENDS_AT_S - leadSeconds },
  ...change,
});
const ofDown = { token_id: DOWN, outcome_index: 1, outcome: 'Down' };
const settled = (type: string, change: Row): Row => ({
  ...{ type, condition_id: CONDITION, slug: SLUG, timestamp: ENDS_AT_S + 100 },
  ...change,
});
const UP_WON = new Map([[CONDITION, [1_000_000n, 0n] as const]]);

const FACTS: JudgeFacts = {
  nowMs: (ENDS_AT_S + 600) * 1_000,
  exitLeadMs: 120_000,
  isTradesOnly: false,
  payouts: UP_WON,
};

function judge(rows: readonly Row[], changes: Partial<JudgeFacts> = {}) {
  return judgeHistory(groupHistory(parseHistoryRows(rows).rows), { ...FACTS, ...changes });
}

const PRICE = { priceMicros: 900_000n, observedAtMs: (ENDS_AT_S - 150) * 1_000, resolutionMs: 60_000 };

function report(rows: readonly Row[], changes: Partial<JudgeFacts> = {}, price: typeof PRICE | null = PRICE) {
  const facts = { ...FACTS, ...changes };
  const priced = judge(rows, changes).map((position) => ({
    position,
    reading: position.verdict === 'brought-home' ? exitAtPrice(price, position) : null,
  }));
  const times = { fromMs: STARTS_AT_S * 1_000, toMs: ENDS_AT_S * 1_000 };
  const history = { wallet: null, source: 'a test', rows: rows.length, trades: rows.length, ...times, notes: [] };
  return toWalletReport(history, priced, facts);
}

function onlyRow(rows: readonly Row[], changes: Partial<JudgeFacts> = {}): WalletRow | undefined {
  return report(rows, changes).positions[0];
}

describe('a position of the wallet', () => {
  it('that won and was not redeemed is told with what lies unclaimed, and what the exit would have changed', () => {
    // 40 shares at 90 cents less 0.07 · 0.9 · 0.1 · 40 = $0.252; holding pays $40.
    expect(onlyRow([trade('BUY', 200, 40, 0.5)])).toMatchObject({
      ...{ verdict: 'brought-home', result: 'won', isLeftToExpire: true, costMicros: 20_000_000 },
      ...{ redeemedMicros: 0, unclaimedMicros: 40_000_000, resultMicros: 20_000_000 },
      exit: { soldMicros: 40_000_000, price: 0.9, feesMicros: 252_000, proceedsMicros: 35_748_000 },
      differenceMicros: 35_748_000 - 40_000_000,
    });
  });

  it('that was redeemed has nothing unclaimed, in the newer form of the row and in the older', () => {
    const newer = settled('REDEEM', { token_id: UP, size: 40, usdc_size: 40 });
    const older = settled('REDEEM', { token_id: '', size: 40, usdc_size: 40 });
    for (const redeem of [newer, older]) {
      expect(onlyRow([trade('BUY', 200, 40, 0.5), redeem])).toMatchObject({
        ...{ redeemedMicros: 40_000_000, unclaimedMicros: 0, resultMicros: 20_000_000, isLeftToExpire: true },
      });
    }
  });

  it('whose result only the redemption tells has that result', () => {
    const redeem = settled('REDEEM', { token_id: UP, size: 40, usdc_size: 40 });
    expect(onlyRow([trade('BUY', 200, 40, 0.5), redeem], { payouts: new Map() })).toMatchObject({ result: 'won' });
  });

  it('that lost would have brought the exit’s proceeds', () => {
    const payouts = new Map([[CONDITION, [0n, 1_000_000n] as const]]);
    expect(onlyRow([trade('BUY', 200, 40, 0.5)], { payouts })).toMatchObject({
      ...{ result: 'lost', resultMicros: -20_000_000, unclaimedMicros: 0, differenceMicros: 35_748_000 },
    });
  });

  it('that was sold after the exit’s time is compared with that sale, and the rest with the result', () => {
    const rows = [trade('BUY', 200, 40, 0.5), trade('SELL', 30, 10, 0.2)];
    // Ten shares brought $2, thirty pay $30.
    expect(onlyRow(rows)).toMatchObject({
      ...{ soldMicros: 10_000_000, heldAtExitMicros: 40_000_000, heldAtEndMicros: 30_000_000 },
      ...{ resultMicros: 2_000_000 + 30_000_000 - 20_000_000, differenceMicros: 35_748_000 - 32_000_000 },
    });
  });

  it('that was sold before the exit’s time is none of the suite’s', () => {
    expect(onlyRow([trade('BUY', 250, 40, 0.5), trade('SELL', 130, 40, 0.6)])).toMatchObject({
      ...{ verdict: 'sold-earlier', isLeftToExpire: false, resultMicros: 4_000_000, exit: null },
    });
  });

  it.each([
    ['bought after the exit was due', [trade('BUY', 60, 40, 0.5)], 'bought-too-late'],
    [
      'of a market whose end no name tells',
      [trade('BUY', 60, 40, 0.5, { slug: 'will-it-rain' })],
      'exit-time-required',
    ],
    ['without a name', [trade('BUY', 60, 40, 0.5, { slug: '' })], 'market-unknown'],
    ['of less than a hundredth of a share', [trade('BUY', 200, 40, 0.5), trade('SELL', 150, 39.995, 0.5)], 'dust'],
    ['beside as many of the other outcome', [trade('BUY', 200, 9, 0.5), trade('BUY', 199, 9, 0.5, ofDown)], 'pairs'],
  ])('%s is left to its owner, with the reason', (_, rows, code) => {
    expect(onlyRow(rows)).toMatchObject({ verdict: 'left', reason: { code }, exit: null, differenceMicros: null });
  });

  it('larger than that of the other outcome is sold without the pairs', () => {
    const { positions } = report([trade('BUY', 200, 30, 0.5), trade('BUY', 199, 10, 0.5, ofDown)]);
    expect(positions.map(({ verdict, exit }) => [verdict, exit?.sharesMicros])).toEqual([
      ['brought-home', 20_000_000],
      ['left', undefined],
    ]);
    // Half of what thirty shares pay, times two thirds.
    expect(positions[0]?.differenceMicros).toBe(18_000_000 - 126_000 - 20_000_000);
  });

  it('of which more went out than came in is not counted', () => {
    const { positions, total } = report([trade('SELL', 200, 10, 0.5)]);
    expect(positions[0]).toMatchObject({ verdict: 'incomplete', resultMicros: null, unclaimedMicros: null });
    expect(total.expired.positions).toBe(0);
  });

  it('counts splits and merges, of one token and of both', () => {
    const split = { ...settled('SPLIT', { size: 10, usdc_size: 10 }), timestamp: ENDS_AT_S - 250 };
    const rows = [trade('BUY', 260, 1, 0.5), trade('BUY', 260, 1, 0.5, ofDown), split];
    const merged = settled('MERGE', { timestamp: ENDS_AT_S - 240, token_id: UP, size: 4, usdc_size: 2 });
    expect(judge([...rows, merged]).map(({ heldAtEndMicros, costMicros }) => [heldAtEndMicros, costMicros])).toEqual([
      [7_000_000n, 5_500_000n],
      [11_000_000n, 5_500_000n],
    ]);
  });

  it('is still running before its exit, and nothing of it is known yet', () => {
    const nowMs = (ENDS_AT_S - 150) * 1_000;
    expect(onlyRow([trade('BUY', 200, 40, 0.5)], { nowMs, payouts: new Map() })).toMatchObject({
      ...{ verdict: 'running', result: 'running', isLeftToExpire: false, resultMicros: null },
    });
  });

  it('with an exit later than the last order is refused as an opening is', () => {
    const row = onlyRow([trade('BUY', 200, 40, 0.5)], { exitLeadMs: 5_000 });
    expect(row).toMatchObject({ verdict: 'left', reason: { code: 'too-late-to-exit' } });
  });

  it('of a list of trades alone has no known redemption', () => {
    const row = onlyRow([trade('BUY', 200, 40, 0.5)], { isTradesOnly: true });
    expect(row).toMatchObject({ redeemedMicros: null, unclaimedMicros: null, resultMicros: 20_000_000 });
  });
});

describe('the price of an exit', () => {
  const [position] = judge([trade('BUY', 200, 40, 0.5)]);
  if (position === undefined) throw new Error('no position');

  it.each([
    ['of minutes before', { ...PRICE, observedAtMs: (ENDS_AT_S - 181) * 1_000 }],
    ['of a window that goes on too long', { ...PRICE, resolutionMs: 300_000 }],
    ['that is not known', null],
  ])('%s is unknown, and never zero', (_, price) => {
    expect(exitAtPrice(price, position)).toEqual({ unknown: expect.any(String) });
    const { positions, total } = report([trade('BUY', 200, 40, 0.5)], {}, price);
    expect(positions[0]).toMatchObject({ exit: null, exitUnknown: expect.any(String), differenceMicros: null });
    expect(total.difference).toMatchObject({ positions: 0, micros: 0, withoutPrice: 1 });
  });

  it('in a recorded window is what the suite itself sells for, as the book allows', async () => {
    const lines = Array.from({ length: 300 }, (_, second) => {
      const bids = [
        ['0.5', '10'],
        ['0.49', '200'],
      ];
      return JSON.stringify({ t: (STARTS_AT_S + second) * 1_000, up: { bids, asks: [['0.51', '200']] } });
    });
    const recording = parseRecording(`${SLUG}.jsonl.gz`, aRecordingText({ lines }));
    const reading = await exitInRecording(recording, position, 120_000);
    // The fees of ten shares at 50 cents and thirty at 49.
    const exit = { soldMicros: 40_000_000n, valueMicros: 19_700_000n, feesMicros: 175_000n + 524_790n };
    expect(reading).toEqual({ exit: { ...exit, source: 'recorded-book' } });
  });

  it('is unknown where the recording begins after it', async () => {
    const lines = [JSON.stringify({ t: (ENDS_AT_S - 60) * 1_000, up: { bids: [['0.5', '99']], asks: [] } })];
    const recording = parseRecording(`${SLUG}.jsonl.gz`, aRecordingText({ lines }));
    expect(await exitInRecording(recording, position, 120_000)).toEqual({ unknown: expect.any(String) });
  });
});

describe('the table', () => {
  const text = (rows: readonly Row[]) => renderWalletReplay(report(rows), plainPaint);

  it('fits a terminal and says in words what was lost, left and changed', () => {
    const shown = text([
      trade('BUY', 200, 40, 0.5),
      trade('BUY', 200, 3, 0.1, { slug: 'x'.repeat(90), condition_id: `0x${'cd'.repeat(32)}`, token_id: '1' }),
    ]);
    expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThanOrEqual(TERMINAL_WIDTH);
    expect(shown).toContain('BTC 5m 04-13 12:00  Up    $20.00  +$20.00  unclaimed  at ~90.0¢    -$4.25');
    expect(shown.replace(/\s+/g, ' ')).toContain('$40.00 of winnings in 1 position lie unclaimed');
    expect(shown).toContain('brought home 1 of the 2 positions at T − 2:00');
  });

  it('of a wallet without trades says so', () => {
    expect(text([])).toContain('has no trades');
  });
});
