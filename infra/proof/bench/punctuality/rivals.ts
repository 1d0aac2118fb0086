/**
 * What T-minus is measured against, in the same markets and at the same venue, in real time. Both hold the same shares on
 * paper, in an account of their own, so that nobody takes anybody's liquidity. A rival's sell does what it must: read the
 * book, post below the best bid. It writes nothing down, which makes it quicker than an honest one would be.
 */
import { createPaperExchange } from '#lib/adapters/paper/paper-exchange.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import { maxMicros } from '#lib/domain/market/money.ts';
import { boughtTotals } from '#lib/domain/position/fill-totals.ts';
import type { Position } from '#lib/domain/position/position.ts';
import type { Exchange } from '#lib/ports/exchange.ts';
import type { MarketData } from '#lib/ports/market-data.ts';
import { createMemoryPaperLedger } from '#lib/simulation/world/memory-paper-ledger.ts';
import type { Random } from '#lib/venue/random.ts';

export type Rival = {
  /** When its first look (or its timer) comes, in milliseconds after the due time. */
  drawDelayMs(random: Random): number;
  /** How often it tries to sell when it is refused, and the pause between two tries. */
  readonly tryCount: number;
  readonly tryPauseMs: number;
};

/**
 * The worker this replaces: looks every ten seconds at what it holds, at a phase that has nothing to do with the due time
 * (each position has a phase of its own, as if each were of another night), and tries a refused sell three times.
 */
export const WORKER: Rival = { drawDelayMs: (random) => random.nextInt(10_000), tryCount: 3, tryPauseMs: 5_000 };

/** EventBridge Scheduler alone, set to the due time: AWS promises the minute, so it comes within sixty seconds. */
export const SCHEDULER_ALONE: Rival = { drawDelayMs: (random) => random.nextInt(60_000), tryCount: 1, tryPauseMs: 0 };

export type RivalDeps = { readonly marketData: Pick<MarketData, 'findBook'>; readonly random: Random };

const BOOK_DEADLINE_MS = 1_500;
const REQUEST_DEADLINE_MS = 6_000;
const SLACK_TICKS = 5n;

export type RivalExit = { readonly arrivedAtMs: number; readonly isSold: boolean };

/** Lets a rival leave each position. Resolves when its last try is over. */
export async function runRival(
  deps: RivalDeps,
  rival: Rival,
  positions: readonly Position[],
  dueAtMs: number,
): Promise<readonly RivalExit[]> {
  const ids = createSystemIdSource(systemClock);
  const ledger = createMemoryPaperLedger();
  const exchange = createPaperExchange({ ...deps, ledger, clock: systemClock, ids, settlement: { fixedMs: 0 } });
  const wakeAtMs = positions.map(() => dueAtMs + rival.drawDelayMs(deps.random));
  return Promise.all(
    positions.map(async (position, index) => {
      const bought = boughtTotals(position);
      const acceptedAtMs = position.openedAtMs;
      await ledger.record(position, 0, {
        orderHash: `0x${position.positionId}`,
        recordId: position.positionId,
        positionId: position.positionId,
        side: 'BUY',
        orderType: 'FOK',
        requestedSharesMicros: bought.sharesMicros,
        limitPriceMicros: position.tickMicros,
        slices: [{ ...bought, priceMicros: position.tickMicros }],
        bookAtMs: acceptedAtMs,
        acceptedAtMs,
        settlesAtMs: acceptedAtMs,
      });
      await systemClock.sleepUntil(wakeAtMs[index] ?? dueAtMs);
      return leave({ ...deps, exchange }, rival, position, bought.sharesMicros);
    }),
  );
}

type LeaveDeps = RivalDeps & { readonly exchange: Exchange };

async function leave(deps: LeaveDeps, rival: Rival, position: Position, sharesMicros: bigint): Promise<RivalExit> {
  const first = await sell(deps, position, sharesMicros);
  let { isSold } = first;
  for (let tries = 1; tries < rival.tryCount && !isSold; tries += 1) {
    await systemClock.sleepUntil(Date.now() + rival.tryPauseMs);
    isSold = (await sell(deps, position, sharesMicros)).isSold;
  }
  return { arrivedAtMs: first.arrivedAtMs, isSold };
}

async function sell(deps: LeaveDeps, position: Position, sharesMicros: bigint): Promise<RivalExit> {
  const { tokenId, negRisk, tickMicros } = position;
  const book = await deps.marketData.findBook(tokenId, Date.now() + BOOK_DEADLINE_MS).catch(() => undefined);
  const bestBidMicros = book?.bids[0]?.priceMicros ?? tickMicros;
  const limitPriceMicros = maxMicros(bestBidMicros - SLACK_TICKS * tickMicros, tickMicros);
  const order = { side: 'SELL', orderType: 'FAK', tokenId, negRisk, sharesMicros, limitPriceMicros } as const;
  const intent = await deps.exchange.prepareOrder(position, order, 1);
  const arrivedAtMs = Date.now();
  const reply = await deps.exchange.postOrder(position, intent, arrivedAtMs + REQUEST_DEADLINE_MS);
  return { arrivedAtMs, isSold: reply.outcome === 'accepted' };
}
