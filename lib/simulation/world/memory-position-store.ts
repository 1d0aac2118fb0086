import type { Alert } from '#lib/domain/news/alert.ts';
import { allAttempts } from '#lib/domain/position/attempt-records.ts';
import { dayLossMicros } from '#lib/domain/position/day-loss.ts';
import type { EndedAttempt, OrderAttempt } from '#lib/domain/position/order-attempt.ts';
import type { ClosedPosition, Mode, OpenPosition, Position } from '#lib/domain/position/position.ts';
import { dueAtMs, isClosed, minuteOf } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import type { Account, Halt, RiskLimits } from '#lib/domain/position/risk-limits.ts';
import { countsTowardsLimits, findLimitReached, utcDay } from '#lib/domain/position/risk-limits.ts';
import { listNotLower, type TightenedLimits } from '#lib/domain/position/tightened-limits.ts';
import { InvariantError, VersionConflictError } from '#lib/errors/errors.ts';
import type {
  CallOutcome,
  ClosedPageRequest,
  MarketOfWallet,
  OpeningOutcome,
  PositionChange,
  PositionStore,
  TimelineEntry,
} from '#lib/ports/store/position-store.ts';

/** The store's port, with the alerts for laws and tests. */
export type MemoryPositionStore = PositionStore & {
  readonly alertsOf: (positionId: string) => readonly Alert[];
};

export type MemoryPositionStoreOptions = {
  /** Called after every write and before its answer, with what the table's stream carries. */
  readonly onWrite?: (write: {
    readonly before: Position | null;
    readonly after: Position;
    readonly alert: Alert | null;
  }) => void;
};

type ModeCounters = { openCount: number; exposureMicros: bigint; halt: Halt | null };

type Archive = {
  readonly timelines: Map<string, TimelineEntry[]>;
  readonly alerts: Map<string, Alert[]>;
  readonly closed: Map<string, string[]>;
};

type Tables = {
  readonly positions: Map<string, Position>;
  readonly idsByRequest: Map<string, string>;
  readonly idsByMarket: Map<string, string>;
  readonly attempts: Map<string, Map<number, EndedAttempt>>;
  /** Timelines, alerts and closed positions, which only people read; null in the simulator's lives. */
  readonly archive: Archive | null;
  readonly counters: Readonly<Record<Mode, ModeCounters>>;
  readonly dayLossMicros: Map<string, bigint>;
  readonly tightened: Map<Mode, TightenedLimits>;
};

/** The table's calls, each at once. The simulator's store adds travel time and faults. */
export type MemoryTable = {
  create(position: OpenPosition, limits: RiskLimits | null): OpeningOutcome;
  save(change: PositionChange): void;
  find(positionId: string): Position | undefined;
  findIdByRequest(requestId: string): string | undefined;
  findIdByMarket(terms: MarketOfWallet): string | undefined;
  getAccount(mode: Mode, nowMs: number): Account;
  listDue(atMs: number, limit?: number): readonly string[];
  listAttempts(positionId: string): readonly OrderAttempt[];
  countOpen(): Readonly<Record<Mode, number>>;
};

/** The table in memory, with the rules of the real one. Nothing is copied, because positions never change in place. */
export function createMemoryTable(options: MemoryPositionStoreOptions = {}): MemoryTable {
  return tableOver(createTables(null), options);
}

function tableOver(tables: Tables, { onWrite }: MemoryPositionStoreOptions): MemoryTable {
  return {
    create: (position, limits) => {
      const outcome = create(tables, position, limits);
      if (outcome.outcome === 'created') onWrite?.({ before: null, after: position, alert: null });
      return outcome;
    },
    save: (change) => {
      save(tables, change);
      onWrite?.({ before: change.before, after: change.after, alert: change.alert });
    },
    find: (positionId) => tables.positions.get(positionId),
    findIdByRequest: (requestId) => tables.idsByRequest.get(requestId),
    findIdByMarket: (terms) => tables.idsByMarket.get(marketKey(terms)),
    getAccount: (mode, nowMs) => getAccount(tables, mode, nowMs),
    listDue: (atMs, limit) => listDue(tables, atMs, limit),
    listAttempts: (positionId) =>
      allAttempts(tables.positions.get(positionId), [...(tables.attempts.get(positionId)?.values() ?? [])]),
    countOpen: () => ({ paper: tables.counters.paper.openCount, live: tables.counters.live.openCount }),
  };
}

