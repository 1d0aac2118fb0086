import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { CliError, EXIT_CODES } from '#lib/cli/cli-error.ts';
import { floorTo, minMicros } from '#lib/domain/market/money.ts';
import { type FillTotals, NO_FILLS, type OrderTerms, sumFills } from '#lib/domain/market/order.ts';
import { sizeStepMicros } from '#lib/domain/market/order-amounts.ts';
import type { Trade } from '#lib/domain/position/order-attempt.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { Exchange, OrderRecord, OrderReply } from '#lib/ports/venue/exchange.ts';
import type { OrderJournal, OrderNote } from './order-journal.ts';

export type Sale = {
  readonly sold: FillTotals;
  /** Sold, but not final on the chain. */
  readonly isFinal: boolean;
  readonly orderHashes: readonly string[];
  /** Why it ended before everything was sold; null when nothing is left that can be sold. */
  readonly stoppedBy: string | null;
};

export type SellDeps = {
  readonly exchange: Exchange;
  readonly orders: OrderJournal;
  /** Of the token, by the newest block. */
  readonly readHeld: (terms: PositionTerms) => Promise<bigint>;
  readonly say: (text: string) => void;
};

const ANSWER_DEADLINE_MS = 8_000;
const LOOK_DEADLINE_MS = 8_000;
const PAUSE_MS = 1_000;
const ROUNDS_MAX = 12;
/** Rounds in a row without a fill: by then the book is empty at this price. */
const FRUITLESS_MAX = 3;
/** A request may arrive 17 s after it was given up (DECISIONS 15); clocks differ by seconds. */
const ABSENT_PROOF_MS = 25_000;
const LOOK_PATIENCE_MS = 40_000;
/** Trades are final within seconds, at worst after 50 (venue §3.5). */
const FINAL_PATIENCE_MS = 60_000;

/**
 * Sells down to the floor by orders that never rest, one at a time, as long as they fill. Each is written down before
 * it is posted, and looked up before another one is signed. Never offers more than was held less what
 * was sold, nor more than chain and venue show now: the suite may sell as well.
 */
export async function sellHolding(
  deps: SellDeps,
  terms: PositionTerms,
  { sharesMicros, floorMicros }: { readonly sharesMicros: bigint; readonly floorMicros: bigint },
): Promise<Sale> {
  const { exchange, say } = deps;
  const orderHashes: string[] = [];
  let soldMicros = 0n;
  let fruitless = 0;
  let stoppedBy: string | null = 'the rounds are used up';
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const sizeMicros = await sizeOf(deps, terms, sharesMicros - soldMicros, floorMicros, round > 0);
    if (sizeMicros === 0n) {
      stoppedBy = null;
      break;
    }
    const order = toOrder(terms, sizeMicros, floorMicros);
    const intent = await exchange.prepareOrder(terms, order, round + 1);
    const { orderHash } = intent;
    const note = { slug: terms.marketSlug, outcome: terms.outcome, orderHash, shares: String(sizeMicros) };
    deps.orders.save({ ...note, postedAtMs: clock.nowMs() });
    const reply = await exchange.postOrder(terms, intent, clock.nowMs() + ANSWER_DEADLINE_MS);
    const filled = await settleReply(deps, terms, { ...note, postedAtMs: clock.nowMs() }, reply);
    if (filled.isPlaced) orderHashes.push(orderHash);
    soldMicros += filled.sharesMicros;
    fruitless = filled.sharesMicros === 0n ? fruitless + 1 : 0;
    if (filled.text !== null) say(filled.text);
    if (fruitless >= FRUITLESS_MAX || filled.isHopeless) {
      stoppedBy = filled.text ?? 'no bid at the floor';
      break;
    }
    if (soldMicros < sharesMicros) await clock.sleepUntil(clock.nowMs() + Math.max(filled.waitMs, PAUSE_MS), 'rough');
  }
  const { sold, isFinal } = await readFinal(deps, terms, orderHashes);
  return { sold, isFinal, orderHashes, stoppedBy };
}

/** The part of the rest that chain and venue show, in the venue's steps. */
async function sizeOf(
  { exchange, readHeld }: SellDeps,
  terms: PositionTerms,
  restMicros: bigint,
  floorMicros: bigint,
  isLater: boolean,
): Promise<bigint> {
  const deadlineAtMs = clock.nowMs() + LOOK_DEADLINE_MS;
  await exchange.refreshBalance(terms, deadlineAtMs).catch(() => undefined);
  const [held, balance] = await Promise.all([
    readHeld(terms),
    exchange.getBalance(terms, deadlineAtMs).catch(() => undefined),
  ]);
  // What was just sold may still be on the chain; the venue's own figure counts then.
  const shown = balance === undefined ? held : minMicros(balance.balanceMicros, isLater ? restMicros : held);
  return floorTo(minMicros(restMicros, shown), sizeStepMicros('SELL', floorMicros));
}

