import {
  type FoundDifference,
  findCashMoved,
  findLedgerDifferences,
  findMissingShares,
  type WalletDifference,
} from '#lib/domain/news/wallet-difference.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { EventBus } from '#lib/ports/event-bus.ts';
import type { HandRecords } from '#lib/ports/store/hand-records.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import type { ReconciliationLog } from '#lib/ports/store/reconciliation-log.ts';
import type { WalletHistory } from '#lib/ports/wallet/wallet-history.ts';
import type { WalletTokens } from '#lib/ports/wallet/wallet-tokens.ts';
import { readLedger } from '../ledger/read-ledger.ts';
import { readOpen } from '../read/list-positions.ts';
import { reasonOf } from './passing-failure.ts';

export type ReconcileWalletDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly bus: EventBus;
  readonly store: Pick<PositionStore, 'listDue' | 'listClosed' | 'findMany'>;
  readonly history: WalletHistory;
  readonly tokens: Pick<WalletTokens, 'readShares'>;
  readonly hands: Pick<HandRecords, 'list'>;
  readonly log: ReconciliationLog;
  /** Kept between the runs of a process, so that a minute in which nothing is due reads nothing. */
  readonly reconciliation: ReconciliationMemory;
};

/** `dueAtMs` is 0 until the log was read. */
export type ReconciliationMemory = { dueAtMs: number };

export type ReconcileWalletCommand = { readonly walletAddress: string; readonly deadlineAtMs: number };

export type ReconcileWalletOutcome =
  | { readonly outcome: 'not-due' }
  /** `isLate`: wallet and table have not been compared for longer than law 12 allows. */
  | { readonly outcome: 'blind'; readonly reason: string; readonly isLate: boolean }
  | {
      readonly outcome: 'reconciled';
      readonly fromMs: number;
      readonly untilMs: number;
      /** Where the last comparison is further back than one reaches: what lies between was not compared. */
      readonly skippedFromMs: number | null;
      readonly told: readonly WalletDifference[];
      /** Differences left to the next run, which compares the same time again. */
      readonly leftCount: number;
    };

const MINUTE_MS = 60_000;
/** Law 12 gives an hour. What is minutes old may still be under way and is left to the next comparison. */
const PERIOD_MS = 45 * MINUTE_MS;
/** More than the ledger calls under way, so that what one comparison leaves out is in the range of the next. */
const OVERLAP_MS = 15 * MINUTE_MS;
const FIRST_SPAN_MS = 120 * MINUTE_MS;
/** A day has tens of thousands of blocks; more is for a person with time (`tminus ledger`). */
const SPAN_MS_MAX = 1_440 * MINUTE_MS;
const READ_BACK_MS = 120 * MINUTE_MS;
const LATE_MS = 90 * MINUTE_MS;
/** A comparison takes dozens of requests: a node that is out of order is not asked each minute. */
const RETRY_MS = 5 * MINUTE_MS;
/** Some seconds are enough for a wallet that trades by the minute. */
const RUN_MS_MIN = 10_000;
const TOLD_COUNT_MAX = 10;
/** A final block is seconds old (venue §5.3). */
const BEHIND_MS_MAX = 10 * MINUTE_MS;

/**
 * About once an hour: tells of open rows without their shares, and of cash that no row explains, each once. Runs within
 * the minute's watch, by a time that is written down: a run that fails or is lost is made up for by the next minute.
 * @throws StoreUnavailableError
 */
export async function reconcileWallet(
  deps: ReconcileWalletDeps,
  command: ReconcileWalletCommand,
): Promise<ReconcileWalletOutcome> {
  const { clock, log, reconciliation } = deps;
  const nowMs = clock.nowMs();
  if (nowMs < reconciliation.dueAtMs || nowMs + RUN_MS_MIN > command.deadlineAtMs) return { outcome: 'not-due' };
  const lastMs = await log.findReconciledUntilMs(command.walletAddress);
  if (lastMs !== null && nowMs < lastMs + PERIOD_MS) {
    reconciliation.dueAtMs = lastMs + PERIOD_MS;
    return { outcome: 'not-due' };
  }
  // Before it is tried: a run that Lambda ends is not repeated at once.
  reconciliation.dueAtMs = nowMs + RETRY_MS;
  const wantedMs = lastMs === null ? nowMs - FIRST_SPAN_MS : lastMs - OVERLAP_MS;
  const fromMs = Math.max(wantedMs, nowMs - SPAN_MS_MAX);
  const found = await findOrSay(deps, command, { fromMs, untilMs: nowMs });
  if (found.outcome === 'blind') return { ...found, isLate: lastMs === null || nowMs > lastMs + LATE_MS };
  const { told, leftCount } = await tellNew(deps, command, found.differences);
  for (const key of found.coveredKeys) await log.markTold(command.walletAddress, key);
  if (leftCount === 0) {
    await log.saveReconciledUntilMs(command.walletAddress, found.untilMs);
    reconciliation.dueAtMs = found.untilMs + PERIOD_MS;
  }
  const skippedFromMs = fromMs > wantedMs ? wantedMs : null;
  return { outcome: 'reconciled', fromMs, untilMs: found.untilMs, skippedFromMs, told, leftCount };
}

