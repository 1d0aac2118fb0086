import { takerFeeMicros } from '#lib/domain/market/fees.ts';
import type { OrderSide } from '#lib/domain/market/order.ts';
import type { OrderIntent, Trade, TradeStatus } from '#lib/domain/position/order-attempt.ts';
import type { BalanceFigures, RefusalCode, WaitCode } from '#lib/domain/refusal/refusal.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Exchange, OrderRecord, OrderReply } from '#lib/ports/venue/exchange.ts';
import { orderHashOf } from '#test/factories/an-intent.ts';

/** What the venue does with the next post of one side, and its answer. */
export type ScriptedAnswer =
  /** Fills a part. The answer arrives, says only `live`, is lost, is a 500, or is an unrecognised error. */
  | {
      readonly does: 'fill';
      readonly percent?: number;
      readonly says?: 'matched' | 'live' | 'nothing' | 'nonsense' | 'error';
    }
  | { readonly does: 'refuse'; readonly code: RefusalCode; readonly text?: string; readonly figures?: BalanceFigures }
  | { readonly does: 'not-send'; readonly code?: WaitCode; readonly retryAfterMs?: number }
  /** Answered with a 500 and not placed. */
  | { readonly does: 'fail' }
  /** The order never arrives, and there is no answer. */
  | { readonly does: 'lose' }
  /** There is no answer, and the request reaches the venue later. */
  | { readonly does: 'arrive-late'; readonly afterMs: number }
  /** Accepted, and left on the book although its type never rests. */
  | { readonly does: 'rest' }
  /** Accepted, ended without a fill, and never shown again. */
  | { readonly does: 'forget' }
  /** The exchange throws. */
  | { readonly does: 'throw' };

export type PostedOrder = OrderIntent & { readonly atMs: number };

export type ScriptedExchange = Exchange & {
  /** Next answers, by side; without one the order is filled and the answer arrives. */
  readonly script: Readonly<Record<OrderSide, ScriptedAnswer[]>>;
  /** Every post, including re-posts. */
  readonly posted: PostedOrder[];
  readonly settings: {
    settlesAfterMs: Record<OrderSide, number>;
    areReadsDown: boolean;
    finalStatus: Exclude<TradeStatus, 'provisional'>;
    /** Bought shares cannot be sold before they have settled. */
    isGateOn: boolean;
    answersAfterMs: number;
    /** Only resting orders are accepted, and none is matched at once. */
    isPostOnly: boolean;
    areCancelsDown: boolean;
    /** How long look-ups show a cancelled order as resting. */
    cancelLagMs: number;
    /** The venue's answer about the approval. */
    approved: boolean | null;
    /** The venue's answer about the balance; by default the sum of the fills. */
    balanceMicros: bigint | null;
    /** Shares of the wallet that no order of this exchange moved. */
    foreignMicros: () => bigint;
  };
  /** Fills a part of the resting order. */
  readonly takeResting: (percent: number) => void;
  /** Remedies requested after refusals, in order. */
  readonly remedies: ('refresh' | 'cancel')[];
  readonly restingHashes: () => readonly string[];
  /** Shares filled at the venue, of one token or of both. */
  readonly filledMicros: (side: OrderSide, tokenId?: string) => bigint;
  /** Shares whose sale was final by then. */
  readonly soldUntilMicros: (atMs: number) => bigint;
  /** Number of orders with a fill. */
  readonly placedHashes: () => readonly string[];
};

type Placed = {
  readonly intent: OrderIntent;
  trade: Omit<Trade, 'status'> | null;
  isResting: boolean;
  cancelledAtMs: number | null;
};

const INTERNAL_ERROR = { outcome: 'unknown', text: 'could not insert order', isAnswered: true } as const;

