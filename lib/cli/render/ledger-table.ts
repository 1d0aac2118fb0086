import type { Paint } from '#lib/cli/terminal.ts';
import { type Finding, type FindingKind, isMismatch } from '#lib/domain/ledger/finding.ts';
import { type EntryKind, type LedgerEntry, sumCash } from '#lib/domain/ledger/ledger-entry.ts';
import { type BlockBalance, isReconciled, type LedgerReport } from '#lib/domain/ledger/ledger-report.ts';
import { formatMicros } from '#lib/domain/market/money.ts';
import { isoTime, utcTime } from '#lib/words/time-text.ts';
import { type Tone, toneOfPnl } from '#lib/words/tone.ts';
import { plainTable } from './plain-table.ts';
import { narrate } from './wrap-text.ts';

const DAY_MS = 86_400_000;

/** `tminus ledger` for people, in 80 columns and to the micro. */
export function renderLedger(report: LedgerReport, nowMs: number, paint: Paint): string {
  const { mode, wallet, fromMs, untilMs, entries } = report;
  const title = `${mode.toUpperCase()} ledger${wallet === null ? '' : ` of ${wallet}`}`;
  const range = `from ${utcTime(fromMs, nowMs)} to ${utcTime(untilMs, nowMs)}`;
  return [
    `${paint('strong', title)}\n${range}\n`,
    ...(entries.length === 0
      ? ['Nothing moved.\n']
      : [`${renderEntries(report, paint)}\n`, `${renderTotals(report)}\n`]),
    ...(report.closing === null ? [] : [`${renderBalances(report)}\n`]),
    ...findingLines(report).map(({ tone, text }) => paint(tone, narrate(text))),
  ].join('\n');
}

function renderEntries({ entries, fromMs, untilMs }: LedgerReport, paint: Paint): string {
  const isOneDay = untilMs - fromMs <= DAY_MS;
  const rows = entries.map((entry) => [
    isOneDay ? isoTime(entry.atMs).slice(11, 19) : isoTime(entry.atMs).slice(5, 19).replace('T', ' '),
    KIND_WORDS[entry.kind],
    entry.kind === 'gas' ? polText(entry.gasWei) : paint(toneOfPnl(entry.cashMicros), micros(entry.cashMicros)),
    entry.sharesMicros === 0n ? '' : micros(entry.sharesMicros),
    paint(entry.positionId === null ? 'warn' : 'plain', entry.positionId ?? byHand(entry)),
  ]);
  const head = [isOneDay ? 'UTC' : 'Day, UTC', 'What', 'Cash ($)', 'Shares', 'Position'];
  return plainTable(head, rows, { rightAligned: [2, 3], gap: 1 });
}

const KIND_WORDS = {
  buy: 'buy',
  sell: 'sell',
  fee: 'fee',
  merge: 'merge',
  split: 'split',
  redeem: 'redeem',
  missing: 'missing',
  gas: 'gas',
  deposit: 'deposit',
  withdrawal: 'withdrawal',
  'shares-in': 'shares in',
  'shares-out': 'shares out',
} as const satisfies Record<EntryKind, string>;

function byHand({ reference }: LedgerEntry): string {
  return `by hand ${shortHash(reference)}`;
}

function shortHash(hash: string): string {
  return hash.length <= 17 ? hash : `${hash.slice(0, 10)}…${hash.slice(-6)}`;
}

/** `-23.400000`: to the micro, without rounding. */
function micros(amount: bigint): string {
  return formatMicros(amount, 6);
}

/** Gas is paid in POL, which has 18 decimals. */
function polText(wei: bigint): string {
  return `${formatMicros(wei / 10n ** 12n, 6)} POL`;
}

function renderTotals({ totals, entries }: LedgerReport): string {
  const rows = totals.map(({ kind, isOfPositions, count, cashMicros, gasWei }) => [
    `${KIND_WORDS[kind]}${isOfPositions ? '' : ', by hand'}`,
    String(count),
    kind === 'gas' ? polText(gasWei) : micros(cashMicros),
  ]);
  return plainTable(
    ['Total', 'Count', 'Cash ($)'],
    [...rows, ['all', String(entries.length), micros(sumCash(entries))]],
    {
      rightAligned: [1, 2],
    },
  );
}

