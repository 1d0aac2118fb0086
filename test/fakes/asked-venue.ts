import type { OrderBook } from '#lib/domain/market/market.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { Position } from '#lib/domain/position/position.ts';
import type { WalletHoldings } from '#lib/domain/position/wallet-holdings.ts';
import { VersionConflictError } from '#lib/errors/errors.ts';
import type { AttemptSellDeps } from '#lib/lifecycle/sell/attempt-sell.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import type { PositionChange } from '#lib/ports/store/position-store.ts';
import type { OrderRecord, OrderReply, TokenBalance } from '#lib/ports/venue/exchange.ts';
import type { Wallet } from '#lib/ports/wallet/wallet.ts';
import { orderHashOf } from '#test/factories/an-intent.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';

type Answer<Value> = Value | Error | (() => Value);

/** What was asked of venue or chain, about which token or which orders, and until when it was waited for. */
type AskedCall = { readonly call: string; readonly about: unknown; readonly deadlineAtMs: number };

/** One position whose venue and chain answer as the test says. It keeps every question with its deadline. */
export type AskedVenue = {
  readonly clock: FakeClock;
  readonly deps: AttemptSellDeps;
  readonly answers: {
    orders: Answer<readonly OrderRecord[]>;
    balance: Answer<TokenBalance>;
    resting: Answer<readonly string[]>;
    remedy: Answer<void>;
    reply: Answer<OrderReply>;
    holdings: Answer<WalletHoldings>;
    cash: Answer<bigint>;
    book: Answer<OrderBook | undefined>;
    send: Answer<void>;
    /** How long each answer of the venue takes. */
    afterMs: number;
    /** How long the chain's answers take. */
    chainAfterMs: number;
  };
  readonly calls: readonly AskedCall[];
  readonly changes: readonly PositionChange[];
  readonly letters: readonly (readonly [message: WakeMessage, atMs: number])[];
};

export function createAskedVenue(nowMs: number, row: Position, hasChain = true): AskedVenue {
  const clock = createFakeClock(nowMs);
  const calls: AskedCall[] = [];
  const changes: PositionChange[] = [];
  const letters: [WakeMessage, number][] = [];
  const answers: AskedVenue['answers'] = {
    orders: [],
    balance: { balanceMicros: 36_000_000n, approved: true },
    resting: [],
    remedy: undefined,
    reply: { outcome: 'unknown', text: 'lost' },
    holdings: { sharesMicros: 36_000_000n, otherSharesMicros: 0n, approved: true },
    cash: 100_000_000n,
    book: undefined,
    send: undefined,
    afterMs: 0,
    chainAfterMs: 0,
  };
  let saved = row;
  const give = <Value>(answer: Answer<Value>): Value => {
    if (answer instanceof Error) throw answer;
    return answer instanceof Function ? answer() : answer;
  };
  async function ask<Value>(call: string, about: unknown, deadlineAtMs: number, answer: () => Answer<Value>) {
    calls.push({ call, about, deadlineAtMs });
    const isChain = call === 'getHoldings' || call === 'getCash' || call === 'approveShares';
    await clock.sleepUntil(clock.nowMs() + (isChain ? answers.chainAfterMs : answers.afterMs));
    return give(answer());
  }
  const wallet: Wallet = {
    getHoldings: ({ tokenId }, untilMs) => ask('getHoldings', tokenId, untilMs, () => answers.holdings),
    getCash: ({ tokenId }, untilMs) => ask('getCash', tokenId, untilMs, () => answers.cash),
    listCashMovements: async () => [],
    approveShares: ({ tokenId }, untilMs) => ask('approveShares', tokenId, untilMs, () => answers.remedy),
  };
  const prepareOrder: AttemptSellDeps['account']['exchange']['prepareOrder'] = async (
    _terms,
    order,
    attemptNumber,
  ) => ({
    ...order,
    ...{ attemptNumber, salt: '7', timestampMs: clock.nowMs(), orderHash: orderHashOf(attemptNumber) },
  });
  const exchange: AttemptSellDeps['account']['exchange'] = {
    prepareOrder,
    postOrder: ({ tokenId }, _intent: OrderIntent, untilMs) => ask('postOrder', tokenId, untilMs, () => answers.reply),
    listOrders: ({ tokenId }, hashes, untilMs) => ask('listOrders', { tokenId, hashes }, untilMs, () => answers.orders),
    getBalance: ({ tokenId }, untilMs) => ask('getBalance', tokenId, untilMs, () => answers.balance),
    refreshBalance: ({ tokenId }, untilMs) => ask('refreshBalance', tokenId, untilMs, () => answers.remedy),
    listRestingOrders: ({ tokenId }, untilMs) => ask('listRestingOrders', tokenId, untilMs, () => answers.resting),
    cancelRestingOrders: ({ tokenId }, untilMs) => ask('cancelRestingOrders', tokenId, untilMs, () => answers.remedy),
  };
  const store: AttemptSellDeps['store'] = {
    find: async () => saved,
    save: async (change) => {
      if (change.before.version !== saved.version) throw new VersionConflictError('moved');
      changes.push(change);
      saved = change.after;
    },
    listAttempts: async (positionId) =>
      saved.attempts.map(({ intent, postCount, phase }) => {
        return { positionId, intent, postCount, result: { phase }, endedAtMs: null };
      }),
  };
  const deps: AttemptSellDeps = {
    ...{ clock, store },
    account: { address: row.wallet, exchange, wallet: hasChain ? wallet : null },
    marketData: { findBook: (tokenId, untilMs) => ask('findBook', tokenId, untilMs ?? 0, () => answers.book) },
    referencePrice: { findPriceMicros: async () => 97_000_000_000n },
    queue: {
      send: async (message, atMs) => {
        give(answers.send);
        letters.push([message, atMs]);
      },
    },
  };
  return { clock, deps, answers, calls, changes, letters };
}
