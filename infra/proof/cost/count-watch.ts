/** Counts what AWS would bill for looking at the wallet, on a local stack in live mode. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalStack, StartLocalStack } from '#infra/shared/local-stack.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { MARKET_VERSIONS, type MarketVersion } from '#lib/domain/market/market.ts';
import { isTradable } from '#lib/domain/refusal/opening-refusal.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { connectSuite } from '#lib/suite-client/connect-suite.ts';
import { getOpened } from '#lib/suite-client/invoke-open.ts';
import { accountOfStack, type Bot, fillOf, startBot } from '../bot/start-bot.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { addUsage, scaleUsage, type Usage } from './bill.ts';
import { type Invoke, QUIET_MS } from './cost-bench.ts';
import { createMeteredFunctions } from './metered-functions.ts';
import { startSlowHosts } from './slow-hosts.ts';
import { type Tally, usageOfColdStarts } from './tally.ts';

/** One run, with markets in the wallet that were told and are not managed. */
export type WatchCount = {
  /** The suite holds nothing. */
  readonly quietRun: Usage;
  /** A position is open, so that rows are read. */
  readonly openRun: Usage;
  readonly faults: readonly string[];
};

export type CountWatchDeps = {
  readonly startLocalStack: StartLocalStack;
  readonly tally: Tally;
  /** Invokes a function of the stack with this environment. */
  readonly invokeAt: (env: Readonly<Record<string, string>>) => { readonly invoke: Invoke; close(): void };
  readonly say: (text: string) => void;
};

const RUN_COUNT = 20;
const HOUR_MS = 3_600_000;
const WAIT_MS_MAX = 60_000;
const RETRY_MS = 2_000;
const MARKET_MS = 1_200_000;
const USD = 10;

/** @throws ConfigError without a chain node for this machine */
export async function countWatch(deps: CountWatchDeps): Promise<WatchCount> {
  const { startLocalStack, tally, say } = deps;
  const stateDir = makeTemporaryFolder(tmpdir(), 'tminus-cost-watch-');
  const functions = createMeteredFunctions(tally);
  const faults: string[] = [];
  const closers: (() => unknown)[] = [() => rmSync(stateDir, { recursive: true, force: true }), functions.stop];
  try {
    const stack = await startLocalStack({
      ...{ stateDir, seed: 1, sweepPeriodMs: HOUR_MS, watchPeriodMs: HOUR_MS },
      live: { signatureType: 3 },
      functions: functions.handlers,
      log: (message) => void faults.push(`stack: ${message}`),
    });
    closers.push(stack.stop);
    const hosts = await startSlowHosts(stack.env);
    closers.push(hosts.stop);
    await functions.connect(hosts.env);
    const { invoke, close } = deps.invokeAt(stack.env);
    closers.push(close);
    const watch = () => invoke('watch', {});
    say(`Counting ${2 * RUN_COUNT} looks at the wallet, of a bot and then beside an open position.`);
    tally.clear();
    await buyByBot(stack);
    await until(watch, () => (tally.usageOf('discord').publishes ?? 0) >= MARKET_VERSIONS.length);
    const quietRun = await countRuns(tally, watch);
    await openOne(stack);
    tally.clear();
    // Rows are read once the index shows the position's shares.
    await until(watch, () => (tally.usageOf('watch').readUnits ?? 0) > 0);
    const openRun = await countRuns(tally, watch);
    return { quietRun, openRun, faults: [...functions.faults, ...faults] };
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

async function countRuns(tally: Tally, watch: () => Promise<void>): Promise<Usage> {
  await watch();
  await delay(QUIET_MS);
  tally.clear();
  for (let number = 1; number <= RUN_COUNT; number += 1) await watch();
  return scaleUsage(addUsage(tally.sum(), usageOfColdStarts(tally)), 1 / RUN_COUNT);
}

function addMarket(stack: LocalStack, version: MarketVersion): string {
  const nowMs = Date.now();
  const tokenMidAt = { outcome: 'UP', priceMicros: 550_000n, atMs: nowMs } as const;
  const times = { startsAtMs: nowMs - 1_000, endsAtMs: nowMs + MARKET_MS };
  return stack.venue.addMarket({ asset: 'BTC', window: '5m', version, ...times, tokenMidAt });
}

/** Markets of both versions. */
async function buyByBot(stack: LocalStack): Promise<void> {
  const bot = startBot(await accountOfStack(stack.env));
  try {
    for (const version of MARKET_VERSIONS) await buyOne(stack, bot, version);
  } finally {
    await bot.kill();
  }
}

async function buyOne(stack: LocalStack, bot: Bot, version: MarketVersion): Promise<void> {
  const { clobHost, gammaHost } = stack.venue;
  const market = await createPolymarketMarketData({ clobHost, gammaHost, clock }).findMarket(addMarket(stack, version));
  if (market === undefined || !isTradable(market)) throw new UpstreamUnavailableError('A new market cannot be traded');
  const order = { side: 'BUY', tokenId: market.tokenIds.UP, version, amount: USD, price: 0.95 } as const;
  fillOf(order, await bot.place(order));
}

async function until(watch: () => Promise<void>, isReached: () => boolean): Promise<void> {
  const untilMs = Date.now() + WAIT_MS_MAX;
  while (!isReached()) {
    if (Date.now() > untilMs) throw new UpstreamUnavailableError('The shares in the wallet were not noticed');
    await watch();
    await delay(RETRY_MS);
  }
}

async function openOne(stack: LocalStack): Promise<void> {
  const suite = connectSuite(stack.env);
  try {
    const market = { asset: 'BTC', side: 'UP', marketSlug: addMarket(stack, 'v1') } as const;
    getOpened(await suite.open({ requestId: 'cost-watch', ...market, usd: String(USD), mode: 'live' }));
  } finally {
    suite.close();
  }
}
