import type { Connection } from '#lib/console/now/read-suite.ts';
import type { OrderBook } from '#lib/domain/market/market.ts';
import { isClosed, type Mode, type Position } from '#lib/domain/position/position.ts';
import { type Halt, utcDay } from '#lib/domain/position/risk-limits.ts';
import { CorruptRowError, StoreUnavailableError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Check } from '#lib/lifecycle/check/check.ts';
import type { TimelineEntry } from '#lib/ports/store/position-store.ts';

/** A suite as the console reads it, whose rows, books and failures the test sets. It counts what is read. */
export type ConsoleSuite = {
  readonly connection: Connection;
  readonly rows: Map<string, Position>;
  readonly timelines: Map<string, readonly TimelineEntry[]>;
  readonly corruptTimelines: Set<string>;
  readonly books: Map<string, OrderBook>;
  readonly halts: Map<Mode, Halt>;
  readonly reads: { index: number; rows: string[]; timelines: string[]; books: string[] };
  checks: readonly Check[];
  /** The table does not answer; its failures are thrown with this reason. */
  failure: string | null;
  isClosed: boolean;
};

export function createConsoleSuite(about: Partial<Connection['about']> = {}): ConsoleSuite {
  const reads: ConsoleSuite['reads'] = { index: 0, rows: [], timelines: [], books: [] };
  const suite: ConsoleSuite = {
    ...{
      rows: new Map(),
      timelines: new Map(),
      corruptTimelines: new Set<string>(),
      books: new Map(),
      halts: new Map(),
      reads,
      checks: [],
    },
    ...{ failure: null, isClosed: false },
    connection: {
      about: { place: 'the local stack in .tminus', stage: 'local', isLive: false, commit: 'abc123', ...about },
      store: {
        listDue: async () => {
          orFail();
          reads.index += 1;
          return [...suite.rows.values()].filter((row) => !isClosed(row)).map(({ positionId }) => positionId);
        },
        findMany: async (ids) => {
          orFail();
          reads.rows.push(...ids);
          return { positions: ids.flatMap((id) => suite.rows.get(id) ?? []), corruptIds: [] };
        },
        listClosed: async (day) => {
          orFail();
          const closed = [...suite.rows.values()].filter(isClosed).filter((row) => utcDay(row.closedAtMs) === day);
          return { positionIds: closed.map(({ positionId }) => positionId) };
        },
        listTimeline: async (id) => {
          orFail();
          reads.timelines.push(id);
          if (suite.corruptTimelines.has(id)) throw new CorruptRowError('The row does not match its schema');
          return suite.timelines.get(id) ?? [];
        },
        getAccount: async (mode) => {
          orFail();
          const halt = suite.halts.get(mode) ?? null;
          return { mode, openCount: 0, exposureMicros: 0n, dayLossMicros: 0n, halt };
        },
        findTightened: async () => undefined,
      },
      findBook: async (tokenId) => {
        reads.books.push(tokenId);
        const book = suite.books.get(tokenId);
        if (book === undefined) throw new UpstreamUnavailableError('The venue did not answer');
        return book;
      },
      readChecks: async () => suite.checks,
      close: () => {
        suite.isClosed = true;
      },
    },
  };
  const orFail = (): void => {
    if (suite.failure === null) return;
    throw new StoreUnavailableError('The table did not answer', { reason: suite.failure });
  };
  return suite;
}
