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

/**
 * Lets a client have so many requests under way and no more; the others wait their turn, first come, first served. A request
 * that waits for a socket instead spends its deadlines on that, and where one process is all of the functions, as on one machine,
 * requests failed that were never sent. Waiting here costs a request nothing: it is not even written yet.
 */
export function boundRequests<Client extends Bindable>(client: Client, countMax: number = REQUEST_COUNT_MAX): Client {
  const takeTurn = createTurns(countMax);
  const bound: Middleware = (next) => (given) => takeTurn(() => next(given));
  client.middlewareStack.add(bound, { step: 'initialize', priority: 'high', name: 'boundRequests' });
  return client;
}

/** Runs tasks in the order they came, at most `countMax` at a time. */
export function createTurns(countMax: number): <Result>(task: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let runningCount = 0;
  const end = (): void => {
    const next = waiting.shift();
    // A turn is handed on: nobody who comes meanwhile may take it.
    if (next === undefined) runningCount -= 1;
    else next();
  };
  return async (task) => {
    if (runningCount < countMax) runningCount += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      end();
    }
  };
}
