import { OVERDUE_AFTER_MS } from '#lib/domain/plan/plan-wake-up.ts';
import { dueAtMs, isClosed, type Mode, minuteOf, type OpenPosition } from '#lib/domain/position/position.ts';
import { CorruptRowError, StoreUnavailableError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { queueOf } from '#lib/lifecycle/send-wake-up.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

export type SweepOverdueDeps = {
  readonly clock: Clock;
  readonly queue: Pick<ExitQueue, 'send'>;
  readonly store: Pick<PositionStore, 'listDue' | 'find' | 'countOpen'>;
};

export type SweepReport = {
  /** Open positions by mode; null when the counters cannot be read. */
  readonly openCount: Readonly<Record<Mode, number>> | null;
  readonly overdueIds: readonly string[];
  /**
   * Still `buying`, `holding` or `exiting` a minute after the market's end (law 1), or stalled. A human is paged:
   * without a step the position raises no alert.
   */
  readonly unmanagedIds: readonly string[];
  /** The exit was due 30 s ago, and its next step too. The market still trades. */
  readonly stalled: readonly OpenPosition[];
  readonly corruptIds: readonly string[];
  /** Could not be loaded or woken; the next run tries again. */
  readonly failedIds: readonly string[];
};

/** Further overdue positions wait for the next run, a minute later. */
const OVERDUE_COUNT_MAX = 500;
const UNMANAGED_AFTER_END_MS = 60_000;
/** Judgement: a message whose receiver died comes again after 20 s, and the exit of a short window lasts 120 s. */
const STALLED_MS = 30_000;

/**
 * Wake-up C: sends every position whose next step is overdue to the exit queue again. The index may lag, so each row is
 * loaded first. The sweep only sends messages; their receiver decides the step.
 */
export async function sweepOverdue(deps: SweepOverdueDeps): Promise<SweepReport> {
  const nowMs = deps.clock.nowMs();
  const [openCount, ids] = await Promise.all([
    countOpen(deps),
    deps.store.listDue(nowMs - OVERDUE_AFTER_MS, OVERDUE_COUNT_MAX),
  ]);
  const findings = await mapInParallel(ids, (positionId) => inspect(deps, positionId, nowMs));
  const idsOf = (kind: Finding['kind']) =>
    findings.filter((each) => each.kind === kind).map(({ positionId }) => positionId);
  return {
    openCount,
    overdueIds: idsOf('overdue'),
    unmanagedIds: findings.filter(({ trouble }) => trouble !== null).map(({ positionId }) => positionId),
    stalled: findings.flatMap(({ trouble }) => (trouble === null || trouble === 'past-its-end' ? [] : [trouble])),
    corruptIds: idsOf('corrupt'),
    failedIds: idsOf('failed'),
  };
}

/** The counters are for information: corrupt ones must not stop the sweep. */
async function countOpen(deps: SweepOverdueDeps): Promise<SweepReport['openCount']> {
  try {
    return await deps.store.countOpen();
  } catch (error) {
    if (error instanceof CorruptRowError) return null;
    throw error;
  }
}

type Finding = {
  readonly kind: 'overdue' | 'moved-on' | 'corrupt' | 'failed';
  readonly positionId: string;
  /** Told even when the wake-up could not be sent. */
  readonly trouble: Trouble;
};

/** The position, if its exit is stalled and can still be sold. */
type Trouble = OpenPosition | 'past-its-end' | null;

async function inspect(deps: SweepOverdueDeps, positionId: string, nowMs: number): Promise<Finding> {
  let trouble: Trouble = null;
  try {
    const position = await deps.store.find(positionId);
    if (position === undefined || isClosed(position)) return { kind: 'moved-on', positionId, trouble };
    if ((dueAtMs(position) ?? nowMs) > nowMs - OVERDUE_AFTER_MS) return { kind: 'moved-on', positionId, trouble };
    trouble = troubleOf(position, nowMs);
    await deps.queue.send({ positionId, wakeUpId: position.wakeUp.id, source: 'sweep', ...queueOf(position) }, nowMs);
    return { kind: 'overdue', positionId, trouble };
  } catch (error) {
    // One position that cannot be read or woken must not stop the others.
    if (error instanceof CorruptRowError) return { kind: 'corrupt', positionId, trouble };
    if (error instanceof StoreUnavailableError || error instanceof UpstreamUnavailableError) {
      return { kind: 'failed', positionId, trouble };
    }
    throw error;
  }
}

/** As many rows at a time as a client has sockets: a request that waits for one spends its deadline on that. */
const READ_COUNT_MAX = 50;

async function mapInParallel<Result>(
  ids: readonly string[],
  read: (positionId: string) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < ids.length; from += READ_COUNT_MAX) {
    results.push(...(await Promise.all(ids.slice(from, from + READ_COUNT_MAX).map(read))));
  }
  return results;
}

/** By then the canary of the hour's last five minutes has ended: canaries are in the index and not counted. */
const SEARCH_MINUTE = 59;

/**
 * Hourly: wakes positions that the index does not show. A release before settlement left those out that only waited for
 * their market's result. The table is read only if the counters say that some are missing.
 * @throws StoreUnavailableError
 */
export async function wakeUnindexed(
  deps: SweepOverdueDeps & { readonly store: Pick<PositionStore, 'list'> },
  openCount: SweepReport['openCount'],
): Promise<readonly string[]> {
  const nowMs = deps.clock.nowMs();
  if (openCount === null || minuteOf(nowMs) % 60 !== SEARCH_MINUTE) return [];
  const indexed = new Set(await deps.store.listDue(Number.MAX_SAFE_INTEGER));
  if (openCount.paper + openCount.live <= indexed.size) return [];
  const waiting = await deps.store.list('awaiting-resolution');
  const missing = waiting.filter(({ positionId }) => !indexed.has(positionId)).map(({ positionId }) => positionId);
  for (const positionId of missing) {
    await deps.queue.send({ positionId, wakeUpId: 'settle', source: 'sweep', to: 'settle' }, nowMs);
  }
  return missing;
}

function troubleOf(position: OpenPosition, nowMs: number): Trouble {
  if (position.state === 'awaiting-resolution') return null;
  const { marketEndsAtMs, exitDueAtMs } = position;
  if (nowMs > marketEndsAtMs + UNMANAGED_AFTER_END_MS) return 'past-its-end';
  const stepDueAtMs = Math.max(exitDueAtMs, dueAtMs(position) ?? exitDueAtMs);
  return nowMs < marketEndsAtMs && nowMs >= stepDueAtMs + STALLED_MS ? position : null;
}
