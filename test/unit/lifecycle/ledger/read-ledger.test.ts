import { describe, expect, it } from 'vitest';
import { toCsv, toLedgerAnswer } from '#lib/cli/render/ledger-answer.ts';
import { renderLedger } from '#lib/cli/render/ledger-table.ts';
import { plainPaint, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { bookingsOf } from '#lib/domain/ledger/booking.ts';
import { isReconciled } from '#lib/domain/ledger/ledger-report.ts';
import type { WalletMovement } from '#lib/domain/ledger/wallet-movement.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { utcDay } from '#lib/domain/position/risk-limits.ts';
import { listTraded } from '#lib/lifecycle/ledger/list-traded.ts';
import { readLedger } from '#lib/lifecycle/ledger/read-ledger.ts';
import type { ClosedPageRequest } from '#lib/ports/store/position-store.ts';
import type { HistoryRange, HistoryToken, WalletBalances } from '#lib/ports/wallet/wallet-history.ts';
import { createMemoryPaperLedger } from '#lib/simulation/world/memory-paper-ledger.ts';
import { toJson } from '#lib/words/to-json.ts';
import { aPosition, WALLET } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';

const HOUR_MS = 3_600_000;
const verified = { feeDriftMicros: 0n };
const exited = aPosition({ state: 'exited', mode: 'live', trades: [aBuyTrade(verified), aSellTrade(verified)] });
const redeemed = aPosition({
  state: 'redeemed',
  ...{ mode: 'live', positionId: 'position-2', conditionId: `0x${'ab'.repeat(32)}`, tokenId: '55', otherTokenId: '56' },
  trades: [aBuyTrade({ ...verified, tradeId: '=a, "quoted" trade' })],
  ...{ payoutMicros: 36_000_000n, transactionHash: `0x${'cd'.repeat(32)}`, gasWei: 21_000_000_000_000n },
});
const DAY = utcDay(exited.openedAtMs);
const FROM_MS = Date.parse(`${DAY}T00:00:00Z`);
const NOW_MS = exited.closedAtMs + HOUR_MS;
const RANGE = { fromMs: FROM_MS, untilMs: FROM_MS + 24 * HOUR_MS };

/** A store that shows closed positions by day, two for each page, and open ones by the index. */
function storeOf(...positions: readonly Position[]) {
  const byId = new Map(positions.map((position) => [position.positionId, position]));
  return {
    listClosed: async (day: string, { pageToken = '0' }: ClosedPageRequest = {}) => {
      const ids = positions.flatMap((each) =>
        isClosed(each) && utcDay(each.closedAtMs) === day ? [each.positionId] : [],
      );
      const start = Number(pageToken);
      const more = start + 2 < ids.length ? { nextPageToken: String(start + 2) } : {};
      return { positionIds: ids.slice(start, start + 2), ...more };
    },
    listDue: async () => positions.flatMap((each) => (isClosed(each) ? [] : [each.positionId])),
    findMany: async (ids: readonly string[]) => ({
      positions: ids.flatMap((id) => byId.get(id) ?? []),
      corruptIds: [],
    }),
  };
}

let count = 0;
function movementsOf(...positions: readonly Position[]): readonly WalletMovement[] {
  return positions.flatMap(bookingsOf).map(({ cashMicros, shares, transactionHash, atMs }): WalletMovement => {
    count += 1;
    const hash = transactionHash ?? `0x${String(count).padStart(64, '0')}`;
    const movedBy = transactionHash === null ? 'exchange' : 'redeemer';
    return { transactionHash: hash, atMs: atMs + 2_000, cashMicros, shares, movedBy, payouts: [], gasWei: 0n };
  });
}

const aDeposit: WalletMovement = {
  ...{ transactionHash: `0x${'ee'.repeat(32)}`, atMs: FROM_MS + 1_000, cashMicros: 100_000_000n },
  ...{ shares: [], movedBy: 'other', payouts: [], gasWei: 0n },
};

/** A chain that says what it is given, and balances that add up unless changed. */
function liveSide(movements: readonly WalletMovement[], { openingMicros = 7n as bigint | null, gapMicros = 0n } = {}) {
  const asked: HistoryRange[] = [];
  const askedTokens: HistoryToken[] = [];
  const moved = movements.reduce((sum, { cashMicros }) => sum + cashMicros, 0n);
  const balances = (cashMicros: bigint): WalletBalances => ({ cashMicros, shares: new Map(), polWei: 5n });
  const history = {
    readHistory: async (range: HistoryRange, tokens: readonly HistoryToken[]) => {
      asked.push(range);
      askedTokens.push(...tokens);
      return {
        movements,
        opening: {
          blockNumber: 10n,
          blockAtMs: FROM_MS - 2_000,
          balances: openingMicros === null ? null : balances(openingMicros),
        },
        closing: {
          blockNumber: 99n,
          blockAtMs: NOW_MS - 3_000,
          balances: balances((openingMicros ?? 0n) + moved + gapMicros),
        },
      };
    },
  };
  return {
    asked,
    askedTokens,
    side: { mode: 'live', wallet: WALLET.toUpperCase().replace('0X', '0x'), history } as const,
  };
}

const clock = { nowMs: () => NOW_MS };
const readLive = (positions: readonly Position[], { side }: ReturnType<typeof liveSide>) =>
  readLedger({ store: storeOf(...positions), clock, side }, RANGE);

describe('the ledger of a live wallet', () => {
  it('adds up from the opening to the closing balance, with deposits by hand', async () => {
    const chain = liveSide([aDeposit, ...movementsOf(exited, redeemed)]);
    const report = await readLive([exited, redeemed], chain);
    expect(report).toMatchObject({ findings: [], unexplainedMicros: 0n, untilMs: NOW_MS - 2_999, positionCount: 2 });
    expect(isReconciled(report)).toBe(true);
    expect(report.totals.map(({ kind, isOfPositions }) => [kind, isOfPositions])).toEqual([
      ['buy', true],
      ['sell', true],
      ['fee', true],
      ['redeem', true],
      ['gas', true],
      ['deposit', false],
    ]);
    expect(chain.asked).toMatchObject([{ fromMs: FROM_MS, readFromMs: FROM_MS - HOUR_MS, untilMs: RANGE.untilMs }]);
  });

  it('names what one side alone has, and is not reconciled then', async () => {
    const [first, ...others] = movementsOf(exited);
    const report = await readLive([exited], liveSide(others));
    expect(report.findings).toMatchObject([{ kind: 'not-on-chain', positionIds: ['position-1'] }]);
    expect(report.unexplainedMicros).toBe(-(first?.cashMicros ?? 0n));
    expect(isReconciled(report)).toBe(false);
  });

  it('names balances that do not add up, and computes an opening that the node does not keep', async () => {
    const report = await readLive([exited], liveSide(movementsOf(exited), { gapMicros: 1n }));
    expect(report.findings).toMatchObject([{ kind: 'balance', cashMicros: 1n }]);
    const pruned = await readLive([exited], liveSide(movementsOf(exited), { openingMicros: null, gapMicros: 50n }));
    expect(pruned).toMatchObject({ findings: [], opening: { cashMicros: 50n, isComputed: true } });
  });

  it('leaves out paper, canaries, and positions of another wallet, and names the last', async () => {
    const foreign = aPosition({ ...exited, state: 'exited', positionId: 'position-9', wallet: `0x${'9'.repeat(40)}` });
    const paper = aPosition({ ...exited, state: 'exited', positionId: 'position-8', mode: 'paper' });
    const canary = aPosition({ ...exited, state: 'exited', positionId: 'position-7', origin: 'canary' });
    const report = await readLive([exited, foreign, paper, canary], liveSide(movementsOf(exited)));
    expect(report).toMatchObject({ findings: [], positionCount: 1, otherWalletIds: ['position-9'] });
  });
});

describe('the range of the ledger of a live wallet', () => {
  const depositAt = (atMs: number, cashMicros: bigint): WalletMovement => {
    return { ...aDeposit, atMs, cashMicros, transactionHash: `0x${String(cashMicros).padStart(64, '0')}` };
  };

  it('ends before the block after the newest one: what moves outside does not count in the balances', async () => {
    const endsAtMs = NOW_MS - 2_999;
    const times = [FROM_MS - 1, FROM_MS, endsAtMs - 1, endsAtMs];
    const [before = 0n, first = 0n, last = 0n, after = 0n] = [100n, 10n, 20n, 40n];
    const movements = [before, first, last, after].map((micros, at) => depositAt(times[at] ?? 0, micros));
    const report = await readLive([], liveSide(movements, { gapMicros: -before - after }));
    expect(report).toMatchObject({ findings: [], unexplainedMicros: 0n, untilMs: endsAtMs });
    expect(report.entries.map(({ cashMicros }) => cashMicros)).toEqual([first, last, after]);
  });

  it('reads an hour around it, with both tokens of each position that is open or ended no earlier', async () => {
    const ended = (positionId: string, closedAtMs: number, tokenId: string) =>
      aPosition({ ...exited, state: 'exited', positionId, closedAtMs, tokenId, otherTokenId: `${tokenId}-other` });
    const open = aPosition({ state: 'holding', mode: 'live', positionId: 'open', tokenId: '3', otherTokenId: '4' });
    const chain = liveSide([]);
    const report = await readLive(
      [open, ended('late', FROM_MS - HOUR_MS, '1'), ended('early', FROM_MS - HOUR_MS - 1, '2')],
      chain,
    );
    expect(report.positionCount).toBe(2);
    expect(chain.askedTokens).toEqual([
      { tokenId: '3', version: 'v1' },
      { tokenId: '4', version: 'v1' },
      { tokenId: '1', version: 'v1' },
      { tokenId: '1-other', version: 'v1' },
    ]);
    expect(chain.asked).toMatchObject([{ readFromMs: FROM_MS - HOUR_MS, readUntilMs: RANGE.untilMs + HOUR_MS }]);
  });

  it('has no balances where the node keeps none of its end', async () => {
    const { side } = liveSide(movementsOf(exited));
    const readHistory = async (...args: Parameters<typeof side.history.readHistory>) => {
      const reading = await side.history.readHistory(...args);
      return { ...reading, closing: { ...reading.closing, balances: null } };
    };
    const report = await readLedger(
      { store: storeOf(exited), clock, side: { ...side, history: { readHistory } } },
      RANGE,
    );
    expect(report).toMatchObject({ findings: [], opening: null, closing: null, unexplainedMicros: null });
  });
});

describe('the ledger on paper', () => {
  const bought = aPosition({
    state: 'redeemed',
    trades: [aBuyTrade({ ...verified, tradeId: `0x${'a'.repeat(64)}-1` })],
    payoutMicros: 36_000_000n,
  });
  const [trade] = bought.trades;

  async function readPaper(position: Position) {
    const ledger = createMemoryPaperLedger();
    const { sharesMicros = 0n, valueMicros = 0n, feesMicros = 0n } = trade ?? {};
    await ledger.record(bought, 0, {
      ...{
        orderHash: `0x${'a'.repeat(64)}`,
        recordId: 'r',
        positionId: bought.positionId,
        side: 'BUY',
        orderType: 'FAK',
      },
      ...{ requestedSharesMicros: sharesMicros, limitPriceMicros: 650_000n, bookAtMs: 0, settlesAtMs: 0 },
      acceptedAtMs: bought.openedAtMs,
      slices: [{ priceMicros: 650_000n, sharesMicros, valueMicros, feesMicros }],
    });
    return readLedger({ store: storeOf(position), clock, side: { mode: 'paper', ledger } }, RANGE);
  }

  it('equals the paper ledger, payout included, and has no balance', async () => {
    const report = await readPaper(bought);
    expect(report).toMatchObject({ findings: [], opening: null, closing: null, wallet: null, untilMs: NOW_MS });
    expect(report.entries.map(({ kind }) => kind)).toEqual(['buy', 'fee', 'redeem']);
  });

  it('names a payout of another size, and a fill that the row lacks', async () => {
    const wrong = await readPaper({ ...bought, payoutMicros: 35_999_999n });
    expect(wrong.findings).toMatchObject([{ kind: 'amounts-differ', cashMicros: 1n }]);
    const worthless = aPosition({ state: 'worthless', trades: [] });
    expect((await readPaper(worthless)).findings).toMatchObject([{ kind: 'not-on-record' }]);
  });
});

describe('what people and programs are shown', () => {
  it('fits 80 columns, to the micro, with the mismatches and the verdict last', async () => {
    const [, ...others] = movementsOf(exited, redeemed);
    const report = await readLive([exited, redeemed], liveSide([aDeposit, ...others], { openingMicros: null }));
    const text = renderLedger(report, NOW_MS, plainPaint);
    expect(text).toMatch(/^00:00:01 deposit +100\.000000 +by hand 0xeeeeeeee…eeeeee/m);
    expect(text).toMatch(/ redeem +36\.000000 -36\.000000 position-2/);
    expect(text).toMatch(/ gas +-0\.000021 POL/);
    expect(text).toMatch(/MISMATCH .*-23\.973300 \$ and \+36\.000000 shares/);
    expect(text).toMatch(/computed: the node keeps no/);
    expect(text.trimEnd()).toMatch(/One mismatch between the rows and the chain\. Nothing was changed\.$/);
    for (const line of text.split('\n')) expect(line.trimEnd().length).toBeLessThanOrEqual(TERMINAL_WIDTH);
  });

  it('has amounts as text and times in UTC, and quotes what a spreadsheet would split', async () => {
    const report = await readLive([redeemed], liveSide(movementsOf(redeemed)));
    const lines = toCsv(report).split('\r\n');
    expect(lines[0]).toBe(
      'at,kind,positionId,conditionId,tokenId,cashMicros,sharesMicros,gasWei,transactionHash,reference,isProvisional',
    );
    expect(lines).toHaveLength(5);
    expect(lines[1]).toMatch(
      /^2026-.*Z,buy,position-2,0xabab.*,55,-23400000,36000000,0,0x.*,"'=a, ""quoted"" trade",false$/,
    );
    expect(lines[4]).toMatch(/,gas,position-2,0xabab[^,]*,,0,0,-21000000000000,0xcd/);
    const answer = JSON.parse(toJson(toLedgerAnswer(report)));
    expect(answer).toMatchObject({ isReconciled: true, unexplainedMicros: '0', from: `${DAY}T00:00:00.000Z` });
    expect(answer.entries[2]).toMatchObject({ kind: 'redeem', cashMicros: '36000000', sharesMicros: '-36000000' });
  });
});

describe('the positions of a range', () => {
  it('are all that are open, and all that closed since the day before, page by page', async () => {
    const closed = ['1', '2', '3'].map((positionId) => aPosition({ ...exited, state: 'exited', positionId }));
    const dayBefore = aPosition({ ...exited, state: 'exited', positionId: '4', closedAtMs: FROM_MS - 1 });
    const earlier = aPosition({ ...exited, state: 'exited', positionId: '5', closedAtMs: FROM_MS - 24 * HOUR_MS - 1 });
    const open = aPosition({ state: 'holding', mode: 'live', positionId: '6' });
    const store = storeOf(...closed, dayBefore, earlier, open);
    const { positions } = await listTraded({ store }, 'live', FROM_MS, NOW_MS);
    expect(positions.map(({ positionId }) => positionId)).toEqual(['6', '4', '1', '2', '3']);
  });

  it('include one that closes between the two lists', async () => {
    const awaiting = aPosition({ state: 'awaiting-resolution', mode: 'live' });
    const closed = aPosition({ ...exited, state: 'exited', positionId: awaiting.positionId });
    let isClosedYet = false;
    const store = {
      listDue: async () => {
        const open = isClosedYet ? [] : [awaiting.positionId];
        isClosedYet = true;
        return open;
      },
      listClosed: async () => {
        const positionIds = isClosedYet ? [closed.positionId] : [];
        isClosedYet = true;
        return { positionIds };
      },
      findMany: async (ids: readonly string[]) => ({ positions: ids.map(() => closed), corruptIds: [] }),
    };
    expect(await listTraded({ store }, 'live', FROM_MS, NOW_MS)).toEqual({ positions: [closed], corruptIds: [] });
  });
});
