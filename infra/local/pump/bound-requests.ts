import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Runs tasks in order of rank, lowest first, and within a rank in order of arrival. */
export type TakeTurn = <Result>(task: () => Promise<Result>, rank?: number) => Promise<Result>;

/** The SDK's number of sockets for each client. */
const REQUEST_COUNT_MAX = 50;

export function createTurns(countMax: number = REQUEST_COUNT_MAX): TakeTurn {
  const waiting: (() => void)[][] = [];
  let runningCount = 0;
  const end = (): void => {
    const next = waiting.find((queue) => queue !== undefined && queue.length > 0)?.shift();
    // The next waiting task takes over this turn, so a new task cannot overtake it.
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

/**
 * Limits the concurrent requests of this thread to table, queues and venue. A Lambda handles ten positions; here one
 * thread handles up to a thousand. A request that waits for a socket would use up its deadline, so it waits here before
 * it is sent. Writes go before reads, so that an overloaded machine finishes some exits late instead of all of them.
 */
export function boundRequests(): void {
  const takeTurn = createTurns();
  const bound = (owner: object, name: string, rankOf: (given: unknown) => number): void => {
    const request: unknown = Reflect.get(owner, name);
    if (typeof request !== 'function') throw new Error(`There is no ${name} to bound`);
    Reflect.set(owner, name, function (this: unknown, ...given: readonly unknown[]) {
      return takeTurn(async () => Reflect.apply(request, this, given), rankOf(given[0]));
    });
  };
  bound(globalThis, 'fetch', () => RANKS.order);
  bound(DynamoDBDocumentClient.prototype, 'send', rankOfCommand);
  bound(SQSClient.prototype, 'send', () => RANKS.write);
}

/** Lowest first. The order cannot leave before its intent. Writes to the paper exchange's ledger count as orders. */
const RANKS = { intent: 0, order: 1, write: 2, ledgerRead: 3, read: 4 } as const;

const READ = /^(?:Get|BatchGet|Query|Scan)/;
const INTENT = /"type":"(?:buy-intended|sell-intended|sell-reposted)"/;

export function rankOfCommand(command: unknown): number {
  if (typeof command !== 'object' || command === null) return RANKS.write;
  const input: unknown = Reflect.get(command, 'input');
  const text = JSON.stringify(input, (_key, value: unknown) => (typeof value === 'bigint' ? null : value));
  const isLedger = text.includes('"PAPER#');
  if (READ.test(command.constructor.name)) return isLedger ? RANKS.ledgerRead : RANKS.read;
  if (isLedger) return RANKS.order;
  return INTENT.test(text) ? RANKS.intent : RANKS.write;
}
