import { describe, expect, it } from 'vitest';
import type { Finding } from '#lib/domain/ledger/finding.ts';
import type { LedgerEntry } from '#lib/domain/ledger/ledger-entry.ts';
import {
  differenceKeyOf,
  findCashMoved,
  findLedgerDifferences,
  findMissingShares,
  type KnownAction,
  type WalletDifference,
} from '#lib/domain/news/wallet-difference.ts';
import type { OpenPosition, Position } from '#lib/domain/position/position.ts';
import { NOTHING_SETTLED } from '#lib/domain/position/settlement-progress.ts';
import { aPosition, WALLET } from '#test/factories/a-position.ts';
import { aBuyTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';

const CONDITION_ID = `0x${'c0'.repeat(32)}`;
const HASH = `0x${'Ab'.repeat(32)}`;
const OTHER_HASH = `0x${'cd'.repeat(32)}`;

describe('missing shares', () => {
  const holding = aPosition({ state: 'holding' });
  const boughtAtMs = holding.trades[0]?.matchedAtMs ?? 0;
  const block = { number: 7_000n, atMs: boughtAtMs + 120_000 };
  const inWallet = (position: Position, sharesMicros: bigint, at = block) =>
    findMissingShares([position], { sharesOf: new Map([[position.tokenId, sharesMicros]]), block: at });

  it('are told with the market, the position and the amount, once for each amount', () => {
    expect(inWallet(holding, 35_000_000n)).toEqual([
      {
        difference: {
          wallet: WALLET,
          kind: 'shares-missing',
          atMs: block.atMs,
          marketSlug: 'btc-updown-5m-1773307200',
          conditionId: CONDITION_ID,
          positionIds: ['position-1'],
          cashMicros: '0',
          shares: [{ tokenId: holding.tokenId, sharesMicros: '-1000000' }],
          transactionHashes: [],
        },
        toldKeys: ['shares-missing#position-1#-1000000'],
      },
    ]);
  });

  it('are told from 0.01 share on, and more shares than recorded are none', () => {
    expect(inWallet(holding, 35_990_000n)).toHaveLength(1);
    expect(inWallet(holding, 35_990_001n)).toEqual([]);
    expect(inWallet(holding, 99_000_000n)).toEqual([]);
  });

  it('are told two minutes after the match of every trade, when these are final on chain', () => {
    expect(inWallet(holding, 0n, { ...block, atMs: block.atMs - 1 })).toEqual([]);
    const trades = [aBuyTrade({ matchedAtMs: 0 }), aBuyTrade({ tradeId: 'late', matchedAtMs: boughtAtMs + 1 })];
    expect(inWallet({ ...holding, trades }, 0n)).toEqual([]);
  });

  const found = { sharesMicros: 36_000_000n, costMicros: null, blockNumber: 7_000n };
  const settlement = { ...NOTHING_SETTLED, payout: { own: 1n, other: 0n, total: 1n } };

  it.each<[string, OpenPosition]>([
    ['counted at this block', { ...holding, found }],
    ['exiting, between two sells', aPosition({ state: 'exiting' })],
    ['past its deadline, without a result', aPosition({ state: 'awaiting-resolution' })],
  ])('are told of a position that is %s', (_, position) => {
    expect(inWallet(position, 0n)).toHaveLength(1);
  });

  it.each<[string, Position]>([
    ['closed', aPosition({ state: 'worthless' })],
    ['buying', aPosition({ state: 'buying', trades: [aBuyTrade({ matchedAtMs: 0 })] })],
    ['about to sell', aPosition({ state: 'exiting', attempts: [aLiveAttempt()] })],
    ['counted at a later block', { ...holding, found: { ...found, blockNumber: 7_001n } }],
    ['resolved: settlement explains its shares', aPosition({ state: 'awaiting-resolution', settlement })],
  ])('are not told of a position that is %s', (_, position) => {
    expect(inWallet(position, 0n)).toEqual([]);
  });

  it('are not told of a token whose balance was not read', () => {
    expect(findMissingShares([holding], { sharesOf: new Map(), block })).toEqual([]);
  });
});

const aFinding = (changes: Partial<Finding> = {}): Finding => ({
  kind: 'not-on-record',
  atMs: 9_000_000,
  positionIds: ['position-1'],
  conditionId: CONDITION_ID,
  cashMicros: 5_000_000n,
  shares: [{ tokenId: '71', sharesMicros: -9_000_000n }],
  transactionHashes: [HASH],
  ...changes,
});

const anAction = (changes: Partial<KnownAction> = {}): KnownAction => ({
  atMs: 9_000_000,
  conditionId: CONDITION_ID,
  cashMicros: 5_000_000n,
  references: [],
  ...changes,
});

describe('differences of the ledger', () => {
  const positions = [
    aPosition({ state: 'exited', conditionId: `0x${'00'.repeat(32)}` }),
    aPosition({ state: 'exited' }),
  ];
  const differencesOf = (finding: Finding, ...known: readonly KnownAction[]) =>
    findLedgerDifferences(WALLET, [finding], { positions, known });

  it('are told with the slug of the market and amounts as text, once for each transaction', () => {
    expect(differencesOf(aFinding({ transactionHashes: [HASH, OTHER_HASH] }))).toEqual([
      {
        difference: {
          wallet: WALLET,
          kind: 'not-on-record',
          atMs: 9_000_000,
          marketSlug: 'btc-updown-5m-1773307200',
          conditionId: CONDITION_ID,
          positionIds: ['position-1'],
          cashMicros: '5000000',
          shares: [{ tokenId: '71', sharesMicros: '-9000000' }],
          transactionHashes: [HASH, OTHER_HASH],
        },
        toldKeys: [`${CONDITION_ID}#${HASH}`, `${CONDITION_ID}#${OTHER_HASH}`],
      },
    ]);
  });

  it('without a transaction are told once for their kind, positions and amounts', () => {
    const finding = aFinding({ kind: 'not-on-chain', transactionHashes: [], positionIds: ['a', 'b'] });
    const [first] = differencesOf(finding, anAction());
    expect(first?.toldKeys).toEqual([`not-on-chain#${CONDITION_ID}#a+b#5000000+-9000000`]);
    expect(first?.difference.kind).toBe('not-on-chain');
  });

  it('of the wallet as a whole have no market', () => {
    const [first] = differencesOf(aFinding({ kind: 'balance', conditionId: null, shares: [] }));
    expect(first).toMatchObject({
      difference: { kind: 'balance', conditionId: null, marketSlug: null },
      toldKeys: [`wallet#${HASH}`],
    });
    const [unknown] = differencesOf(aFinding({ conditionId: '0x9' }));
    expect(unknown?.difference).toMatchObject({ conditionId: '0x9', marketSlug: null });
  });

  it('are none where the record may still follow, or a fee was an estimate', () => {
    expect(differencesOf(aFinding({ kind: 'under-way' }))).toEqual([]);
    expect(differencesOf(aFinding({ kind: 'fee-estimated' }))).toEqual([]);
  });

  it('are known where the owner wrote down every transaction', () => {
    const both = aFinding({ transactionHashes: [HASH, OTHER_HASH] });
    const elsewhere = { conditionId: null, atMs: 0 };
    const one = anAction({ ...elsewhere, references: ['0x1', HASH.toLowerCase()] });
    const other = anAction({ ...elsewhere, references: [OTHER_HASH.toUpperCase()] });
    expect(differencesOf(both, one, other)).toEqual([]);
    expect(differencesOf(both, one)).toHaveLength(1);
    expect(differencesOf(both)).toHaveLength(1);
  });

  it.each<[string, Partial<KnownAction>, boolean]>([
    ['the same', {}, true],
    ['a cent more', { cashMicros: 5_010_000n }, true],
    ['a cent less', { cashMicros: 4_990_000n }, true],
    ['more than a cent more', { cashMicros: 5_010_001n }, false],
    ['more than a cent less', { cashMicros: 4_989_999n }, false],
    ['ten minutes before', { atMs: 8_400_000 }, true],
    ['ten minutes after', { atMs: 9_600_000 }, true],
    ['longer before', { atMs: 8_399_999 }, false],
    ['longer after', { atMs: 9_600_001 }, false],
    ['in another market', { conditionId: '0x1' }, false],
  ])('and an action by hand without its transaction: %s', (_, changes, isKnown) => {
    const other = anAction({ conditionId: '0x2' });
    expect(differencesOf(aFinding(), other, anAction(changes))).toHaveLength(isKnown ? 0 : 1);
  });
});

describe('cash that moved', () => {
  const anEntry = (changes: Partial<LedgerEntry> = {}): LedgerEntry => ({
    kind: 'deposit',
    atMs: 77,
    positionId: null,
    conditionId: null,
    tokenId: null,
    cashMicros: 20_000_000n,
    sharesMicros: 0n,
    gasWei: 0n,
    reference: HASH,
    transactionHash: HASH,
    isProvisional: false,
    ...changes,
  });
  const movedBy = (entry: LedgerEntry, ...known: readonly KnownAction[]) => findCashMoved(WALLET, [entry], known);

  it('is told once for each deposit', () => {
    expect(movedBy(anEntry())).toEqual([
      {
        difference: {
          wallet: WALLET,
          kind: 'cash-moved',
          atMs: 77,
          marketSlug: null,
          conditionId: null,
          positionIds: [],
          cashMicros: '20000000',
          shares: [],
          transactionHashes: [HASH],
        },
        toldKeys: [`cash-moved#${HASH}`],
      },
    ]);
  });

  it.each<[string, Partial<LedgerEntry>, number]>([
    ['a withdrawal', { kind: 'withdrawal' }, 1],
    ['a sell', { kind: 'sell' }, 0],
    ['a deposit that a position explains', { positionId: 'position-1' }, 0],
    ['a deposit without its transaction', { transactionHash: null }, 0],
  ])('%s is told %o: %i', (_, changes, count) => {
    expect(movedBy(anEntry(changes))).toHaveLength(count);
  });

  it('is known where the owner withdrew it with the command', () => {
    const withdrawal = anEntry({ kind: 'withdrawal' });
    expect(movedBy(withdrawal, anAction(), anAction({ references: ['0x1', HASH.toLowerCase()] }))).toEqual([]);
    expect(movedBy(withdrawal, anAction({ references: ['0x1'] }))).toHaveLength(1);
  });
});

describe('the key of a difference', () => {
  const difference: WalletDifference = {
    wallet: '0xAB',
    kind: 'not-on-record',
    atMs: 1,
    marketSlug: null,
    conditionId: '0x1',
    positionIds: ['a', 'b'],
    cashMicros: '5',
    shares: [{ tokenId: '123456789', sharesMicros: '-7' }],
    transactionHashes: [HASH, OTHER_HASH],
  };

  it('names wallet, kind, market, positions, amounts and transactions, each as short as it may be', () => {
    const key = '0xab#not-on-record#0x1#a+b#5+456789:-7#0xAbAbAbAbAbAbAbAb+0xcdcdcdcdcdcdcdcd';
    expect(differenceKeyOf(difference)).toBe(key);
    expect(differenceKeyOf({ ...difference, conditionId: null, positionIds: [], shares: [] })).toBe(
      '0xab#not-on-record###5#0xAbAbAbAbAbAbAbAb+0xcdcdcdcdcdcdcdcd',
    );
  });
});
