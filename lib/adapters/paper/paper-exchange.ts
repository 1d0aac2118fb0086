import { createHash } from 'node:crypto';
import { assertOrderTerms, assertOwnToken } from '#lib/adapters/assert-order.ts';
import type { OrderTerms } from '#lib/domain/market/order.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { InvariantError, StoreUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { PaperLedger } from '#lib/ports/store/paper-ledger.ts';
import type { Exchange } from '#lib/ports/venue/exchange.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import { paperBalance } from './paper-balance.ts';
import { toOrderRecord } from './paper-order-record.ts';
import { type LedgersRead, postPaperOrder } from './post-paper-order.ts';
import { readPaperLedger } from './read-paper-ledger.ts';
import type { SettlementLag } from './settlement-lag.ts';
import { DEFAULT_SETTLEMENT_LAG } from './settlement-lag.ts';

export type PaperExchangeDeps = {
  readonly marketData: Pick<MarketData, 'findBook'>;
  readonly ledger: PaperLedger;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** How long bought shares cannot be sold yet, and sold shares still count. */
  readonly settlement?: SettlementLag;
  /** The same for sells alone; that of the buys unless given. */
  readonly sellSettlement?: SettlementLag;
  /** Instead of the market's own. */
  readonly takerDelayMs?: number;
  /** Shares taken from a book count as gone until the book is this much younger. */
  readonly replenishMs?: number;
};

/** Judgement: market makers of these books requote within a second or two. */
const DEFAULT_REPLENISH_MS = 2_000;

/**
 * The exchange port on paper: orders fill against the public book and are written to a ledger. It holds no key and
 * posts nowhere (law 7). It models taker delay, settlement lag, refused sells, partial fills, empty books and the end
 * of the market, but no cash balance.
 */
export function createPaperExchange(deps: PaperExchangeDeps): Exchange {
  const posting = {
    ...deps,
    settlement: deps.settlement ?? DEFAULT_SETTLEMENT_LAG,
    sellSettlement: deps.sellSettlement ?? deps.settlement ?? DEFAULT_SETTLEMENT_LAG,
    replenishMs: deps.replenishMs ?? DEFAULT_REPLENISH_MS,
  };
  // Keyed by the prepared object itself, so that a second post, or one by another process, reads the ledger anew.
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
      const { orders } = await readPaperLedger(deps.ledger, position);
      const nowMs = deps.clock.nowMs();
      return orders
        .filter((order) => orderHashes.includes(order.orderHash))
        .map((order) => toOrderRecord(order, nowMs));
    },
    async getBalance(position, _deadlineAtMs) {
      assertPaper(position);
      const { orders } = await readPaperLedger(deps.ledger, position);
      return { balanceMicros: paperBalance(orders, deps.clock.nowMs()).balanceMicros, approved: true };
    },
    async refreshBalance(position, _deadlineAtMs) {
      // Every read is fresh: there is no cache that could be stale.
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

/** A ledger that cannot be read now is read at the post. */
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

function prepareOrder(
  deps: Pick<PaperExchangeDeps, 'ids' | 'clock'>,
  position: PositionTerms,
  order: OrderTerms,
  attemptNumber: number,
): OrderIntent {
  assertOwnToken(position, order);
  assertOrderTerms(order);
  const { side, orderType, tokenId, negRisk, marketVersion, sharesMicros, limitPriceMicros } = order;
  if (orderType === 'GTC') {
    throw new InvariantError('On paper no order rests on the book', { positionId: position.positionId });
  }
  const terms = { side, orderType, tokenId, negRisk, marketVersion, sharesMicros, limitPriceMicros };
  const salted = { ...terms, salt: deps.ids.nextSalt(), timestampMs: deps.clock.nowMs() };
  return { ...salted, attemptNumber, orderHash: paperOrderHash(position.wallet, salted) };
}

/** Used like the venue's order hash (one order, one name, known before the post) but never equal to a real one. */
function paperOrderHash(wallet: string, intent: Omit<OrderIntent, 'orderHash' | 'attemptNumber'>): string {
  const canonical = JSON.stringify([
    'tminus-paper-order-1',
    wallet,
    intent.tokenId,
    intent.negRisk,
    intent.side,
    intent.orderType,
    intent.sharesMicros.toString(),
    intent.limitPriceMicros.toString(),
    intent.salt,
    intent.timestampMs,
  ]);
  return `0x${createHash('sha256').update(canonical).digest('hex')}`;
}
