import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { REPLACED_WORKER } from '#infra/proof/replaced-worker-rule.ts';
import type { LocalStack, StartLocalStack } from '#infra/shared/local-stack.ts';
import type { FeeSettings, LocalLive } from '#infra/shared/local-venue.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import type { MarketVersion } from '#lib/domain/market/market.ts';
import { parseMicros } from '#lib/domain/market/money.ts';
import { InvariantError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import { connectSuite } from '#lib/suite-client/connect-suite.ts';
import { createRandom } from '#lib/venue/random.ts';
import { type AccountFunctions, createAccountFunctions } from './account-functions.ts';
import { listAlerts } from './audit-position.ts';
import { INCIDENT_CAUSES } from './incident-causes.ts';
import type { IncidentCauseName, IncidentReport } from './incident-report.ts';
import { INCIDENT_ENV, SWEEP_PERIOD_MS, TIMER_GRAIN_MS, TIMER_JITTER_MS } from './incident-times.ts';
import { type PreparedCause, playCause } from './play-cause.ts';
import { STAKE_USD } from './replaced-worker.ts';

export type IncidentRequest = {
  readonly causes: readonly IncidentCauseName[];
  /** Each cause is played in a market of each of these versions. Default: v1. */
  readonly versions?: readonly MarketVersion[];
  readonly seed: number;
};

const CASH_MICROS = 1_000_000_000n;
export const SETTLEMENT_TEXT = 'The markets are over. What was not sold is settled now, which takes about a minute.';
/** The ways in which the venue was seen to compute fees. The causes use them in turn. */
const FEE_SETTINGS: readonly FeeSettings[] = [
  { feeRounding: 'round', feePer: 'level' },
  { feeRounding: 'floor', feePer: 'level' },
  { feeRounding: 'round', feePer: 'order' },
  { feeRounding: 'floor', feePer: 'order' },
];

/**
 * Replays the incident in live mode, with a local venue and chain: for each cause the replaced worker and T-minus in
 * the same market. All causes run at the same time. When `signal` aborts, everything that was started ends, no file is
 * left, and the signal's reason is thrown.
 */
export async function runIncident(
  { startLocalStack }: { readonly startLocalStack: StartLocalStack },
  request: IncidentRequest,
  say: (text: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<IncidentReport> {
  // Each of dozens of concurrent sleeps adds a listener.
  setMaxListeners(0, signal);
  const startedAtMs = Date.now();
  const stateDir = mkdtempSync(join(tmpdir(), 'tminus-incident-'));
  const accounts = createAccountFunctions();
  try {
    const stack = await startLocalStack({
      stateDir,
      seed: request.seed,
      timerGrainMs: TIMER_GRAIN_MS,
      timerJitterMs: TIMER_JITTER_MS,
      sweepPeriodMs: SWEEP_PERIOD_MS,
      env: { ...INCIDENT_ENV, LOG_FILE: join(stateDir, 'functions.log') },
      functions: accounts.functions,
      live: { signatureType: 2, cashMicros: CASH_MICROS },
    });
    try {
      const causes = await playAll({ stack, accounts, say, signal }, request);
      const stakeMicros = parseMicros(String(STAKE_USD));
      return { causes, seed: request.seed, stakeMicros, durationMs: Date.now() - startedAtMs };
    } finally {
      await stack.stop();
    }
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}

type PlayAllDeps = {
  readonly stack: LocalStack;
  readonly accounts: AccountFunctions;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
};

async function playAll({ stack, accounts, say, signal }: PlayAllDeps, request: IncidentRequest) {
  const { live, venue, env } = stack;
  if (live === null) throw new InvariantError('The stack was started without live trading');
  const suite = connectSuite(env);
  const aws = createAwsClients(env);
  accounts.connect(suite.store);
  try {
    const causes: PreparedCause[] = [];
    const { versions = ['v1'] } = request;
    const plays = request.causes.flatMap((name) => versions.map((version) => ({ name, version })));
    for (const [index, play] of plays.entries()) {
      signal.throwIfAborted();
      causes.push(await prepareCause({ live, accounts, env }, request, play, index));
    }
    say('The accounts are funded. The causes buy one after the other; each market ends half a minute later.');
    const { CLOB_HOST: clobHost = '', GAMMA_HOST: gammaHost = '' } = env;
    const deps = {
      marketData: createPolymarketMarketData({ clobHost, gammaHost, clock: systemClock }),
      suite,
      venue,
      chain: live.chain,
      setFees: createFeeSetter(venue),
      inTurn: createTurns(signal),
      clock: createInterruptibleClock(signal),
      listAlerts: (positionId: string) => listAlerts(aws, env.TABLE_NAME ?? '', positionId),
    };
    const onAudited = afterCalls(causes.length, () => say(SETTLEMENT_TEXT));
    return await Promise.all(causes.map((cause) => playCause({ ...deps, onAudited }, cause)));
  } finally {
    aws.destroy();
    suite.close();
  }
}

/** Calls back once, at the last of `count` calls. */
function afterCalls(count: number, callBack: () => void): () => void {
  let leftCount = count;
  return () => {
    leftCount -= 1;
    if (leftCount === 0) callBack();
  };
}

function createFeeSetter(venue: LocalStack['venue']): (marketSlug: string, fees: FeeSettings) => void {
  let feesByMarket: Readonly<Record<string, FeeSettings>> = {};
  return (marketSlug, fees) => {
    feesByMarket = { ...feesByMarket, [marketSlug]: fees };
    venue.setSettings({ feesByMarket });
  };
}

type PrepareDeps = { readonly live: LocalLive; readonly accounts: AccountFunctions; readonly env: LocalStack['env'] };

/** Creates two accounts of the same kind, and registers one of them for the functions. */
async function prepareCause(
  { live, accounts, env }: PrepareDeps,
  { seed }: IncidentRequest,
  { name, version }: { readonly name: IncidentCauseName; readonly version: MarketVersion },
  index: number,
): Promise<PreparedCause> {
  const cause = INCIDENT_CAUSES[name];
  const account = { ...cause.account, cashMicros: CASH_MICROS };
  const worker = await live.createAccount({ ...account, name: `${name}-${version}/worker` });
  const tminus = await live.createAccount({ ...account, name: `${name}-${version}/tminus` });
  const requestId = `incident-${name}-${version}`;
  await accounts.register(requestId, { ...env, ...tminus.env });
  return {
    ...cause,
    name,
    version,
    requestId,
    accounts: { worker, tminus },
    asset: index % 2 === 0 ? 'BTC' : 'ETH',
    phaseMs: createRandom(`${seed}|${name}|${version}|worker`).nextInt(REPLACED_WORKER.pollPeriodMs),
    fees: FEE_SETTINGS[index % FEE_SETTINGS.length] ?? { feeRounding: 'round', feePer: 'level' },
    seed: `${seed}|${name}|${version}`,
  };
}

/** Runs one task at a time, in the order of the calls. */
function createTurns(signal: AbortSignal): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(() => {
      signal.throwIfAborted();
      return work();
    });
    last = turn.catch(() => undefined);
    return turn;
  };
}

/** The longest part of a sleep: the machine's clock may jump meanwhile. */
const SLEEP_MS_MAX = 250;

/** The machine's clock, whose sleeps reject when the signal aborts. Some milliseconds late. */
function createInterruptibleClock(signal: AbortSignal): Clock {
  return {
    nowMs: () => Date.now(),
    sleepUntil: async (atMs) => {
      signal.throwIfAborted();
      // A timer may fire a millisecond early.
      for (let leftMs = atMs - Date.now(); leftMs > 0; leftMs = atMs - Date.now()) {
        await pause(Math.min(Math.ceil(leftMs), SLEEP_MS_MAX), undefined, { signal });
      }
    },
  };
}
