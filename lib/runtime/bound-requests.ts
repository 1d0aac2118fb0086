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
  context: unknown,
) => (given: Given) => Promise<Answer>;

export type TakeTurn = <Result>(task: () => Promise<Result>) => Promise<Result>;

/**
 * Lets a client have so many requests under way and no more; the others wait their turn. A request that waits for a socket
 * instead spends its deadlines on that, and where one process is all of the functions, as on one machine, requests failed that
 * were never sent. Waiting here costs a request nothing: it is not even written yet.
 */
export function boundRequests<Client extends Bindable>(
  client: Client,
  takeTurn: TakeTurn = createTurns().take,
): Client {
  const bound: Middleware = (next) => (given) => takeTurn(() => next(given));
  client.middlewareStack.add(bound, { step: 'initialize', priority: 'high', name: 'boundRequests' });
  return client;
}

/** One bound for everything that a process does beside each other. */
export type Turns = {
  /** First come, first served. */
  readonly take: TakeTurn;
  /** Before all who wait in `take`: for what is late when it waits, as an order is. */
  readonly takeFirst: TakeTurn;
};

/** Runs tasks, at most `countMax` at a time. */
export function createTurns(countMax: number = REQUEST_COUNT_MAX): Turns {
  const urgent: (() => void)[] = [];
  const waiting: (() => void)[] = [];
  let runningCount = 0;
  const end = (): void => {
    const next = urgent.shift() ?? waiting.shift();
    // A turn is handed on: nobody who comes meanwhile may take it.
    if (next === undefined) runningCount -= 1;
    else next();
  };
  const takeIn = (queue: (() => void)[]): TakeTurn => {
    return async (task) => {
      if (runningCount < countMax) runningCount += 1;
      else await new Promise<void>((resolve) => queue.push(resolve));
      try {
        return await task();
      } finally {
        end();
      }
    };
  };
  return { take: takeIn(waiting), takeFirst: takeIn(urgent) };
}
