import { setTimeout as pause } from 'node:timers/promises';
import { createBinanceCandles } from '#lib/adapters/binance/binance-candles.ts';
import { createPastPrices } from '#lib/adapters/polymarket/history/past-prices.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { CliError } from '#lib/cli/cli-error.ts';
import type { ActionSuite } from '#lib/console/act/action-deps.ts';
import { createNowFeed, type NowFeed } from '#lib/console/now/now-feed.ts';
import type { Connection } from '#lib/console/now/read-suite.ts';
import { whyUnread } from '#lib/console/now/why-unread.ts';
import type { LifeSources } from '#lib/console/position/read-life.ts';
import { type Check, type PlannedCheck, runChecks } from '#lib/lifecycle/check/check.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { knownCommit, shortCommit } from '#lib/runtime/short-commit.ts';
import { findAccessFailure } from './ask-to-log-in.ts';
import { createSuite, findSuite, type Suite, type SuiteChoice } from './find-suite.ts';
import { openDeployment } from './open-deployment.ts';
import { readPublicHosts } from './public-venue.ts';
import { planSuiteChecks } from './suite-checks.ts';

/** The checks run side by side, as those of `doctor`. */
const CHECKS_DEADLINE_MS = 10_000;

type ConsoleConnection = Connection &
  ActionSuite & {
    readonly suite: Suite;
    /** For the page of a position. */
    readonly life: LifeSources;
  };

/**
 * Finds a suite, and follows it wherever it is found again.
 * @throws CliError, ConfigError, UpstreamUnavailableError as `findSuite`
 */
export async function followSuite(choice: SuiteChoice, env: Env): Promise<NowFeed<ConsoleConnection>> {
  const connect = () => connectConsole(choice, env);
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    await pause(ms, undefined, { signal }).catch(() => undefined);
  };
  return createNowFeed({ clock, sleep, connect, explain: explainConnection }, await connect());
}

/** Finds a suite and opens what the console reads of it. */
async function connectConsole(choice: SuiteChoice, env: Env): Promise<ConsoleConnection> {
  const place = await findSuite(choice, env);
  const suite = createSuite(place);
  const aws = createAwsClients(place.env, place.limits);
  const watched = openDeployment(place, aws, choice.stage);
  const checks: readonly PlannedCheck[] = planSuiteChecks(place.env, suite, watched.deployment);
  // A local stack may run without canaries: that no timer woke one would stand on the page for ever.
  const isOfThisPlace = ({ name, status }: Check) => place.process === null || name !== 'timer' || status === 'ok';
  const { STAGE: stage = 'local' } = place.env;
  const hosts = readPublicHosts(place.env);
  const venue = createPolymarketMarketData({ clock, clobHost: hosts.CLOB_HOST, gammaHost: hosts.GAMMA_HOST });
  const prices = {
    ...createBinanceCandles({ clock, binanceHost: hosts.BINANCE_HOST }),
    ...createPastPrices({ clock, dataHost: hosts.DATA_HOST }),
  };
  return {
    suite,
    store: suite.store,
    about: { place: place.place, stage, isLive: tradesLive(stage, place.env), commit: commitOf(place.env) },
    findBook: (tokenId, deadlineAtMs) => venue.findBook(tokenId, deadlineAtMs),
    markets: venue,
    life: { store: suite.store, results: venue, prices },
    readChecks: async () => (await runChecks(checks, clock.nowMs() + CHECKS_DEADLINE_MS)).filter(isOfThisPlace),
    close: () => {
      suite.close();
      aws.destroy();
      watched.destroy();
    },
  };
}

/** Why no suite was found, or its table not read, for people: mostly a missing log-in. */
function explainConnection(error: unknown): string {
  if (error instanceof CliError) return error.message;
  const access = findAccessFailure(error);
  return access === undefined ? whyUnread(error) : `${access}.`;
}

/** A stage with a key, and the one that is named so: the page must not look like paper while it gets its key. */
function tradesLive(stage: string, env: Env): boolean {
  return stage === 'live' || Boolean(env.LIVE_KMS_KEY_ID || env.LIVE_KEY_SECRET);
}

function commitOf(env: Env): string | null {
  const commit = knownCommit(env.COMMIT);
  return commit === null ? null : shortCommit(commit);
}
