import { describe, expect, test } from 'vitest';
import type { ExitingPosition } from '#lib/domain/position/position.ts';
import type { WalletHoldings } from '#lib/domain/position/wallet-holdings.ts';
import { diagnoseRefusal, type RefusalReads } from '#lib/domain/refusal/diagnose-refusal.ts';
import {
  type BalanceFigures,
  CAUSE_OF_CODE,
  REFUSAL_CODES,
  type RefusalCause,
  type RefusalCode,
} from '#lib/domain/refusal/refusal.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent, BUY_ORDER_HASH, HEDGE_ORDER_HASH, SELL_ORDER_HASH } from '#test/factories/an-intent.ts';

const NO_READS: RefusalReads = {
  balanceMicros: null,
  approved: null,
  restingOrderCount: null,
  orders: null,
  holdings: null,
};
const ALL = 36_000_000n;
const onChain = (sharesMicros: bigint, overrides: Partial<WalletHoldings> = {}): WalletHoldings => ({
  sharesMicros,
  otherSharesMicros: 0n,
  approved: null,
  ...overrides,
});
const figures = (overrides: Partial<BalanceFigures> = {}): BalanceFigures => ({
  balanceMicros: 0n,
  activeOrdersMicros: 0n,
  matchedOrdersMicros: 0n,
  orderMicros: ALL,
  ...overrides,
});
const text = 'not enough balance / allowance';
type Row = {
  readonly position?: Partial<ExitingPosition>;
  readonly figures?: BalanceFigures;
  readonly text?: string;
  readonly reads?: Partial<RefusalReads>;
};
const unsettled = aBuyTrade({ status: 'provisional' });
const reported = { sharesMicros: 6_000_000n, valueMicros: 1n, feesMicros: 0n };
const matchedSell = aLiveAttempt({ phase: { phase: 'matched', reported } });
const hedge = { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 20_000_000n };
const boughtOrder = { orderHash: BUY_ORDER_HASH, working: false, trades: [aBuyTrade()] };
const soldOrder = { orderHash: SELL_ORDER_HASH, working: false, trades: [aSellTrade()] };

function diagnose(row: Row) {
  const position = aPosition({ state: 'exiting', ...row.position });
  const refusal = { code: 'balance-or-allowance' as const, text: row.text ?? text };
  return diagnoseRefusal(position, row.figures === undefined ? refusal : { ...refusal, figures: row.figures }, {
    ...NO_READS,
    ...row.reads,
  });
}