/** The whole port over a table in memory. */
export function createMemoryPositionStore(options: MemoryPositionStoreOptions = {}): MemoryPositionStore {
  const archive: Archive = { timelines: new Map(), alerts: new Map(), closed: new Map() };
  const tables = createTables(archive);
  const calls = new Map<string, string>();
  const table = tableOver(tables, options);
  return {
    create: async (position, limits) => table.create(position, limits),
    save: async (change) => table.save(change),
    find: async (positionId) => table.find(positionId),
    findIdByRequest: async (requestId) => table.findIdByRequest(requestId),
    findIdByMarket: async (terms) => table.findIdByMarket(terms),
    listDue: async (atMs, limit) => table.listDue(atMs, limit),
    list: async (state) =>
      [...tables.positions.values()]
        .filter((position) => state === undefined || position.state === state)
        .sort((a, b) => b.openedAtMs - a.openedAtMs),
    listCorrupt: async () => [],
    findMany: async (positionIds) => ({
      positions: positionIds.flatMap((positionId) => tables.positions.get(positionId) ?? []),
      corruptIds: [],
    }),
    listClosed: async (day, page) => pageOf(archive.closed.get(day) ?? [], page),
    listAttempts: async (positionId) => table.listAttempts(positionId),
    listTimeline: async (positionId) => [...(archive.timelines.get(positionId) ?? [])],
    countOpen: async () => table.countOpen(),
    getAccount: async (mode, nowMs) => getAccount(tables, mode, nowMs),
    setHalt: async (mode, halt) => {
      tables.counters[mode].halt = halt;
    },
    findTightened: async (mode) => tables.tightened.get(mode),
    tighten: async (mode, limits, acting) => {
      const known = tables.tightened.get(mode)?.limits ?? {};
      if (listNotLower(known, limits).length > 0) return 'not-lower';
      tables.tightened.set(mode, { ...acting, limits: { ...known, ...limits } });
      return 'tightened';
    },
    resetLimits: async (mode) => {
      tables.tightened.delete(mode);
    },
    setHaltOnce: async (requestId, modes, halt) => {
      const outcome = claim(calls, requestId, `${halt === null ? 'resume' : 'halt'} ${modes.join(' ')}`);
      if (outcome === 'new') for (const mode of modes) tables.counters[mode].halt = halt;
      return outcome;
    },
    claimCall: async (requestId, action) => claim(calls, requestId, action),
    findCall: async (requestId) => calls.get(requestId),
    alertsOf: (positionId) => archive.alerts.get(positionId) ?? [],
  };
}

function createTables(archive: Archive | null): Tables {
  return {
    positions: new Map(),
    idsByRequest: new Map(),
    idsByMarket: new Map(),
    attempts: new Map(),
    archive,
    counters: {
      paper: { openCount: 0, exposureMicros: 0n, halt: null },
      live: { openCount: 0, exposureMicros: 0n, halt: null },
    },
    dayLossMicros: new Map(),
    tightened: new Map(),
  };
}

function create(tables: Tables, position: OpenPosition, limits: RiskLimits | null): OpeningOutcome {
  const { positionId, requestId, mode } = position;
  const earlierId = tables.idsByRequest.get(requestId);
  if (earlierId === positionId) return { outcome: 'created' };
  if (earlierId !== undefined) return { outcome: 'already-requested', positionId: earlierId };
  const isLimited = limits !== null && countsTowardsLimits(position);
  const reached = isLimited
    ? findLimitReached(getAccount(tables, mode, position.openedAtMs), position.budgetMicros, limits)
    : undefined;
  if (reached !== undefined) return { outcome: 'refused', ...reached };
  if (tables.idsByMarket.has(marketKey(position))) return { outcome: 'refused', code: 'market-occupied' };
  if (tables.positions.has(positionId)) {
    throw new InvariantError('The position id is taken by another request', { positionId });
  }

  tables.positions.set(positionId, position);
  tables.idsByRequest.set(requestId, positionId);
  tables.idsByMarket.set(marketKey(position), positionId);
  if (countsTowardsLimits(position)) {
    tables.counters[mode].openCount += 1;
    tables.counters[mode].exposureMicros += position.budgetMicros;
  }
  if (tables.archive !== null) {
    const event = { type: 'opened', atMs: position.openedAtMs } as const;
    append(tables.archive.timelines, positionId, {
      version: position.version,
      event,
      evidence: describePosition(position),
    });
  }
  return { outcome: 'created' };
}

