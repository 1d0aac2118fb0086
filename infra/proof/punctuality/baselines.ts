/**
 * The exits that T-minus is compared with, in the same markets and in real time. Each baseline holds the same shares in
 * a paper account of its own, so that its sells do not use up the liquidity of the others. A sell reads the book and
 * posts below the best bid. It stores nothing, and so is faster than a durable one.
 */
import { REPLACED_WORKER } from '#infra/proof/replaced-worker-rule.ts';
import { createPaperExchange } from '#lib/adapters/paper/paper-exchange.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import { floorTo, maxMicros } from '#lib/domain/market/money.ts';
import { SHARES_STEP_MICROS } from '#lib/domain/market/venue-rules.ts';
import { boughtTotals } from '#lib/domain/position/fill-totals.ts';
import type { Position } from '#lib/domain/position/position.ts';
import type { Exchange } from '#lib/ports/venue/exchange.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import { createMemoryPaperLedger } from '#lib/simulation/world/memory-paper-ledger.ts';
import type { Random } from '#lib/venue/random.ts';

export type Baseline = {
  /** From the due time to its first poll, or to its timer. */
  drawDelayMs(random: Random): number;
  readonly tryCount: number;
  readonly tryPauseMs: number;
};

/**
 * The worker that T-minus replaces: polls its positions every ten seconds, at a random phase per position, and tries a
 * refused sell three times.
 */
export const POLLING_WORKER: Baseline = {
  drawDelayMs: (random) => random.nextInt(REPLACED_WORKER.pollPeriodMs),
  tryCount: REPLACED_WORKER.tryCount,
  tryPauseMs: REPLACED_WORKER.tryPauseMs,
};

/** EventBridge Scheduler alone, set to the due time: AWS promises a precision of one minute. */
export const SCHEDULER_ALONE: Baseline = {
  drawDelayMs: (random) => random.nextInt(60_000),
  tryCount: 1,
  tryPauseMs: 0,
};

export type BaselineDeps = { readonly marketData: Pick<MarketData, 'findBook'>; readonly random: Random };

const BOOK_DEADLINE_MS = 1_500;
const REQUEST_DEADLINE_MS = 6_000;
const SLACK_TICKS = 5n;

export type BaselineExit = { readonly arrivedAtMs: number; readonly isSold: boolean };

/** Sells each position as the baseline does. Resolves when its last try has ended. */
export async function runBaseline(
  deps: BaselineDeps,
  baseline: Baseline,
  positions: readonly Position[],
  dueAtMs: number,
): Promise<readonly BaselineExit[]> {
  const ids = createSystemIdSource(systemClock);
  const ledger = createMemoryPaperLedger();
  const exchange = createPaperExchange({ ...deps, ledger, clock: systemClock, ids, settlement: { fixedMs: 0 } });
  const wakeAtMs = positions.map(() => dueAtMs + baseline.drawDelayMs(deps.random));
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
      // A buy may bring a fraction of the venue's step, which no order can sell.
      return exit({ ...deps, exchange }, baseline, position, floorTo(bought.sharesMicros, SHARES_STEP_MICROS));
    }),
  );
}

type ExitDeps = BaselineDeps & { readonly exchange: Exchange };

async function exit(
  deps: ExitDeps,
  baseline: Baseline,
  position: Position,
  sharesMicros: bigint,
): Promise<BaselineExit> {
  const first = await sell(deps, position, sharesMicros);
  let { isSold } = first;
  for (let tries = 1; tries < baseline.tryCount && !isSold; tries += 1) {
    await systemClock.sleepUntil(Date.now() + baseline.tryPauseMs);
    isSold = (await sell(deps, position, sharesMicros)).isSold;
  }
  return { arrivedAtMs: first.arrivedAtMs, isSold };
}

async function sell(deps: ExitDeps, position: Position, sharesMicros: bigint): Promise<BaselineExit> {
  const { tokenId, negRisk, marketVersion, tickMicros } = position;
  const book = await deps.marketData.findBook(tokenId, Date.now() + BOOK_DEADLINE_MS).catch(() => undefined);
  const bestBidMicros = book?.bids[0]?.priceMicros ?? tickMicros;
  const limitPriceMicros = maxMicros(bestBidMicros - SLACK_TICKS * tickMicros, tickMicros);
  const token = { tokenId, negRisk, marketVersion };
  const order = { side: 'SELL', orderType: 'FAK', ...token, sharesMicros, limitPriceMicros } as const;
  const intent = await deps.exchange.prepareOrder(position, order, 1);
  const arrivedAtMs = Date.now();
  const reply = await deps.exchange.postOrder(position, intent, arrivedAtMs + REQUEST_DEADLINE_MS);
  return { arrivedAtMs, isSold: reply.outcome === 'accepted' };
}