describe('the cause of "not enough balance / allowance"', () => {
  test.each<[string, RefusalCause, Row]>([
    [
      'the bought shares have not settled, as the venue’s trades show',
      'unsettled-buy',
      { figures: figures(), reads: { orders: [{ orderHash: BUY_ORDER_HASH, working: false, trades: [unsettled] }] } },
    ],
    [
      'the bought shares have not settled, as the row shows when nothing can be read',
      'unsettled-buy',
      { position: { trades: [unsettled] } },
    ],
    [
      'a confirmed sale left no shares, so fewer had arrived than were recorded',
      'fewer-shares',
      {
        position: { trades: [aBuyTrade(), aSellTrade({ sharesMicros: 35_000_000n })] },
        figures: figures({ orderMicros: 1_000_000n }),
        reads: { balanceMicros: 0n, holdings: onChain(0n), orders: [] },
      },
    ],
    [
      'no shares are there and none were sold: a zero balance alone proves nothing',
      'balance-unexplained',
      { figures: figures(), reads: { balanceMicros: 0n, holdings: onChain(0n), orders: [] } },
    ],
    [
      'the venue’s balance is behind the chain',
      'stale-balance',
      { figures: figures({ balanceMicros: 1_000_000n }), reads: { holdings: onChain(ALL) } },
    ],
    ['the venue’s balance is right by now', 'stale-balance', { reads: { balanceMicros: ALL } }],
    ['a fee was taken in shares', 'fewer-shares', { figures: figures({ balanceMicros: 35_500_000n }) }],
    [
      'our own resting orders reserve the shares, by the figures',
      'own-resting-orders',
      { figures: figures({ balanceMicros: ALL, activeOrdersMicros: ALL }) },
    ],
    ['our own resting orders reserve the shares, by a read', 'own-resting-orders', { reads: { restingOrderCount: 1 } }],
    [
      'the matched counter is stuck',
      'stuck-matched-counter',
      { figures: figures({ balanceMicros: ALL, matchedOrdersMicros: 5_000_000n }) },
    ],
    [
      'our own sale is counted and has not settled',
      'stale-balance',
      {
        position: { attempts: [matchedSell] },
        figures: figures({ balanceMicros: 30_000_000n, matchedOrdersMicros: 6_000_000n }),
      },
    ],
    [
      'the text says that the approval is missing',
      'missing-approval',
      { text: `${text}: the allowance is not enough -> spender: 0x0` },
    ],
    [
      'a read shows that the approval is missing',
      'missing-approval',
      { reads: { approved: false, balanceMicros: ALL } },
    ],
    [
      'the venue checks another wallet',
      'wrong-wallet',
      {
        figures: figures(),
        reads: { balanceMicros: 0n, approved: false, holdings: onChain(ALL, { approved: true }) },
      },
    ],
    ['a sell that was given up has filled', 'already-sold', { figures: figures(), reads: { orders: [soldOrder] } }],
    [
      'a failed sale is no sale',
      'balance-unexplained',
      { figures: figures(), reads: { orders: [{ ...soldOrder, trades: [aSellTrade({ status: 'failed' })] }] } },
    ],
    [
      'the wallet holds the other outcome',
      'wrong-token',
      { figures: figures(), reads: { balanceMicros: 0n, holdings: onChain(0n, { otherSharesMicros: ALL }) } },
    ],
    [
      'one of the buy’s trades has not settled',
      'unsettled-buy',
      {
        reads: {
          orders: [{ ...boughtOrder, trades: [aBuyTrade(), aBuyTrade({ tradeId: 'trade-9', status: 'provisional' })] }],
        },
      },
    ],
    [
      'the buy has no end yet',
      'unsettled-buy',
      { position: { attempts: [aLiveAttempt({ intent: anIntent({ side: 'BUY' }) })] } },
    ],
    [
      'a buy of the other outcome that has not settled says nothing about these shares',
      'balance-unexplained',
      {
        position: {
          hedge,
          attempts: [
            aLiveAttempt({ intent: anIntent({ side: 'BUY', orderHash: HEDGE_ORDER_HASH, tokenId: 'other' }) }),
          ],
        },
        reads: {
          orders: [{ ...boughtOrder, orderHash: HEDGE_ORDER_HASH, trades: [aHedgeTrade({ status: 'provisional' })] }],
        },
      },
    ],
    [
      'a buy without a record is no sale',
      'balance-unexplained',
      { position: { trades: [] }, reads: { orders: [boughtOrder] } },
    ],
    [
      'our own recorded sale has not settled',
      'stale-balance',
      {
        position: { trades: [aBuyTrade(), aSellTrade({ status: 'provisional' })] },
        figures: figures({ matchedOrdersMicros: 6_000_000n }),
        reads: { orders: [{ ...soldOrder, trades: [aSellTrade({ status: 'provisional' })] }] },
      },
    ],
    [
      'our own sale is counted, and its trade is seen before it is recorded',
      'stale-balance',
      {
        position: { attempts: [matchedSell] },
        figures: figures({ matchedOrdersMicros: 6_000_000n }),
        reads: { orders: [soldOrder] },
      },
    ],
    [
      'our own sale ended and its trades are not known',
      'stale-balance',
      {
        position: { attempts: [aLiveAttempt({ phase: { phase: 'ended', sinceMs: 1 } })] },
        figures: figures({ matchedOrdersMicros: 6_000_000n }),
      },
    ],
    [
      'a buy of the other outcome is matched, which counts no shares',
      'stuck-matched-counter',
      {
        position: {
          attempts: [
            { ...matchedSell, intent: anIntent({ side: 'BUY', orderHash: HEDGE_ORDER_HASH, tokenId: 'other' }) },
          ],
        },
        figures: figures({ matchedOrdersMicros: 6_000_000n }),
      },
    ],
    [
      'the buy has settled, and only the row says otherwise',
      'stuck-matched-counter',
      {
        position: { trades: [unsettled] },
        figures: figures({ matchedOrdersMicros: 6_000_000n }),
        reads: { orders: [boughtOrder] },
      },
    ],
    [
      'a sell of ours has filled and its answer was lost',
      'already-sold',
      { position: { attempts: [aLiveAttempt()] }, reads: { orders: [soldOrder] } },
    ],
    [
      'the wallet holds as many of the other outcome, and these as well',
      'balance-unexplained',
      { reads: { holdings: onChain(ALL, { otherSharesMicros: ALL }) } },
    ],
    [
      'a failed sale does not prove that shares are missing',
      'balance-unexplained',
      {
        position: { trades: [aBuyTrade(), aSellTrade({ status: 'failed' })] },
        figures: figures(),
        reads: { holdings: onChain(0n), orders: [] },
      },
    ],
    [
      'after a sale only the orders can be read',
      'balance-unexplained',
      { position: { trades: [aBuyTrade(), aSellTrade({ sharesMicros: 16_000_000n })] }, reads: { orders: [] } },
    ],
    [
      'after a sale venue and chain have what is left',
      'balance-unexplained',
      {
        position: { trades: [aBuyTrade(), aSellTrade({ sharesMicros: 16_000_000n })] },
        figures: figures({ balanceMicros: 20_000_000n, orderMicros: 20_000_000n }),
        reads: { holdings: onChain(20_000_000n), orders: [] },
      },
    ],
    [
      'after a sale the balance is zero, and no order can be read',
      'balance-unexplained',
      {
        position: { trades: [aBuyTrade(), aSellTrade({ sharesMicros: 16_000_000n })] },
        figures: figures(),
        reads: { holdings: onChain(0n) },
      },
    ],
    ['no read succeeds', 'balance-unexplained', {}],
    ['a zero balance proves nothing', 'balance-unexplained', { figures: figures(), reads: { balanceMicros: 0n } }],
  ])('%s', (_, cause, row) => {
    expect(diagnose(row).cause).toBe(cause);
  });

  test.each(REFUSAL_CODES.filter((code) => code !== 'balance-or-allowance'))('is not diagnosed for "%s"', (code) => {
    expect(diagnoseRefusal(aPosition({ state: 'exiting' }), { code, text }, NO_READS)).toEqual({
      cause: CAUSE_OF_CODE[code],
      sellableMicros: null,
      shortfallMicros: null,
    });
  });

  test('limits the next sell to the free shares, in steps of 0.01', () => {
    expect(
      diagnose({ figures: figures({ balanceMicros: 35_509_999n, matchedOrdersMicros: 500_000n }) }).sellableMicros,
    ).toBe(35_000_000n);
  });

  test('uses an old balance as limit only after a refresh without effect', () => {
    const clampOf = (count: number) =>
      diagnose({
        position: { refusals: { 'stale-balance': count } },
        figures: figures({ balanceMicros: 1_000_000n }),
        reads: { holdings: onChain(ALL) },
      });
    expect(clampOf(0)).toMatchObject({ cause: 'stale-balance', sellableMicros: null });
    expect(clampOf(1)).toMatchObject({ cause: 'stale-balance', sellableMicros: 1_000_000n });
  });

  test('does not limit the next sell to zero shares', () => {
    expect(diagnose({ figures: figures({ balanceMicros: 9_999n }) }).sellableMicros).toBeNull();
  });

  test('limits the next sell to a hundredth of a share at least', () => {
    expect(diagnose({ figures: figures({ balanceMicros: 10_000n }) }).sellableMicros).toBe(10_000n);
  });

  test('takes the chain’s shares as limit only where they are what is missing', () => {
    const reads = { restingOrderCount: 1, holdings: onChain(30_000_000n) };
    expect(diagnose({ reads })).toMatchObject({ cause: 'own-resting-orders', sellableMicros: null });
  });

  test('names no shortfall beside another cause', () => {
    const reads = { restingOrderCount: 1, balanceMicros: 30_000_000n, holdings: onChain(30_000_000n), orders: [] };
    expect(diagnose({ reads })).toMatchObject({ cause: 'own-resting-orders', shortfallMicros: null });
  });

  test('proves no shortfall while two orders are under way', () => {
    const reads = { holdings: onChain(30_000_000n), orders: [] };
    const shortfallWith = (count: number) =>
      diagnose({
        position: { attempts: Array.from({ length: count }, () => aLiveAttempt()) },
        figures: figures({ balanceMicros: 30_000_000n }),
        reads,
      }).shortfallMicros;
    expect(shortfallWith(1)).toBe(6_000_000n);
    expect(shortfallWith(2)).toBeNull();
  });

  test('proves a shortfall only if venue and chain agree and all orders were looked up', () => {
    const short = figures({ balanceMicros: 30_000_000n });
    const holdings = onChain(30_000_000n);
    const shortfallOf = (reads: Partial<RefusalReads>) => diagnose({ figures: short, reads }).shortfallMicros;
    expect(shortfallOf({})).toBeNull();
    expect(shortfallOf({ holdings })).toBeNull();
    expect(shortfallOf({ holdings: onChain(20_000_000n), orders: [] })).toBeNull();
    expect(shortfallOf({ holdings, orders: [] })).toBe(6_000_000n);
  });

  test('limits the next sell to the shares on chain if the venue gives no figures', () => {
    expect(diagnose({ reads: { holdings: onChain(35_509_999n) } })).toMatchObject({
      cause: 'fewer-shares',
      sellableMicros: 35_500_000n,
    });
  });

  test.each<[string, RefusalCause, Partial<RefusalReads>]>([
    ['the chain shows none', 'missing-approval', { holdings: onChain(ALL, { approved: false }), approved: true }],
    ['nothing contradicts the venue', 'missing-approval', { approved: false }],
    [
      'the chain allows it: the venue is out of date',
      'stale-balance',
      { approved: false, holdings: onChain(ALL, { approved: true }) },
    ],
  ])('reports a missing approval only while %s', (_, cause, reads) => {
    expect(diagnose({ reads }).cause).toBe(cause);
  });

  test('reports another wallet when refreshes do not change the balance', () => {
    const reads = { balanceMicros: 0n, approved: true, holdings: onChain(ALL) };
    const afterRefreshes = (count: number, approved: boolean | null = true) => {
      const position = { refusals: { 'stale-balance': count } };
      return diagnose({ position, figures: figures(), reads: { ...reads, approved } }).cause;
    };
    expect(afterRefreshes(2)).toBe('stale-balance');
    expect(afterRefreshes(3)).toBe('wrong-wallet');
    // If the venue does not report approvals, the first refusal may come from an outdated balance.
    expect(afterRefreshes(0, null)).toBe('stale-balance');
    expect(afterRefreshes(1, null)).toBe('wrong-wallet');
  });

  test('suspects no other wallet as long as one of the balances shows shares', () => {
    const position = { refusals: { 'stale-balance': 3 } };
    const causeOf = (seen: bigint, readMicros: bigint) => {
      const reads = { balanceMicros: readMicros, approved: true, holdings: onChain(ALL) };
      return diagnose({ position, figures: figures({ balanceMicros: seen }), reads }).cause;
    };
    expect(causeOf(0n, 1_000_000n)).toBe('stale-balance');
    expect(causeOf(1_000_000n, 0n)).toBe('stale-balance');
  });

  test.each<[RefusalCause, Exclude<RefusalCode, 'balance-or-allowance'>, string]>([
    ['book-moved', 'invalid-order', 'invalid post-only order: order crosses book'],
    ['book-moved', 'invalid-order', 'the order would cross the spread'],
    [CAUSE_OF_CODE['no-match'], 'no-match', 'no order crosses this price'],
  ])('finds %s for %s with the text "%s"', (cause, code, words) => {
    const refusal = { code, text: words };
    expect(diagnoseRefusal(aPosition({ state: 'exiting' }), refusal, NO_READS).cause).toBe(cause);
  });
});
