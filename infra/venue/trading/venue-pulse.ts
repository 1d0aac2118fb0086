import { cancelOrder } from '#lib/venue/engine/cancel-order.ts';
import type { ChainSettlement } from './chain-settlement.ts';
import type { Desk, VenueDesks } from './venue-desks.ts';

/** Lets time pass at the desks while something is going on there. */
export type VenuePulse = { start(): void; stop(): void };

export type VenuePulseDeps = {
  readonly desks: Pick<VenueDesks, 'all'>;
  readonly settlement: ChainSettlement | null;
  nowMs(): number;
};

/** Fine enough for the taker delay to be the longest thing anybody waits for. */
const BEAT_MS = 50;

/** An order that expires does so a minute before its time (venue §2.5). */
const EXPIRES_EARLY_MS = 60_000;

/**
 * An engine only moves when somebody asks it something. Resting and late orders must fill, expire and settle without
 * that, so this asks. It rests with the last order and trade: a venue that only shows books has no pulse.
 */
export function createVenuePulse({ desks, settlement, nowMs }: VenuePulseDeps): VenuePulse {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  const beat = (): void => {
    const atMs = nowMs();
    let isBusy = false;
    for (const desk of desks.all()) {
      if (desk.engine.ledger.orders.size === 0) continue;
      desk.engine.advanceTo(atMs);
      cancelOverdue(desk, atMs);
      settlement?.advance(desk, atMs);
      isBusy ||= isGoingOn(desk, atMs) || settlement?.isPending(desk) === true;
    }
    if (!isBusy) stop();
  };
  return {
    start: () => {
      timer ??= setInterval(beat, BEAT_MS).unref();
    },
    stop,
  };
}

function cancelOverdue(desk: Desk, atMs: number): void {
  const isMarketOver = atMs >= desk.playing.market.endsAtMs;
  for (const { orderHash, status } of desk.engine.ledger.orders.values()) {
    if (status !== 'live') continue;
    const expiresAtMs = desk.placed.get(orderHash)?.expiresAtMs ?? null;
    const isExpired = expiresAtMs !== null && atMs >= expiresAtMs - EXPIRES_EARLY_MS;
    if (isMarketOver || isExpired) cancelOrder(desk.engine, orderHash, atMs);
  }
}

function isGoingOn({ engine }: Desk, atMs: number): boolean {
  const isWorking = [...engine.ledger.orders.values()].some(({ status }) => status === 'held' || status === 'live');
  return isWorking || engine.ledger.trades.some(({ finalAtMs }) => atMs < finalAtMs);
}
