import type { MarketVersion } from '#lib/domain/market/market.ts';
import type { OrderTerms } from '#lib/domain/market/order.ts';
import type { OrderIntent, Trade } from '#lib/domain/position/order-attempt.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { InvariantError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { Exchange, OrderRecord } from '#lib/ports/venue/exchange.ts';
import type { VenueEngine } from '#lib/venue/engine/venue-engine.ts';
import { estimatedFeeMicros, tradeStatusAt, type VenueTrade } from '#lib/venue/engine/venue-ledger.ts';
import type { FaultDice } from '#lib/venue/faults/fault-facts.ts';
import { hex256 } from '#lib/venue/random.ts';
import type { FaultKind } from '../fault-kinds.ts';
import { postToVenue } from './post-to-venue.ts';

/** The way to the venue. It does not depend on the process: a request goes on when the process dies. */
export type VenueConnection = {
  readonly engine: VenueEngine;
  /** Of the market. */
  readonly version: MarketVersion;
  readonly dice: FaultDice<FaultKind>;
  readonly time: {
    nowMs(): number;
    sleepUntil(atMs: number): Promise<void>;
    at(atMs: number, action: () => void): unknown;
  };
  readonly travelMs: () => number;
  /** Called when the signing key is used, for law 7. */
  readonly onKeyUsed: (position: PositionTerms) => void;
  /** Called with 1 when a request outlives its caller's patience, and with −1 when it arrives, for law 3. */
  readonly onUnderWay?: (orderHash: string, change: 1 | -1) => void;
};

export type VenueExchangeDeps = VenueConnection & {
  /** The caller's clock, which may be wrong. */
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ids: Pick<IdSource, 'nextSalt'>;
};

/** The exchange port over the venue model: the live adapter without HTTP and signatures. */
export function createVenueExchange(deps: VenueExchangeDeps): Exchange {
  const { engine, time } = deps;
  /** @throws UpstreamUnavailableError when the read fails */
  const read = async <Value>(deadlineAtMs: number, look: (atMs: number) => Value): Promise<Value> => {
    await time.sleepUntil(time.nowMs() + deps.travelMs());
    if (!deps.dice.roll('look-up-down')) return look(time.nowMs());
    const leftMs = deps.dice.between('look-up-down', 0, 1) * Math.max(deadlineAtMs - deps.clock.nowMs(), 0);
    await time.sleepUntil(time.nowMs() + leftMs);
    throw new UpstreamUnavailableError('The venue did not answer');
  };
  return {
    prepareOrder: async (position, order, attemptNumber) => {
      assertLive(position);
      deps.onKeyUsed(position);
      return prepareOrder(deps, position, order, attemptNumber);
    },
    postOrder: async (position, intent, deadlineAtMs) => {
      assertLive(position);
      deps.onKeyUsed(position);
      const patienceMs = Math.max(deadlineAtMs - deps.clock.nowMs(), 0);
      return postToVenue(deps, position, intent, time.nowMs() + patienceMs);
    },
    listOrders: (position, orderHashes, deadlineAtMs) =>
      read(deadlineAtMs, (atMs) => {
        assertLive(position);
        engine.advanceTo(atMs);
        return orderHashes.flatMap((orderHash) => recordOf(deps, position, orderHash, atMs));
      }),
    getBalance: (position, deadlineAtMs) =>
      read(deadlineAtMs, (atMs) => {
        // Asked for the other version's shares, the venue knows none, and no approval for them.
        if (position.marketVersion !== deps.version) return { balanceMicros: 0n, approved: false };
        const { balanceMicros, approved } = engine.balanceAt(position.wallet, position.tokenId, atMs);
        return { balanceMicros, approved };
      }),
    refreshBalance: (position, deadlineAtMs) =>
      read(deadlineAtMs, (atMs) => {
        if (position.marketVersion === deps.version) engine.refreshBalance(position.wallet, position.tokenId, atMs);
      }),
    listRestingOrders: (position, deadlineAtMs) =>
      read(deadlineAtMs, (atMs) => engine.restingOrders(position.wallet, position.tokenId, atMs)),
    cancelRestingOrders: (position, deadlineAtMs) =>
      read(deadlineAtMs, (atMs) => engine.cancelResting(position.wallet, position.tokenId, atMs)),
  };
}

function assertLive(position: PositionTerms): void {
  if (position.mode === 'live') return;
  throw new InvariantError('The venue was asked to act for a position that is not live', { mode: position.mode });
}

function prepareOrder(
  deps: VenueExchangeDeps,
  position: PositionTerms,
  order: OrderTerms,
  attemptNumber: number,
): OrderIntent {
  const salt = deps.ids.nextSalt();
  const orderHash = `0x${hex256(`${position.positionId}|${order.tokenId}|${salt}`)}`;
  return { ...order, attemptNumber, salt, timestampMs: deps.clock.nowMs(), orderHash };
}

/** The order while it works, and its trades, without anything younger than the look-up's lag. */
function recordOf(line: VenueConnection, position: PositionTerms, orderHash: string, atMs: number): OrderRecord[] {
  const { engine } = line;
  const order = engine.ledger.orders.get(orderHash);
  const visibleUntilMs = atMs - engine.lookUpLagMs(atMs);
  if (order === undefined || order.receivedAtMs > visibleUntilMs) return [];
  const trades = engine.ledger.trades.filter(
    (trade) => trade.orderHash === orderHash && trade.matchedAtMs <= visibleUntilMs,
  );
  const mayFill = order.status === 'held' || order.status === 'live';
  if (!mayFill && trades.length === 0) return [];
  // One receipt shows the cash of all fills of an order.
  const isCashRead = !line.dice.roll('fee-unverified');
  const shownMicros = trades.reduce((sum, trade) => sum + trade.sharesMicros, 0n);
  return [
    {
      orderHash,
      working: mayFill || shownMicros < order.filledMicros,
      trades: trades.map((trade) => toTrade(trade, position.feeRateMicros, isCashRead, atMs)),
    },
  ];
}

/** The fee is an estimate until the cash that moved is read from the chain, once the fill is final (venue §4). */
function toTrade(trade: VenueTrade, feeRateMicros: bigint, isCashRead: boolean, atMs: number): Trade {
  const { tradeId, orderHash, side, sharesMicros, valueMicros, matchedAtMs } = trade;
  const status = STATUSES[tradeStatusAt(trade, atMs)];
  const estimateMicros = estimatedFeeMicros(trade, feeRateMicros);
  const isVerified = status === 'confirmed' && isCashRead;
  const fees = isVerified
    ? { feesMicros: trade.feesMicros, feeDriftMicros: trade.feesMicros - estimateMicros }
    : { feesMicros: estimateMicros, feeDriftMicros: null };
  return { tradeId, orderHash, side, status, matchedAtMs, sharesMicros, valueMicros, ...fees };
}

const STATUSES = {
  MATCHED: 'provisional',
  RETRYING: 'provisional',
  MINED: 'provisional',
  CONFIRMED: 'confirmed',
  FAILED: 'failed',
} as const;