/** A venue that follows the test's script and accepts one order per hash. */
export function createScriptedExchange(clock: Clock): ScriptedExchange {
  const placed = new Map<string, Placed>();
  const posted: PostedOrder[] = [];
  const remedies: ScriptedExchange['remedies'] = [];
  const script: Record<OrderSide, ScriptedAnswer[]> = { BUY: [], SELL: [] };
  const settings: ScriptedExchange['settings'] = {
    settlesAfterMs: { BUY: 2_000, SELL: 2_000 },
    areReadsDown: false,
    finalStatus: 'confirmed',
    isGateOn: true,
    answersAfterMs: 50,
    isPostOnly: false,
    areCancelsDown: false,
    cancelLagMs: 0,
    approved: true,
    balanceMicros: null,
    foreignMicros: () => 0n,
  };
  let preparedCount = 0;

  const statusOf = (trade: Omit<Trade, 'status'>): TradeStatus =>
    clock.nowMs() >= trade.matchedAtMs + settings.settlesAfterMs[trade.side] ? settings.finalStatus : 'provisional';
  const tradesOf = (side: OrderSide, tokenId?: string) =>
    [...placed.values()].flatMap(({ trade, intent }) =>
      trade?.side === side && (tokenId ?? intent.tokenId) === intent.tokenId ? [trade] : [],
    );
  const sumOf = (trades: readonly Omit<Trade, 'status'>[]) =>
    trades.reduce((sum, trade) => sum + trade.sharesMicros, 0n);
  const balanceMicros = () =>
    sumOf(tradesOf('BUY').filter((trade) => statusOf(trade) === 'confirmed')) -
    sumOf(tradesOf('SELL')) +
    settings.foreignMicros();

  const fill = (intent: OrderIntent, percent: number): Placed => {
    const sharesMicros = (intent.sharesMicros * BigInt(percent)) / 100n;
    const priceMicros = intent.limitPriceMicros;
    const trade = {
      tradeId: `trade-${intent.orderHash}`,
      orderHash: intent.orderHash,
      side: intent.side,
      matchedAtMs: clock.nowMs(),
      sharesMicros,
      valueMicros: (sharesMicros * priceMicros) / 1_000_000n,
      feesMicros: takerFeeMicros({ sharesMicros, priceMicros, feeRateMicros: 70_000n }),
      feeDriftMicros: null,
    };
    return { intent, trade: percent === 0 ? null : trade, isResting: false, cancelledAtMs: null };
  };

  const late: { readonly intent: OrderIntent; readonly atMs: number }[] = [];
  /** Delayed posts arrive, and are accepted unless the venue has the order already. */
  const takeLate = (): void => {
    for (const { intent, atMs } of late.splice(0)) {
      if (atMs > clock.nowMs()) late.push({ intent, atMs });
      else if (!placed.has(intent.orderHash)) placed.set(intent.orderHash, fill(intent, 100));
    }
  };
  const rest = (intent: OrderIntent): OrderReply => {
    placed.set(intent.orderHash, { intent, trade: null, isResting: true, cancelledAtMs: null });
    return { outcome: 'accepted', working: true, reported: { sharesMicros: 0n, valueMicros: 0n, feesMicros: 0n } };
  };
  const forget = (intent: OrderIntent): OrderReply => {
    const reply = rest(intent);
    placed.set(intent.orderHash, { intent, trade: null, isResting: false, cancelledAtMs: clock.nowMs() });
    return reply;
  };
  const resting = () => [...placed.values()].filter((order) => order.isResting);
  const takeResting = (percent: number): void => {
    for (const order of resting()) {
      const { trade } = fill(order.intent, percent);
      // A maker pays no fee.
      order.trade = trade === null ? null : { ...trade, feesMicros: 0n };
      order.isResting = percent < 100;
    }
  };
  const cancelResting = (): void => {
    if (settings.areCancelsDown) throw new UpstreamUnavailableError('The cancellation was not answered');
    for (const order of resting()) {
      order.isResting = false;
      order.cancelledAtMs = clock.nowMs();
    }
  };

  const answer = (intent: OrderIntent): OrderReply => {
    takeLate();
    if (placed.has(intent.orderHash)) return { outcome: 'duplicate' };
    if (settings.isPostOnly && intent.orderType !== 'GTC') {
      return { outcome: 'not-sent', code: 'post-only-mode', text: 'post-only mode', retryAfterMs: 60_000 };
    }
    const next = script[intent.side].shift() ?? { does: 'fill' };
    if (next.does === 'throw') throw new TypeError('the exchange broke');
    if (next.does === 'fail') return INTERNAL_ERROR;
    if (next.does === 'lose') return { outcome: 'unknown', text: 'no answer within the deadline' };
    if (next.does === 'arrive-late') {
      late.push({ intent, atMs: clock.nowMs() + next.afterMs });
      return { outcome: 'unknown', text: 'no answer within the deadline' };
    }
    if (next.does === 'not-send')
      return {
        outcome: 'not-sent',
        code: next.code ?? 'engine-restarting',
        text: next.code ?? 'restarting',
        retryAfterMs: next.retryAfterMs ?? null,
      };
    if (next.does === 'refuse') {
      const { code, text = code, figures } = next;
      return { outcome: 'refused', code, text, ...(figures !== undefined && { figures }) };
    }
    if (settings.isGateOn && intent.side === 'SELL' && balanceMicros() < intent.sharesMicros) {
      script.SELL.unshift(next);
      return { outcome: 'refused', code: 'balance-or-allowance', text: 'not enough balance / allowance' };
    }
    if (intent.orderType === 'GTC' || next.does === 'rest') return rest(intent);
    if (next.does === 'forget') return forget(intent);
    const order = fill(intent, next.percent ?? 100);
    placed.set(intent.orderHash, order);
    if (next.says === 'error') return INTERNAL_ERROR;
    if (next.says === 'nothing') return { outcome: 'unknown', text: 'no answer within the deadline' };
    if (next.says === 'nonsense') return { outcome: 'refused', code: 'unrecognised', text: 'the flux is out of phase' };
    if (next.says === 'live' || order.trade === null)
      return { outcome: 'accepted', working: true, reported: { sharesMicros: 0n, valueMicros: 0n, feesMicros: 0n } };
    const { sharesMicros, valueMicros, feesMicros } = order.trade;
    return { outcome: 'accepted', working: false, reported: { sharesMicros, valueMicros, feesMicros } };
  };

  const read = async <Value>(value: () => Value): Promise<Value> => {
    if (settings.areReadsDown) throw new UpstreamUnavailableError('The venue was not reached');
    takeLate();
    return value();
  };

  const recordOf = (orderHash: string): readonly OrderRecord[] => {
    const order = placed.get(orderHash);
    if (order === undefined) return [];
    const trades = order.trade === null ? [] : [{ ...order.trade, status: statusOf(order.trade) }];
    const isLagging = order.cancelledAtMs !== null && clock.nowMs() < order.cancelledAtMs + settings.cancelLagMs;
    const working = order.isResting || isLagging;
    // The venue forgets an order that was cancelled without a fill.
    return order.cancelledAtMs !== null && !working && trades.length === 0 ? [] : [{ orderHash, working, trades }];
  };

  return {
    script,
    posted,
    settings,
    takeResting,
    remedies,
    restingHashes: () => resting().map(({ intent }) => intent.orderHash),
    filledMicros: (side, tokenId) => sumOf(tradesOf(side, tokenId)),
    soldUntilMicros: (atMs) =>
      sumOf(tradesOf('SELL').filter(({ matchedAtMs }) => matchedAtMs + settings.settlesAfterMs.SELL <= atMs)),
    placedHashes: () => [...placed.keys()],
    prepareOrder: async (_position, order, attemptNumber) => {
      preparedCount += 1;
      const orderHash = orderHashOf(1_000 * attemptNumber + preparedCount);
      return { ...order, attemptNumber, salt: String(preparedCount), timestampMs: clock.nowMs(), orderHash };
    },
    postOrder: async (_position, intent, _deadlineAtMs) => {
      posted.push({ ...intent, atMs: clock.nowMs() });
      const reply = answer(intent);
      await clock.sleepUntil(clock.nowMs() + settings.answersAfterMs);
      return reply;
    },
    listOrders: (_position, orderHashes) => read(() => orderHashes.flatMap(recordOf)),
    getBalance: () =>
      read(() => ({ balanceMicros: settings.balanceMicros ?? balanceMicros(), approved: settings.approved })),
    refreshBalance: () => read(() => void remedies.push('refresh')),
    listRestingOrders: () => read(() => resting().map(({ intent }) => intent.orderHash)),
    cancelRestingOrders: () =>
      read(() => {
        remedies.push('cancel');
        cancelResting();
      }),
  };
}