type Range = { readonly fromMs: number; readonly untilMs: number };

async function findOrSay(deps: ReconcileWalletDeps, command: ReconcileWalletCommand, range: Range) {
  try {
    return { outcome: 'found', ...(await findDifferences(deps, command, range)) } as const;
  } catch (error) {
    return { outcome: 'blind', reason: reasonOf(error) } as const;
  }
}

async function findDifferences(
  { clock, store, history, tokens, hands }: ReconcileWalletDeps,
  { walletAddress: wallet, deadlineAtMs }: ReconcileWalletCommand,
  range: Range,
) {
  const side = { mode: 'live', wallet, history } as const;
  const report = await readLedger({ clock, store, side }, { ...range, readBackMsMax: READ_BACK_MS, deadlineAtMs });
  if (report.untilMs < range.untilMs - BEHIND_MS_MAX) {
    throw new UpstreamUnavailableError(`The node is behind: its newest final block is of ${isoOf(report.untilMs)}`);
  }
  const { positions: open } = await readOpen({ store }, { mode: 'live', wallet });
  const tokenIds = [...new Set(open.map(({ tokenId }) => tokenId))];
  const missing: FoundDifference[] = [];
  if (tokenIds.length > 0) {
    const { block, sharesOf } = await tokens.readShares(wallet, tokenIds, deadlineAtMs);
    // Read again: what was sold since then is on the row, and no longer in the wallet.
    const { positions } = await store.findMany(open.map(({ positionId }) => positionId));
    missing.push(...findMissingShares(positions, { sharesOf, block }));
  }
  const byHand = await hands.list(wallet);
  const known = byHand.filter(({ atMs }) => atMs >= range.fromMs - READ_BACK_MS);
  const positions = await nameMarkets(store, report.findings, open);
  const ledger = findLedgerDifferences(wallet, report.findings, { positions, known });
  // A transfer that the ledger names says more than the balance that it left, and is named once. One that is minutes
  // old may still be taken to the row, and is judged by the next comparison.
  const underWay = new Set(report.findings.flatMap((each) => (each.kind === 'under-way' ? each.positionIds : [])));
  const named = new Set(ledger.flatMap(({ difference }) => difference.positionIds));
  const settled = missing.filter(({ difference }) => !difference.positionIds.some((id) => underWay.has(id)));
  const isCovered = ({ difference }: FoundDifference) => difference.positionIds.some((id) => named.has(id));
  return {
    untilMs: report.untilMs,
    differences: [
      ...settled.filter((each) => !isCovered(each)),
      ...ledger,
      ...findCashMoved(wallet, report.entries, known),
    ],
    coveredKeys: settled.filter(isCovered).flatMap(({ toldKeys }) => toldKeys),
  };
}

function isoOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** The rows that the findings name, for the names of their markets. */
async function nameMarkets(
  store: ReconcileWalletDeps['store'],
  findings: readonly { readonly positionIds: readonly string[] }[],
  open: readonly Position[],
): Promise<readonly Position[]> {
  const ids = new Set(findings.flatMap(({ positionIds }) => positionIds));
  for (const { positionId } of open) ids.delete(positionId);
  if (ids.size === 0) return open;
  return [...open, ...(await store.findMany([...ids])).positions];
}

/** Published first, remembered after: a crash between the two tells it again, and Discord's ledger knows the copy. */
async function tellNew(
  { bus, log }: ReconcileWalletDeps,
  { walletAddress }: ReconcileWalletCommand,
  differences: readonly FoundDifference[],
) {
  const told: WalletDifference[] = [];
  let leftCount = 0;
  for (const { difference, toldKeys } of differences) {
    const isTold = await Promise.all(toldKeys.map((key) => log.isTold(walletAddress, key)));
    if (isTold.every(Boolean)) continue;
    if (told.length === TOLD_COUNT_MAX) {
      leftCount += 1;
      continue;
    }
    await bus.publish([{ type: 'wallet-difference', difference }]);
    for (const key of toldKeys) await log.markTold(walletAddress, key);
    told.push(difference);
  }
  return { told, leftCount };
}
