/**
 * The worker that T-minus replaces, as its incident review describes it: positions in memory, a poll every ten seconds,
 * and three tries to sell stake ÷ entry price, five seconds apart. It trades through the venue's own client, takes any
 * error for "not sold", and leaves its record unchanged.
 */
import { ApiError, type ClobClient, OrderType, Side } from '@polymarket/clob-client-v2';
import { REPLACED_WORKER } from '#infra/proof/replaced-worker-rule.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { signMarketOrder, type Trader, tokenOf } from './trader.ts';

/** The worker's own record of its position at the end. */
export type WorkerBelief = 'nothing-bought' | 'open' | 'sold';

export type WorkerTry = {
  /** Since the exit was due. */
  readonly afterDueMs: number;
  /** The venue's text, or `sold`. */
  readonly answer: string;
};

export type WorkerReport = { readonly believes: WorkerBelief; readonly tries: readonly WorkerTry[] };

export const STAKE_USD = 25;
/** Without an answer by then, none comes, even on a busy machine. */
const ANSWER_DEADLINE_MS = 20_000;
/** Above the best ask. As T-minus's `OPEN_SLACK_TICKS` here, so that both buy at the same prices. */
const BUY_SLACK = 0.2;
/** The worker sells at any price. */
const TICK = 0.01;

export type WorkerHolding = { readonly entryPrice: number };

/** Null on an error, which the worker takes for "nothing bought". */
export async function buyAsWorker(trader: Trader): Promise<WorkerHolding | null> {
  const { client } = trader.account;
  const tokenID = tokenOf(trader);
  try {
    const { asks } = await client.getOrderBook(tokenID);
    const ask = Math.min(...asks.map(({ price }) => Number(price)));
    const price = onTick(ask + BUY_SLACK);
    const order = await signMarketOrder(trader, { amount: STAKE_USD, side: Side.BUY, price });
    await withoutTransactions(trader, (poster) => poster.postOrder(order, OrderType.FOK));
    return { entryPrice: (await averagePrice(client, tokenID)) ?? price };
  } catch {
    return null;
  }
}

/** What a share cost: a FOK buy spends the whole stake. Undefined where the venue shows no trade. */
async function averagePrice(client: ClobClient, tokenId: string): Promise<number | undefined> {
  const trades = await client.getTrades({ asset_id: tokenId });
  const shares = trades.reduce((sum, { size }) => sum + Number(size), 0);
  return shares > 0 ? STAKE_USD / shares : undefined;
}

/** Tries to sell from `phaseMs` after the due time on. Resolves after the last try, or an accepted order. */
export async function sellAsWorker(
  trader: Trader,
  holding: WorkerHolding | null,
  { dueAtMs, phaseMs }: { readonly dueAtMs: number; readonly phaseMs: number },
): Promise<WorkerReport> {
  if (holding === null) return { believes: 'nothing-bought', tries: [] };
  const tries: WorkerTry[] = [];
  for (let count = 0; count < REPLACED_WORKER.tryCount; count += 1) {
    await trader.clock.sleepUntil(dueAtMs + phaseMs + count * REPLACED_WORKER.tryPauseMs);
    const afterDueMs = Date.now() - dueAtMs;
    const answer = await sellOnce(trader, STAKE_USD / holding.entryPrice);
    tries.push({ afterDueMs, answer });
    if (answer === 'sold') return { believes: 'sold', tries };
  }
  return { believes: 'open', tries };
}

async function sellOnce(trader: Trader, amount: number): Promise<string> {
  try {
    // The package truncates the size to two decimals.
    const order = await signMarketOrder(trader, { amount, side: Side.SELL, price: TICK });
    await withoutTransactions(trader, (poster) => poster.postOrder(order, OrderType.FAK));
    return 'sold';
  } catch (error) {
    // An `ApiError` carries the venue's answer. It is cut for the report.
    return error instanceof ApiError ? error.message.slice(0, 200) : 'no answer';
  }
}

/**
 * Today's client waits up to 30 s for the transactions of the fills; the client of that time did not. The order is
 * accepted when the client first asks for its trades.
 */
async function withoutTransactions(
  { account: { client } }: Trader,
  post: (poster: ClobClient) => Promise<unknown>,
): Promise<void> {
  const accepted = Promise.withResolvers<void>();
  const unanswered = new UpstreamUnavailableError('The venue has not answered');
  const timer = setTimeout(() => accepted.reject(unanswered), ANSWER_DEADLINE_MS);
  const getTrades: ClobClient['getTrades'] = (...query) => {
    accepted.resolve();
    return client.getTrades(...query);
  };
  const poster: ClobClient = Object.create(client, { getTrades: { value: getTrades } });
  const posted = post(poster);
  // Its later result is not needed.
  posted.catch(() => undefined);
  try {
    await Promise.race([posted, accepted.promise]);
  } finally {
    clearTimeout(timer);
  }
}

const onTick = (price: number): number => Number(Math.min(price, 1 - TICK).toFixed(2));
