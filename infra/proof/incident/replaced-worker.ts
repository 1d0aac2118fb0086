/**
 * The worker that was on duty on the night of the loss, as its incident review describes it: positions in memory, a look at them
 * every ten seconds, and three tries to sell, five seconds apart, of stake ÷ entry price. It trades through the venue's own client
 * and takes any error for "not sold", which leaves its record as it was.
 */
import { ApiError, type ClobClient, OrderType, Side } from '@polymarket/clob-client-v2';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { type Trader, tokenOf } from './trader.ts';

/** What the worker thinks of its position when the night is over. */
export type WorkerBelief = 'nothing-bought' | 'open' | 'sold';

export type WorkerTry = {
  /** After the time at which the exit was due. */
  readonly afterDueMs: number;
  /** The venue's words, or `sold`. */
  readonly answer: string;
};

export type WorkerReport = { readonly believes: WorkerBelief; readonly tries: readonly WorkerTry[] };

export const STAKE_USD = 25;
const TRY_COUNT = 3;
const TRY_PAUSE_MS = 5_000;
/** However slow the machine: an answer that is not there by then does not come. */
const ANSWER_MS = 20_000;
export const LOOK_PERIOD_MS = 10_000;
/** As far above the best ask as T-minus goes here, so that both buy alike. */
const BUY_SLACK = 0.12;
/** It sells at any price: the night was not about prices. */
const TICK = 0.01;

export type WorkerHolding = { readonly entryPrice: number };

/** Its buy; null when it got an error, which it takes for "nothing bought". */
export async function buyAsWorker(trader: Trader): Promise<WorkerHolding | null> {
  const { client } = trader.account;
  const tokenID = tokenOf(trader);
  try {
    const { asks } = await client.getOrderBook(tokenID);
    const ask = Math.min(...asks.map(({ price }) => Number(price)));
    const entryPrice = onTick(ask + BUY_SLACK);
    const order = await client.createMarketOrder({ tokenID, amount: STAKE_USD, side: Side.BUY, price: entryPrice });
    await withoutTransactions(trader, (poster) => poster.postOrder(order, OrderType.FOK));
    return { entryPrice };
  } catch {
    return null;
  }
}

/** Its look at the position comes `phaseMs` after the exit is due. Resolves when it has given up, or thinks it has sold. */
export async function sellAsWorker(
  trader: Trader,
  holding: WorkerHolding | null,
  { dueAtMs, phaseMs }: { readonly dueAtMs: number; readonly phaseMs: number },
): Promise<WorkerReport> {
  if (holding === null) return { believes: 'nothing-bought', tries: [] };
  const tries: WorkerTry[] = [];
  for (let count = 0; count < TRY_COUNT; count += 1) {
    await trader.clock.sleepUntil(dueAtMs + phaseMs + count * TRY_PAUSE_MS);
    const afterDueMs = Date.now() - dueAtMs;
    const answer = await sellOnce(trader, STAKE_USD / holding.entryPrice);
    tries.push({ afterDueMs, answer });
    if (answer === 'sold') return { believes: 'sold', tries };
  }
  return { believes: 'open', tries };
}

async function sellOnce(trader: Trader, amount: number): Promise<string> {
  const { client } = trader.account;
  const tokenID = tokenOf(trader);
  try {
    // The client cuts the size to two decimals.
    const order = await client.createMarketOrder({ tokenID, amount, side: Side.SELL, price: TICK });
    await withoutTransactions(trader, (poster) => poster.postOrder(order, OrderType.FAK));
    return 'sold';
  } catch (error) {
    return wordsOf(error);
  }
}

/**
 * Today's client goes on to wait for the fills' transactions, up to half a minute; that of the night did not. The answer is there when the
 * client asks for the trades of an order that was taken.
 */
async function withoutTransactions(
  { account: { client } }: Trader,
  post: (poster: ClobClient) => Promise<unknown>,
): Promise<void> {
  const taken = Promise.withResolvers<void>();
  const unanswered = new UpstreamUnavailableError('The venue has not answered');
  const silence = setTimeout(() => taken.reject(unanswered), ANSWER_MS);
  const getTrades: ClobClient['getTrades'] = (...query) => {
    taken.resolve();
    return client.getTrades(...query);
  };
  const poster: ClobClient = Object.create(client, { getTrades: { value: getTrades } });
  const posted = post(poster);
  // What it says after that is not listened to.
  posted.catch(() => undefined);
  try {
    await Promise.race([posted, taken.promise]);
  } finally {
    clearTimeout(silence);
  }
}

/** The client's own errors hold the venue's answer and no more; a longer one would not be read. */
function wordsOf(error: unknown): string {
  return error instanceof ApiError ? error.message.slice(0, 200) : 'no answer';
}

const onTick = (price: number): number => Number(Math.min(price, 1 - TICK).toFixed(2));
