import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { CorruptRowError } from '#lib/errors/errors.ts';
import { listClosed } from '#lib/lifecycle/read/list-positions.ts';
import type { PositionStore, TimelineEntry } from '#lib/ports/store/position-store.ts';
import type { NewsItem } from './now-message.ts';
import { newsOf } from './now-news.ts';
import { isBusy, type KnownRow, planReads } from './plan-reads.ts';

/** Positions that ended stay on the page for this long. */
const ENDED_SHOWN_MS = 3_600_000;
const ENDED_COUNT_MAX = 50;

/** What happened before the console was opened is told this far back, of so many positions. */
const EARLIER_NEWS_MS = 600_000;
const EARLIER_COUNT_MAX = 20;

/** Timelines that are read in one go. The others wait for the next. */
const TIMELINE_COUNT_MAX = 10;

type RowStore = Pick<PositionStore, 'listDue' | 'findMany' | 'listClosed' | 'listTimeline'>;

export type RowWatch = {
  /** Reads what may have changed, and returns what happened since. @throws StoreUnavailableError */
  read(nowMs: number): Promise<readonly NewsItem[]>;
  /** Without the suite's own canaries. */
  positions(): readonly Position[];
  /** Rows that cannot be read as positions. */
  corruptIds(): readonly string[];
};

/** Keeps the open positions of one table, and those that ended lately. */
export function watchRows(store: RowStore): RowWatch {
  let known = new Map<string, KnownRow>();
  let corrupt: readonly string[] = [];
  let isFirst = true;
  /** Positions whose timeline has news, and the version after which they are. */
  const untold = new Map<string, { readonly version: number; readonly sinceMs: number }>();

  const keep = (position: Position, nowMs: number): void => {
    const before = known.get(position.positionId)?.position;
    known.set(position.positionId, { position, readAtMs: nowMs });
    if (position.origin === 'canary' || before?.version === position.version) return;
    const isTold = !isFirst || (untold.size < EARLIER_COUNT_MAX && (isClosed(position) || isBusy(position, nowMs)));
    if (!isTold || untold.has(position.positionId)) return;
    untold.set(position.positionId, {
      version: before?.version ?? -1,
      sinceMs: before === undefined ? nowMs - EARLIER_NEWS_MS : 0,
    });
  };

  return {
    positions: () => [...known.values()].map(({ position }) => position).filter(({ origin }) => origin !== 'canary'),
    corruptIds: () => corrupt,
    async read(nowMs) {
      const openIds = await store.listDue(Number.MAX_SAFE_INTEGER);
      const wanted = planReads(openIds, known, nowMs);
      const [rows, ended] = await Promise.all([
        store.findMany(wanted),
        isFirst ? listClosed({ store }, { sinceMs: nowMs - ENDED_SHOWN_MS, nowMs, limit: ENDED_COUNT_MAX }) : null,
      ]);
      const found = new Set(rows.positions.map(({ positionId }) => positionId));
      for (const id of wanted) if (!found.has(id)) known.delete(id);
      for (const position of [...(ended?.positions ?? []), ...rows.positions]) keep(position, nowMs);
      corrupt = rows.corruptIds;
      known = withoutOld(known, nowMs);
      isFirst = false;
      return readNews(store, known, untold);
    },
  };
}

function withoutOld(known: ReadonlyMap<string, KnownRow>, nowMs: number): Map<string, KnownRow> {
  const endedAtMs = ({ position }: KnownRow): number => (isClosed(position) ? position.closedAtMs : Infinity);
  const ended = [...known]
    .filter(([, row]) => isClosed(row.position))
    .sort(([, one], [, other]) => endedAtMs(other) - endedAtMs(one));
  const old = new Set(
    ended
      .filter(([, row], index) => index >= ENDED_COUNT_MAX || endedAtMs(row) < nowMs - ENDED_SHOWN_MS)
      .map(([id]) => id),
  );
  return new Map([...known].filter(([id]) => !old.has(id)));
}

async function readNews(
  store: RowStore,
  known: ReadonlyMap<string, KnownRow>,
  untold: Map<string, { readonly version: number; readonly sinceMs: number }>,
): Promise<readonly NewsItem[]> {
  const due = [...untold].slice(0, TIMELINE_COUNT_MAX);
  const read = await Promise.all(
    due.map(async ([id, after]) => {
      const position = known.get(id)?.position;
      const timeline = position === undefined ? [] : await listReadable(store, id);
      const news = position === undefined ? [] : newsOf(position, timeline, after);
      untold.delete(id);
      return news;
    }),
  );
  return read.flat();
}

/** One timeline that cannot be read must not take the page with it. */
async function listReadable(store: RowStore, positionId: string): Promise<readonly TimelineEntry[]> {
  try {
    return await store.listTimeline(positionId);
  } catch (error) {
    if (error instanceof CorruptRowError) return [];
    throw error;
  }
}