function save(tables: Tables, { before, after, event, endedAttempts, alert, evidence }: PositionChange): void {
  const { positionId } = before;
  if (after.positionId !== positionId || after.version !== before.version + 1) {
    throw new InvariantError('A step must lead to the next version of the same position', { positionId });
  }
  if (tables.positions.get(positionId)?.version !== before.version) {
    throw new VersionConflictError('The position was changed meanwhile', { positionId, version: before.version });
  }

  tables.positions.set(positionId, after);
  const attemptsByNumber = tables.attempts.get(positionId) ?? new Map<number, EndedAttempt>();
  for (const attempt of endedAttempts) attemptsByNumber.set(attempt.intent.attemptNumber, attempt);
  tables.attempts.set(positionId, attemptsByNumber);
  if (tables.archive !== null) {
    append(tables.archive.timelines, positionId, { version: after.version, event, evidence });
    if (alert !== null) append(tables.archive.alerts, positionId, alert);
  }
  if (isClosed(after)) release(tables, after);
}

function release(tables: Tables, closed: ClosedPosition): void {
  const key = marketKey(closed);
  if (tables.idsByMarket.get(key) === closed.positionId) tables.idsByMarket.delete(key);
  if (!countsTowardsLimits(closed)) return;
  if (tables.archive !== null) append(tables.archive.closed, utcDay(closed.closedAtMs), closed.positionId);
  tables.counters[closed.mode].openCount -= 1;
  tables.counters[closed.mode].exposureMicros -= closed.budgetMicros;
  const lossMicros = dayLossMicros(closed);
  if (lossMicros === 0n) return;
  const day = dayKey(closed.mode, closed.closedAtMs);
  tables.dayLossMicros.set(day, (tables.dayLossMicros.get(day) ?? 0n) + lossMicros);
}

function listDue(tables: Tables, atMs: number, limit = Infinity): readonly string[] {
  return [...tables.positions.values()]
    .flatMap((position) => {
      const due = dueAtMs(position);
      return due !== null && minuteOf(due) <= minuteOf(atMs) ? [{ positionId: position.positionId, due }] : [];
    })
    .sort((a, b) => a.due - b.due)
    .slice(0, Math.max(limit, 0))
    .map(({ positionId }) => positionId);
}

function claim(calls: Map<string, string>, requestId: string, action: string): CallOutcome {
  const known = calls.get(requestId);
  if (known !== undefined) return known === action ? 'repeated' : 'taken';
  calls.set(requestId, action);
  return 'new';
}

/** The token is the id of the page's last position. */
function pageOf(ids: readonly string[], { pageToken, limit = 100, newestFirst = false }: ClosedPageRequest = {}) {
  const ordered = newestFirst ? ids.toReversed() : ids;
  const start = pageToken === undefined ? 0 : ordered.indexOf(pageToken) + 1;
  const positionIds = ordered.slice(start, start + limit);
  const last = positionIds.at(-1);
  const hasMore = start + positionIds.length < ordered.length;
  return { positionIds, ...(hasMore && last !== undefined && { nextPageToken: last }) };
}

function getAccount(tables: Tables, mode: Mode, nowMs: number): Account {
  return { mode, ...tables.counters[mode], dayLossMicros: tables.dayLossMicros.get(dayKey(mode, nowMs)) ?? 0n };
}

const marketKey = (terms: MarketOfWallet): string => `${terms.mode}#${terms.wallet}#${terms.conditionId}`;

/** The UTC day by its number, which is cheaper than its name. */
const dayKey = (mode: Mode, atMs: number): string => `${mode}#${Math.floor(atMs / 86_400_000)}`;

function append<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