function renderBalances({ opening, closing, unexplainedMicros, entries }: LedgerReport): string {
  const line = (name: string, balance: BlockBalance | null) => [
    name,
    balance === null ? '' : micros(balance.cashMicros),
    balance === null
      ? ''
      : `block ${balance.blockNumber}${balance.isComputed ? ', computed: the node keeps no state' : ''}`,
  ];
  const left = unexplainedMicros ?? 0n;
  return plainTable(
    ['Balance', 'Cash ($)', 'At'],
    [
      line('opening', opening),
      ['entries', micros(sumCash(entries)), ''],
      ...(left === 0n ? [] : [['not explained', micros(left), '']]),
      line('closing', closing),
    ],
    { rightAligned: [1] },
  );
}

/** What differs, what could not be compared, and the verdict last. */
export function findingLines(report: LedgerReport): readonly { readonly tone: Tone; readonly text: string }[] {
  const { findings, corruptIds, otherWalletIds, mode, closing } = report;
  const mismatchCount = findings.filter(isMismatch).length;
  const lines = findings.map((finding) => ({
    tone: isMismatch(finding) ? ('bad' as const) : ('quiet' as const),
    text: `${isMismatch(finding) ? 'MISMATCH ' : ''}${isoTime(finding.atMs)} ${describeFinding(finding)}`,
  }));
  const warn = (text: string) => ({ tone: 'warn' as const, text });
  const other = mode === 'paper' ? 'the paper ledger' : 'the chain';
  return [
    ...lines,
    ...(corruptIds.length === 0
      ? []
      : [warn(`Not compared, because their rows cannot be read: ${corruptIds.join(', ')}. Correct them by hand.`)]),
    ...(otherWalletIds.length === 0
      ? []
      : [warn(`Not compared, because they belong to another wallet: ${otherWalletIds.join(', ')}.`)]),
    ...(mode === 'live' && closing === null
      ? [warn('Balances are not compared: this node keeps no state of these days. One that keeps it (archive) would.')]
      : []),
    isReconciled(report)
      ? { tone: 'good', text: `The rows and ${other} agree to the micro.` }
      : {
          tone: 'bad',
          text: `${mismatchCount === 1 ? 'One mismatch' : `${mismatchCount} mismatches`} between the rows and ${other}. Nothing was changed.`,
        },
  ];
}

const FINDING_WORDS = {
  'not-on-chain':
    'is on record and did not happen. Compare the trades and transactions of the position with the venue and the chain.',
  'not-on-record':
    'moved in a market of a position, and no row says why. A trade by hand, or one whose answer was lost and given up: look at the transaction.',
  'amounts-differ':
    'is the difference between what moved and what is on record. Look at the transaction and the trades.',
  balance:
    'is what the balances changed beyond all movements. Another node may answer differently: repeat it with one.',
  'fee-estimated': 'is what the fee differs from its estimate; the chain charged it, the row keeps the estimate.',
  'under-way': 'is minutes old, and not on both sides yet. Look again later.',
} as const satisfies Record<FindingKind, string>;

function describeFinding({ kind, positionIds, cashMicros, shares, transactionHashes }: Finding): string {
  // Nothing happened on the chain, so the line names what is on record.
  const sign = kind === 'not-on-chain' ? -1n : 1n;
  const cash = cashMicros === 0n ? [] : [`${signed(sign * cashMicros)} $`];
  const tokens = shares.map(
    ({ tokenId, sharesMicros }) => `${signed(sign * sharesMicros)} shares of ${shortHash(tokenId)}`,
  );
  const amounts = [...cash, ...tokens].join(' and ');
  const who = positionIds.length === 0 ? '' : ` (position ${positionIds.join(', ')})`;
  const where = transactionHashes.length === 0 ? '' : ` Transaction ${transactionHashes.join(', ')}.`;
  return `${amounts}${who} ${FINDING_WORDS[kind]}${where}`;
}

function signed(amount: bigint): string {
  return amount > 0n ? `+${micros(amount)}` : micros(amount);
}
