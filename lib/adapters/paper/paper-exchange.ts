import { ONE_MICROS } from '#lib/domain/market/money.ts';
import type { OrderTerms } from '#lib/domain/market/order.ts';
import type { SettlementLag } from '#lib/domain/market/settlement-lag.ts';
import { DEFAULT_SETTLEMENT_LAG } from '#lib/domain/market/settlement-lag.ts';
import { DUST_SHARES_MICROS } from '#lib/domain/position/fill-totals.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { InvariantError, StoreUnavailableError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Exchange } from '#lib/ports/exchange.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { MarketData } from '#lib/ports/market-data.ts';
import type { PaperLedger, PaperLedgerState } from '#lib/ports/paper-ledger.ts';
import { paperBalance } from './paper-balance.ts';
import { paperOrderHash } from './paper-order-hash.ts';
import { toOrderRecord } from './paper-order-record.ts';
import { type LedgersRead, postPaperOrder } from './post-paper-order.ts';

export type PaperExchangeDeps = {
  readonly marketData: Pick<MarketData, 'findBook'>;
  readonly ledger: PaperLedger;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** How long bought shares cannot be sold, and sold ones are not gone. */
  readonly settlement?: SettlementLag;
  /** The same for sells, where a demonstration wants slow buys only; the buys' unless given. */
  readonly sellSettlement?: SettlementLag;
  /** The venue holds an order that would match for so long and then looks again (venue §2.6). */
  readonly takerDelayMs?: number;
  /** What we took from a book counts as gone until the book is this much younger. */
  readonly replenishMs?: number;
};

const DEFAULT_TAKER_DELAY_MS = 250;
/** Judgement: market makers of these books requote within a second or two. */
const DEFAULT_REPLENISH_MS = 2_000;
/** The finest price step the venue knows (venue §2.5). Whether the market's own tick fits, its book says at the post. */
const FINEST_TICK_MICROS = 100n;

/**
 * An account at a venue that exists on paper only: orders fill against the public book of the moment and are written to a
 * ledger. It holds no key, signs nothing and posts nowhere (law 7), and it hurts where the venue hurts: the taker delay, the
 * settlement lag with its refused sells, partial fills, no buyers, the end of the market. It has no cash balance: what may
 * be bought is bounded by the risk limits at the opening.
 */
export function createPaperExchange(deps: PaperExchangeDeps): Exchange {
  const posting = {
    ...deps,
    settlement: deps.settlement ?? DEFAULT_SETTLEMENT_LAG,
    sellSettlement: deps.sellSettlement ?? deps.settlement ?? DEFAULT_SETTLEMENT_LAG,
    takerDelayMs: deps.takerDelayMs ?? DEFAULT_TAKER_DELAY_MS,
    replenishMs: deps.replenishMs ?? DEFAULT_REPLENISH_MS,
  };
  // By the very object that was prepared: an order that another process prepared, or that is posted again, is not in it.
  const ledgersRead: LedgersRead = new WeakMap();
  return {
    async prepareOrder(position, order, attemptNumber) {
      assertPaper(position);
      const intent = prepareOrder(deps, position, order, attemptNumber);
      const state = await deps.ledger.read(position).catch(undefinedIfUnavailable);
      if (state !== undefined) ledgersRead.set(intent, state);
      return intent;
    },
    async postOrder(position, intent, deadlineAtMs) {
      assertPaper(position);
      assertOwnToken(position, intent);
      return postPaperOrder({ ...posting, ledgersRead }, position, intent, deadlineAtMs);
    },
    async listOrders(position, orderHashes, _deadlineAtMs) {
      assertPaper(position);
      const { orders } = await readLedger(deps.ledger, position);
      const nowMs = deps.clock.nowMs();
      return orders
        .filter((order) => orderHashes.includes(order.orderHash))
        .map((order) => toOrderRecord(order, nowMs));
    },
    async getBalance(position, _deadlineAtMs) {
      assertPaper(position);
      const { orders } = await readLedger(deps.ledger, position);
      return { balanceMicros: paperBalance(orders, deps.clock.nowMs()).balanceMicros, approved: true };
    },
    async refreshBalance(position, _deadlineAtMs) {
      // Every read is fresh: there is no cache that could be out of date.
      assertPaper(position);
    },
    async listRestingOrders(position, _deadlineAtMs) {
      // FAK and FOK orders never rest.
      assertPaper(position);
      return [];
    },
    async cancelRestingOrders(position, _deadlineAtMs) {
      assertPaper(position);
    },
  };
}

/** What cannot be read now is read at the post. */
function undefinedIfUnavailable(error: unknown): undefined {
  if (!(error instanceof StoreUnavailableError)) throw error;
}

function assertPaper(position: PositionTerms): void {
  if (position.mode === 'paper') return;
  throw new InvariantError('The paper exchange was asked to act for a position that is not on paper', {
    positionId: position.positionId,
    mode: position.mode,
  });
}

function assertOwnToken(position: PositionTerms, order: OrderTerms): void {
  if (order.tokenId === position.tokenId) return;
  throw new InvariantError('An order names another token than its position', { positionId: position.positionId });
}

function prepareOrder(
  deps: Pick<PaperExchangeDeps, 'ids' | 'clock'>,
  position: PositionTerms,
  order: OrderTerms,
  attemptNumber: number,
): OrderIntent {
  assertOwnToken(position, order);
  assertTradeable(position, order);
  const { side, orderType, tokenId, negRisk, sharesMicros, limitPriceMicros } = order;
  const terms = { side, orderType, tokenId, negRisk, sharesMicros, limitPriceMicros };
  const salted = { ...terms, salt: deps.ids.nextSalt(), timestampMs: deps.clock.nowMs() };
  return { ...salted, attemptNumber, orderHash: paperOrderHash(position.wallet, salted) };
}

/** @throws InvariantError for an order that no book could take: whoever planned it has a bug */
function assertTradeable(position: PositionTerms, { orderType, sharesMicros, limitPriceMicros }: OrderTerms): void {
  const context = {
    positionId: position.positionId,
    sharesMicros: sharesMicros.toString(),
    limitPriceMicros: limitPriceMicros.toString(),
  };
  if (orderType === 'GTC') throw new InvariantError('On paper no order rests on the book', context);
  if (sharesMicros <= 0n || sharesMicros % DUST_SHARES_MICROS !== 0n) {
    throw new InvariantError('An order must be for a positive multiple of 0.01 share', context);
  }
  const isPrice = limitPriceMicros > 0n && limitPriceMicros < ONE_MICROS;
  if (!isPrice || limitPriceMicros % FINEST_TICK_MICROS !== 0n) {
    throw new InvariantError('A limit price must lie between 0 and 1 on a step of 0.0001', context);
  }
}

/** @throws UpstreamUnavailableError when the ledger cannot be read: on paper the ledger is the venue */
async function readLedger(ledger: PaperLedger, position: PositionTerms): Promise<PaperLedgerState> {
  try {
    return await ledger.read(position);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    throw new UpstreamUnavailableError(
      'The paper ledger was not reached',
      { positionId: position.positionId },
      { cause: error },
    );
  }
}
