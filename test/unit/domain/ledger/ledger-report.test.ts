import { describe, expect, it } from 'vitest';
import type { Finding } from '#lib/domain/ledger/finding.ts';
import type { LedgerEntry } from '#lib/domain/ledger/ledger-entry.ts';
import { isReconciled, type LedgerReport, totalsOf } from '#lib/domain/ledger/ledger-report.ts';

const entryOf = (kind: LedgerEntry['kind'], rest: Partial<LedgerEntry> = {}): LedgerEntry => ({
  ...{ kind, atMs: 1, positionId: 'position-1', conditionId: '0xc', tokenId: null, transactionHash: null },
  ...{ cashMicros: 0n, sharesMicros: 0n, gasWei: 0n, reference: 'trade-1', isProvisional: false },
  ...rest,
});

it('the totals of a ledger are by kind, those of positions first and those made by hand apart', () => {
  const entries = [
    entryOf('deposit', { positionId: null, cashMicros: 50n }),
    entryOf('sell', { cashMicros: 7n }),
    entryOf('gas', { gasWei: -3n }),
    entryOf('buy', { cashMicros: -4n }),
    entryOf('buy', { positionId: null, cashMicros: -1n }),
    entryOf('buy', { cashMicros: -5n }),
    entryOf('gas', { gasWei: -2n }),
  ];
  expect(totalsOf(entries)).toEqual([
    { kind: 'buy', isOfPositions: true, count: 2, cashMicros: -9n, gasWei: 0n },
    { kind: 'sell', isOfPositions: true, count: 1, cashMicros: 7n, gasWei: 0n },
    { kind: 'gas', isOfPositions: true, count: 2, cashMicros: 0n, gasWei: -5n },
    { kind: 'buy', isOfPositions: false, count: 1, cashMicros: -1n, gasWei: 0n },
    { kind: 'deposit', isOfPositions: false, count: 1, cashMicros: 50n, gasWei: 0n },
  ]);
  expect(totalsOf([])).toEqual([]);
});

describe('a ledger', () => {
  const findingOf = (kind: Finding['kind']): Finding => ({
    ...{ kind, atMs: 1, positionIds: [], conditionId: null, cashMicros: 1n, shares: [], transactionHashes: [] },
  });
  const report: LedgerReport = {
    ...{ mode: 'live', wallet: '0x1', fromMs: 0, untilMs: 2, entries: [], totals: [], findings: [], opening: null },
    ...{ closing: null, unexplainedMicros: null, positionCount: 1, corruptIds: [], otherWalletIds: [] },
  };

  it.each([
    ['not-on-chain', false],
    ['not-on-record', false],
    ['amounts-differ', false],
    ['balance', false],
    ['fee-estimated', true],
    ['under-way', true],
  ] as const)('with the finding %s beside an estimated fee is reconciled: %s', (kind, is) => {
    expect(isReconciled({ ...report, findings: [findingOf('fee-estimated'), findingOf(kind)] })).toBe(is);
  });

  it('is reconciled without a finding, with positions of another wallet, and not with a row that is unreadable', () => {
    expect(isReconciled(report)).toBe(true);
    expect(isReconciled({ ...report, otherWalletIds: ['position-2'] })).toBe(true);
    expect(isReconciled({ ...report, corruptIds: ['position-3'] })).toBe(false);
  });
});