function toOrder(terms: PositionTerms, sharesMicros: bigint, limitPriceMicros: bigint): OrderTerms {
  const { tokenId, negRisk, marketVersion } = terms;
  return { side: 'SELL', orderType: 'FAK', tokenId, negRisk, marketVersion, sharesMicros, limitPriceMicros };
}

type Filled = {
  readonly sharesMicros: bigint;
  readonly isPlaced: boolean;
  readonly text: string | null;
  /** No further order can do better. */
  readonly isHopeless: boolean;
  readonly waitMs: number;
};
const NOTHING: Filled = { sharesMicros: 0n, isPlaced: false, text: null, isHopeless: false, waitMs: 0 };

async function settleReply(deps: SellDeps, terms: PositionTerms, note: OrderNote, reply: OrderReply): Promise<Filled> {
  switch (reply.outcome) {
    case 'accepted':
      if (reply.working) return lookUp(deps, terms, note, 'the venue has not told the fills yet');
      deps.orders.clear();
      return { ...NOTHING, isPlaced: true, sharesMicros: reply.reported.sharesMicros };
    case 'duplicate':
      return lookUp(deps, terms, note, 'the venue has this order already');
    case 'unknown':
      return lookUp(deps, terms, note, `the answer was lost (${reply.text})`);
    case 'not-sent':
      deps.orders.clear();
      return { ...NOTHING, text: `Not sent: ${reply.text}`, waitMs: reply.retryAfterMs ?? 2_000 };
    case 'refused': {
      deps.orders.clear();
      const isHopeless = !['no-match', 'balance-or-allowance', 'market-not-ready'].includes(reply.code);
      return { ...NOTHING, text: `The venue refused the sell: ${reply.text}`, isHopeless };
    }
  }
}

async function lookUp(deps: SellDeps, terms: PositionTerms, note: OrderNote, why: string): Promise<Filled> {
  deps.say(`${why}: the order is looked up before another one.`);
  const sharesMicros = await settleNote(deps, terms, note);
  return { ...NOTHING, isPlaced: true, sharesMicros };
}

/**
 * How many shares the noted order sold. An order that the venue does not show counts as never placed once no request
 * of it can still arrive.
 * @throws CliError 1 while it is not known; the note stays
 */
export async function settleNote(
  { exchange, orders }: Pick<SellDeps, 'exchange' | 'orders'>,
  terms: PositionTerms,
  note: OrderNote,
): Promise<bigint> {
  const untilMs = clock.nowMs() + LOOK_PATIENCE_MS;
  for (;;) {
    const found = await findOrder(exchange, terms, note.orderHash);
    const isGone = found === null && clock.nowMs() >= note.postedAtMs + ABSENT_PROOF_MS;
    if (isGone || (found !== null && found !== undefined && !found.working)) {
      orders.clear();
      return sumOf(found?.trades ?? []).sharesMicros;
    }
    if (clock.nowMs() >= untilMs) {
      const text = `It is not known yet whether the order ${note.orderHash} sold anything. Run the command again: it looks that up first, and signs nothing else before.`;
      throw new CliError(EXIT_CODES.failure, 'not-final', text);
    }
    await clock.sleepUntil(clock.nowMs() + PAUSE_MS, 'rough');
  }
}

/** Null: the venue shows no such order. Undefined: no usable answer. */
async function findOrder(
  exchange: Exchange,
  terms: PositionTerms,
  hash: string,
): Promise<OrderRecord | null | undefined> {
  try {
    const [record] = await exchange.listOrders(terms, [hash], clock.nowMs() + LOOK_DEADLINE_MS);
    return record ?? null;
  } catch {
    return undefined;
  }
}

/** A trade that failed on the chain moved nothing. */
function sumOf(trades: readonly Trade[]): FillTotals {
  return sumFills(trades.filter(({ status }) => status !== 'failed'));
}

async function readFinal(
  { exchange }: SellDeps,
  terms: PositionTerms,
  orderHashes: readonly string[],
): Promise<{ readonly sold: FillTotals; readonly isFinal: boolean }> {
  if (orderHashes.length === 0) return { sold: NO_FILLS, isFinal: true };
  const untilMs = clock.nowMs() + FINAL_PATIENCE_MS;
  let sold = NO_FILLS;
  for (;;) {
    try {
      const records = await exchange.listOrders(terms, orderHashes, clock.nowMs() + LOOK_DEADLINE_MS);
      const trades = records.flatMap((record) => record.trades);
      sold = sumOf(trades);
      const isFinal =
        records.every(({ working }) => !working) && trades.every(({ status }) => status !== 'provisional');
      if (isFinal && trades.length > 0) return { sold, isFinal: true };
    } catch {
      // The next look may succeed.
    }
    if (clock.nowMs() >= untilMs) return { sold, isFinal: false };
    await clock.sleepUntil(clock.nowMs() + PAUSE_MS, 'rough');
  }
}
