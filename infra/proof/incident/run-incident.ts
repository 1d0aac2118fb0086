import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalStack, StartLocalStack } from '#infra/shared/local-stack.ts';
import type { FeeSettings, LocalLive } from '#infra/shared/local-venue.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { ASSETS } from '#lib/domain/market/market.ts';
import { parseMicros } from '#lib/domain/market/money.ts';
import { InvariantError } from '#lib/errors/errors.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import { connectSuite } from '#lib/suite-client/connect-suite.ts';
import { createRandom } from '#lib/venue/random.ts';
import { type AccountFleet, createAccountFleet } from './account-functions.ts';
import { listAlerts } from './audit-position.ts';
import type { IncidentCauseName } from './incident-cause-names.ts';
import { INCIDENT_CAUSES } from './incident-causes.ts';
import type { IncidentReport } from './incident-report.ts';
import { INCIDENT_ENV, SWEEP_PERIOD_MS, TIMER_GRAIN_MS, TIMER_JITTER_MS } from './incident-times.ts';
import { createInterruptibleClock } from './interruptible-clock.ts';
import { type CastCause, playCause } from './play-cause.ts';
import { LOOK_PERIOD_MS, STAKE_USD } from './replaced-worker.ts';

export type IncidentRequest = { readonly causes: readonly IncidentCauseName[]; readonly seed: number };

const CASH_MICROS = 1_000_000_000n;
/** Every way of counting fees that was seen at the venue, in turn. */
const FEE_WAYS: readonly FeeSettings[] = [
  { feeRounding: 'round', feePer: 'level' },
  { feeRounding: 'floor', feePer: 'level' },
  { feeRounding: 'round', feePer: 'order' },
  { feeRounding: 'floor', feePer: 'order' },
];

/**
 * The night of the loss once more, in live mode, against the venue and the chain of this machine: for each cause the worker that was
 * on duty beside T-minus. All causes at once, each in a market of its own. Broken off by `signal`, it ends everything it has started,
 * leaves no file behind, and throws what the signal gives as its reason.
 */
export async function runIncident(
  { startLocalStack }: { readonly startLocalStack: StartLocalStack },
  request: IncidentRequest,
  say: (text: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<IncidentReport> {
  // Dozens sleep at once, and each of them listens.
  setMaxListeners(0, signal);
  const startedAtMs = Date.now();
  const stateDir = mkdtempSync(join(tmpdir(), 'tminus-incident-'));
  const fleet = createAccountFleet();
  try {
    const stack = await startLocalStack({
      stateDir,
      seed: request.seed,
      timerGrainMs: TIMER_GRAIN_MS,
      timerJitterMs: TIMER_JITTER_MS,
      sweepPeriodMs: SWEEP_PERIOD_MS,
      env: { ...INCIDENT_ENV, LOG_FILE: join(stateDir, 'functions.log') },
      functions: fleet.functions,
      live: { signatureType: 2, cashMicros: CASH_MICROS },
    });
    try {
      const causes = await playAll({ stack, fleet, say, signal }, request);
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
  readonly fleet: AccountFleet;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
};

async function playAll({ stack, fleet, say, signal }: PlayAllDeps, request: IncidentRequest) {
  const { live, venue, env } = stack;
  if (live === null) throw new InvariantError('An incident is played live');
  const suite = connectSuite(env);
  const aws = createAwsClients(env);
  fleet.connect(suite.store);
  try {
    const cast: CastCause[] = [];
    for (const [index, name] of request.causes.entries()) {
      signal.throwIfAborted();
      cast.push(await castCause({ live, fleet, env }, request, name, index));
    }
    say(
      'The accounts have their cash. Each cause takes its turn to buy, then half a minute passes until its market ends.',
    );
    const { CLOB_HOST: clobHost = '', GAMMA_HOST: gammaHost = '' } = env;
    const deps = {
      marketData: createPolymarketMarketData({ clobHost, gammaHost, clock: systemClock }),
      ...{ suite, venue, chain: live.chain, setFees: createFeeSetter(venue), takeTurn: createTurns(signal) },
      clock: createInterruptibleClock(signal),
      listAlerts: (positionId: string) => listAlerts(aws, env.TABLE_NAME ?? '', positionId),
    };
    return await Promise.all(cast.map((cause) => playCause(deps, cause)));
  } finally {
    aws.destroy();
    suite.close();
  }
}

function createFeeSetter(venue: LocalStack['venue']): (marketSlug: string, fees: FeeSettings) => void {
  let feesByMarket: Readonly<Record<string, FeeSettings>> = {};
  return (marketSlug, fees) => {
    feesByMarket = { ...feesByMarket, [marketSlug]: fees };
    venue.setSettings({ feesByMarket });
  };
}

type CastDeps = { readonly live: LocalLive; readonly fleet: AccountFleet; readonly env: LocalStack['env'] };

/** Two accounts of the same kind, and the functions that trade with one of them. */
async function castCause(
  { live, fleet, env }: CastDeps,
  { seed }: IncidentRequest,
  name: IncidentCauseName,
  index: number,
): Promise<CastCause> {
  const cause = INCIDENT_CAUSES[name];
  const account = { ...cause.account, cashMicros: CASH_MICROS };
  const worker = await live.createAccount({ ...account, name: `${name}/worker` });
  const tminus = await live.createAccount({ ...account, name: `${name}/tminus` });
  const requestId = `incident-${name}`;
  await fleet.enlist(requestId, { ...env, ...tminus.env });
  return {
    ...cause,
    name,
    requestId,
    accounts: { worker, tminus },
    asset: ASSETS[index % ASSETS.length] ?? 'BTC',
    phaseMs: createRandom(`${seed}|${name}|worker`).nextInt(LOOK_PERIOD_MS),
    fees: FEE_WAYS[index % FEE_WAYS.length] ?? { feeRounding: 'round', feePer: 'level' },
    seed: `${seed}|${name}`,
  };
}

/** One after the other, in the order in which they ask. */
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
