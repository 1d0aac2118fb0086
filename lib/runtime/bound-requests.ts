/** The SDK's own number of sockets, plenty for a Lambda. */
const REQUEST_COUNT_MAX = 50;

/** An SDK client, as far as this needs it. */
export type Bindable = {
  readonly middlewareStack: {
    add(
      middleware: Middleware,
      options: { readonly step: 'initialize'; readonly priority: 'high'; readonly name: string },
    ): void;
  };
};
type Middleware = <Given, Answer>(
  next: (given: Given) => Promise<Answer>,
  context: { readonly commandName?: string },
) => (given: Given) => Promise<Answer>;

/** Runs a task when it is its turn: of those who wait the lowest rank first, within a rank first come, first served. */
export type TakeTurn = <Result>(task: () => Promise<Result>, rank?: number) => Promise<Result>;

/** A bound that several clients of a process may have in common, and who of them goes first. */
export type Share = { readonly takeTurn: TakeTurn; readonly readRank: number; readonly writeRank: number };

const READS = /^(Get|BatchGet|Query|Scan|Describe|List)/;

/**
 * Lets a client have so many requests under way and no more; the others wait their turn. A request that waits for a socket
 * instead spends its deadlines on that, and where one process is all of the functions, as on one machine, requests failed that
 * were never sent. Waiting here costs a request nothing: it is not even written yet.
 */
export function boundRequests<Client extends Bindable>(client: Client, share: Share = shareOf(createTurns())): Client {
  const bound: Middleware =
    (next, { commandName = '' }) =>
    (given) =>
      share.takeTurn(() => next(given), READS.test(commandName) ? share.readRank : share.writeRank);
  client.middlewareStack.add(bound, { step: 'initialize', priority: 'high', name: 'boundRequests' });
  return client;
}

/** Writes go before reads: what was begun is ended before more is begun, so that a crowd is not late as one. */
function shareOf(takeTurn: TakeTurn): Share {
  return { takeTurn, ...RANKS.store };
}

/**
 * First the intents, without which no order leaves; then the orders; then what is written down of them; last what others begin
 * with, the paper exchange's ledger before the rows.
 */
export const RANKS = {
  intents: { writeRank: 0, readRank: 0 },
  order: 1,
  store: { writeRank: 2, readRank: 4 },
  paperLedger: { writeRank: 1, readRank: 3 },
} as const;

/** Runs tasks, at most `countMax` at a time. */
export function createTurns(countMax: number = REQUEST_COUNT_MAX): TakeTurn {
  const waiting: (() => void)[][] = [];
  let runningCount = 0;
  const end = (): void => {
    const next = waiting.find((queue) => queue !== undefined && queue.length > 0)?.shift();
    // A turn is handed on: nobody who comes meanwhile may take it.
    if (next === undefined) runningCount -= 1;
    else next();
  };
  return async (task, rank = 0) => {
    if (runningCount < countMax) runningCount += 1;
    else {
      waiting[rank] ??= [];
      const queue = waiting[rank];
      await new Promise<void>((resolve) => queue.push(resolve));
    }
    try {
      return await task();
    } finally {
      end();
    }
  };
}
