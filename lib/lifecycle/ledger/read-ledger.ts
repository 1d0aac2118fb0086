import { sumCash } from '#lib/domain/ledger/ledger-entry.ts';
import { checkBalances, type LedgerReport, totalsOf } from '#lib/domain/ledger/ledger-report.ts';
import { reconcile } from '#lib/domain/ledger/reconcile.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { PaperLedger } from '#lib/ports/store/paper-ledger.ts';
import type { WalletHistory } from '#lib/ports/wallet/wallet-history.ts';
import { type ListTradedDeps, listTraded } from './list-traded.ts';
import { listPaperMovements } from './paper-movements.ts';

export type ReadLedgerDeps = ListTradedDeps & {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly side:
    | { readonly mode: 'paper'; readonly ledger: Pick<PaperLedger, 'read'> }
    | { readonly mode: 'live'; readonly wallet: string; readonly history: WalletHistory };
};

/** Unix milliseconds; `untilMs` is exclusive and may be in the future. */
export type ReadLedgerCommand = {
  readonly fromMs: number;
  readonly untilMs: number;
  /** How far before the range a position's own movements are read. Default: a week. */
  readonly readBackMsMax?: number;
  /** Of the reads of the chain. */
  readonly deadlineAtMs?: number;
};

const HOUR_MS = 3_600_000;
/** A buy may lack shares that its sale shows. */
const READ_BACK_MS_MAX = 7 * 24 * HOUR_MS;

/**
 * Every movement in a range of time, by the rows and by the chain (on paper: by the paper ledger), and where the two
 * differ. Reads only.
 * @throws StoreUnavailableError, UpstreamUnavailableError, UnexpectedReplyError
 */
export async function readLedger(
  deps: ReadLedgerDeps,
  { fromMs, untilMs, readBackMsMax = READ_BACK_MS_MAX, deadlineAtMs }: ReadLedgerCommand,
): Promise<LedgerReport> {
  const { clock, side } = deps;
  const { positions, corruptIds } = await listTraded(deps, side.mode, fromMs, clock.nowMs());
  const isOwn = ({ wallet }: Position) => side.mode === 'paper' || wallet.toLowerCase() === side.wallet.toLowerCase();
  const own = positions.filter(isOwn);
  // Those that ended the day before are there to explain what moves late.
  const current = own.filter((position) => !isClosed(position) || position.closedAtMs >= fromMs - HOUR_MS);
  const shared = {
    ...{ mode: side.mode, fromMs, corruptIds, positionCount: current.length },
    otherWalletIds: positions.filter((position) => !isOwn(position)).map(({ positionId }) => positionId),
  };
  if (side.mode === 'paper') {
    const movements = await listPaperMovements(side.ledger, own);
    const nowMs = clock.nowMs();
    const range = { fromMs, untilMs: Math.min(untilMs, nowMs), nowMs };
    const { entries: placed, findings } = reconcile(own, movements, range);
    // On paper there are no transactions: the orders stood in for them.
    const entries = placed.map((entry) => ({ ...entry, transactionHash: null }));
    const noBalances = { opening: null, closing: null, unexplainedMicros: null };
    return {
      ...shared,
      ...noBalances,
      wallet: null,
      untilMs: range.untilMs,
      entries,
      totals: totalsOf(entries),
      findings,
    };
  }
  const readFromMs = Math.max(
    Math.min(fromMs - HOUR_MS, ...current.map(({ openedAtMs }) => openedAtMs)),
    fromMs - readBackMsMax,
  );
  const tokens = current.flatMap(({ tokenId, otherTokenId, marketVersion: version }) => [
    { tokenId, version },
    { tokenId: otherTokenId, version },
  ]);
  const times = { readFromMs, fromMs, untilMs, readUntilMs: untilMs + HOUR_MS, deadlineAtMs };
  const { movements, opening, closing } = await side.history.readHistory(times, tokens);
  // The newest finalised block is seconds old: what the rows say since then is under way.
  const endsAtMs = Math.min(untilMs, closing.blockAtMs + 1);
  const { entries, findings } = reconcile(own, movements, { fromMs, untilMs, nowMs: clock.nowMs() });
  const isBetween = ({ atMs }: { readonly atMs: number }) => atMs >= fromMs && atMs < endsAtMs;
  const { findings: gaps, ...balances } = checkBalances({ opening, closing }, movements.filter(isBetween));
  const unexplainedMicros =
    balances.opening === null || balances.closing === null
      ? null
      : balances.closing.cashMicros - balances.opening.cashMicros - sumCash(entries.filter(isBetween));
  return {
    ...{ ...shared, ...balances, wallet: side.wallet, untilMs: endsAtMs, unexplainedMicros },
    ...{ entries, totals: totalsOf(entries), findings: [...findings, ...gaps] },
  };
}
