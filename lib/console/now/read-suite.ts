import { isClosed } from '#lib/domain/position/position.ts';
import type { Check } from '#lib/lifecycle/check/check.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import { type NowState, type Shown, show } from './now-changes.ts';
import type { AboutSection, CheckLine, ChecksSection, NewsItem, NowRow, OpeningsSection } from './now-message.ts';
import { toNowRow } from './now-row.ts';
import { readOpenings } from './read-openings.ts';
import { watchPrices } from './watch-prices.ts';
import { watchRows } from './watch-rows.ts';
import { whyUnread } from './why-unread.ts';

type ConsoleStore = Pick<
  PositionStore,
  'listDue' | 'findMany' | 'listClosed' | 'listTimeline' | 'getAccount' | 'findTightened'
>;

/** A suite that was found, and how to read it with the owner's own rights. */
export type Connection = {
  readonly about: Omit<AboutSection, 'corruptIds'>;
  readonly store: ConsoleStore;
  readonly findBook: MarketData['findBook'];
  /** The checks of `tminus doctor` that concern the suite. Never throws for a check that fails. */
  readChecks(): Promise<readonly Check[]>;
  close(): void;
};

export type SuiteReading = Omit<NowState['sections'], 'link' | 'news'> & { readonly rows: NowState['rows'] };

export type SuiteReader = {
  /** Reads what changes often, and returns what happened since. @throws StoreUnavailableError */
  read(nowMs: number): Promise<readonly NewsItem[]>;
  /** What was read last. */
  reading(nowMs: number): SuiteReading;
  close(): void;
};

/** Alarms, queues and functions take some dozens of requests to AWS. */
export const CHECKS_MS = 60_000;

/** Reads one suite. `onChange`: checks or prices have come in, which no read waits for. */
export function createSuiteReader(connection: Connection, onChange: () => void): SuiteReader {
  const { store, about } = connection;
  const rows = watchRows(store);
  const prices = watchPrices(connection.findBook);
  let openings: OpeningsSection = { state: 'reading' };
  let checks: ChecksSection = { state: 'reading' };
  let note: string | null = null;
  let shown = new Map<string, ShownRow>();

  const readChecks = soleRun(CHECKS_MS, async (nowMs) => {
    checks = await connection.readChecks().then(
      (all): ChecksSection => ({ state: 'read', atMs: nowMs, checks: all.map(toCheckLine) }),
      (error): ChecksSection => ({ unread: whyUnread(error) }),
    );
    onChange();
  });
  const readPrices = soleRun(0, async (nowMs) => {
    note = await prices.read(rows.positions(), nowMs);
    onChange();
  });

  return {
    async read(nowMs) {
      const [news, nextOpenings] = await Promise.all([rows.read(nowMs), readOpenings(store, nowMs)]);
      openings = nextOpenings;
      readChecks(nowMs);
      readPrices(nowMs);
      return news;
    },
    reading(nowMs) {
      shown = showRows(rows.positions(), (tokenId) => prices.look(tokenId), shown, nowMs);
      return {
        about: show({ ...about, corruptIds: rows.corruptIds() }),
        openings: show(openings),
        checks: show(checks),
        prices: show({ note }),
        rows: new Map([...shown].map(([id, { row }]) => [id, row])),
      };
    },
    close: () => connection.close(),
  };
}

/** Starts `run` when the last one is over and began this long ago. */
function soleRun(pauseMs: number, run: (nowMs: number) => Promise<void>): (nowMs: number) => void {
  let startedAtMs = -Infinity;
  let isRunning = false;
  return (nowMs) => {
    if (isRunning || nowMs - startedAtMs < pauseMs) return;
    [isRunning, startedAtMs] = [true, nowMs];
    void run(nowMs).finally(() => {
      isRunning = false;
    });
  };
}

/** A check of several parts names those that are out of order, one by one. */
export function toCheckLine({ name, status, found, advice, parts }: Check): CheckLine {
  const faulty = parts?.filter((part) => part.status !== 'ok') ?? [];
  const own = status === 'ok' ? [] : [{ text: `${name}: ${found}`, advice, isRed: status === 'red' }];
  const ofParts = faulty.map((part) => ({
    text: `${name}: ${part.name} ${part.found}`,
    advice: part.advice,
    isRed: part.status === 'red',
  }));
  return { name, status, found, faults: faulty.length > 0 ? ofParts : own };
}

type ShownRow = { readonly of: readonly unknown[]; readonly row: Shown<NowRow> };
type Positions = ReturnType<ReturnType<typeof watchRows>['positions']>;
type Looks = ReturnType<typeof watchPrices>['look'];

/** A row is made anew only when its position or its book is another: a thousand cost more than reading them. */
function showRows(
  positions: Positions,
  look: Looks,
  before: ReadonlyMap<string, ShownRow>,
  nowMs: number,
): Map<string, ShownRow> {
  return new Map(
    positions.map((position) => {
      const seen = isClosed(position) ? null : look(position.tokenId);
      const of = [position, seen];
      const last = before.get(position.positionId);
      const isSame = last !== undefined && of.every((part, index) => part === last.of[index]);
      return [position.positionId, isSame ? last : { of, row: show(toNowRow(position, seen, nowMs)) }];
    }),
  );
}
