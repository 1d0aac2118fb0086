import type { FeeSettings, LiveAccount, LocalLive, LocalVenue } from '#infra/shared/local-venue.ts';
import { LATE_AFTER_MS } from '#lib/domain/evolve/evolve-settlement.ts';
import type { Market, MarketVersion } from '#lib/domain/market/market.ts';
import type { Alert, AlertKind } from '#lib/domain/news/alert.ts';
import { isSettled } from '#lib/domain/position/fill-totals.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { isRedemptionFailing } from '#lib/domain/position/settlement-progress.ts';
import { isTradable } from '#lib/domain/refusal/opening-refusal.ts';
import { InvariantError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import type { SuiteClient } from '#lib/suite-client/connect-suite.ts';
import { RESOLUTION_LAG_MS } from '#lib/venue/books/playing-market.ts';
import { auditLedger } from './audit-position.ts';
import { auditPayout, countUnclaimed, otherSharesMicros, type Side, settleMoney } from './count-money.ts';
import type { CauseTimes, IncidentCause } from './incident-causes.ts';
import type { AccountMoney, CauseReport, SuiteReport } from './incident-report.ts';
import { DISTURBED_LEAD_MS, EXIT_LEAD_MS, OPERATOR_AFTER_MS, planEndMs, STARTED_BEFORE_MS } from './incident-times.ts';
import { buyAsWorker, STAKE_USD, sellAsWorker, type WorkerHolding } from './replaced-worker.ts';
import { heldMicros, OUTCOME, type Trader } from './trader.ts';

export type PlayCauseDeps = {
  /** Sleeps reject when the run is interrupted. */
  readonly clock: Clock;
  readonly suite: Pick<SuiteClient, 'open' | 'store'>;
  readonly marketData: Pick<MarketData, 'findMarket'>;
  readonly venue: LocalVenue;
  readonly chain: LocalLive['chain'];
  readonly listAlerts: (positionId: string) => Promise<readonly Alert[]>;
  /** Sets how the venue computes the fees of a market. */
  readonly setFees: (marketSlug: string, fees: FeeSettings) => void;
  /** Runs the buys of one cause at a time, because parallel ones would be late on a small machine. */
  readonly inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Called when both sides' shares were counted after the market's end: only settlement is left. */
  readonly onAudited: () => void;
};

/** A cause with its accounts and settings. */
export type PreparedCause = IncidentCause & {
  readonly name: string;
  readonly version: MarketVersion;
  readonly asset: 'BTC' | 'ETH';
  readonly requestId: string;
  readonly accounts: { readonly worker: LiveAccount; readonly tminus: LiveAccount };
  /** From the due time to the worker's first poll. */
  readonly phaseMs: number;
  readonly fees: FeeSettings;
  readonly seed: string;
};

const PRICE_MICROS = 550_000n;
const POLL_MS = 250;
const TRIES_MAX = 3;
/** By then the suite has reported a late settlement, unless its functions do not run at all. */
const DEAD_AFTER_MS = LATE_AFTER_MS + 60_000;
const CLOSING_POLL_MS = 1_000;

type Opened = { readonly positionId: string | null; readonly failure: string };

type OpenedCause = {
  readonly times: CauseTimes;
  readonly worker: Side & { readonly holding: Promise<WorkerHolding | null> };
  readonly tminus: Side & { readonly opened: Opened };
};

/** Plays a cause for both sides, in the same market. */
export async function playCause(deps: PlayCauseDeps, cause: PreparedCause): Promise<CauseReport> {
  const { times, worker, tminus } = await deps.inTurn(() => openBoth(deps, cause));
  const { dueAtMs, endsAtMs } = times;
  const [, goneMicros] = await Promise.all([disturb(cause, worker, dueAtMs), disturb(cause, tminus, dueAtMs)]);
  const [workerReport, position] = await Promise.all([
    sellAsWorker(worker.trader, await worker.holding, { dueAtMs, phaseMs: cause.phaseMs }),
    followToEnd(deps, tminus.opened, endsAtMs),
    repair(cause, tminus.trader, dueAtMs),
  ]);
  await deps.clock.sleepUntil(endsAtMs + RESOLUTION_LAG_MS);
  const movedMicros = cause.swapsTokens ? await otherSharesMicros(tminus.trader) : goneMicros;
  const ledgerFaults = position === null ? [] : await auditLedger(position, { ...tminus, goneMicros: movedMicros });
  const unclaimed = { worker: await countUnclaimed(worker), tminus: await countUnclaimed(tminus) };
  deps.onAudited();
  const closing = position === null ? null : await followToClosing(deps, position, endsAtMs);
  const payoutFaults = closing === null ? [] : await auditPayout(closing.position, tminus, unclaimed.tminus);
  const money = {
    worker: await settleMoney(worker, unclaimed.worker),
    tminus: await settleMoney(tminus, unclaimed.tminus),
  };
  const report =
    closing && describe(closing.position, await deps.listAlerts(closing.position.positionId), money.tminus);
  return {
    cause: cause.name,
    marketVersion: cause.version,
    words: cause.words,
    marketSlug: worker.trader.market.slug,
    fees: cause.fees,
    worker: { ...workerReport, ...money.worker },
    tminus: report,
    differenceMicros: money.tminus.resultMicros - money.worker.resultMicros,
    faults: [
      ...ledgerFaults,
      ...payoutFaults,
      ...(report === null ? [tminus.opened.failure] : judge(cause, report, closing?.isSettledHere === true)),
    ],
  };
}

/** Lists the market, sets the cause's conditions, and buys for both sides. */
async function openBoth(deps: PlayCauseDeps, cause: PreparedCause): Promise<OpenedCause> {
  const { venue, chain, suite, clock } = deps;
  const startsAtMs = Date.now();
  const endsAtMs = planEndMs(startsAtMs);
  const times = { startsAtMs, dueAtMs: endsAtMs - EXIT_LEAD_MS, endsAtMs };
  const marketSlug = venue.addMarket({
    asset: cause.asset,
    window: '5m',
    version: cause.version,
    startsAtMs: startsAtMs - STARTED_BEFORE_MS,
    endsAtMs,
    seed: cause.seed,
    tokenMidAt: { outcome: OUTCOME, priceMicros: PRICE_MICROS, atMs: startsAtMs, winner: cause.winner },
  });
  deps.setFees(marketSlug, cause.fees);
  for (const condition of cause.conditions(times)) venue.setCondition({ ...condition, market: marketSlug });
  const market = await findMarket(deps, marketSlug);
  const toSide = async (account: LiveAccount): Promise<Side> => {
    const cashBeforeMicros = await chain.collateralOf(account.wallet);
    return { trader: { account, market, chain, clock }, cashBeforeMicros };
  };
  const [worker, tminus] = await Promise.all([toSide(cause.accounts.worker), toSide(cause.accounts.tminus)]);
  const holding = buyAsWorker(worker.trader);
  const opened = await openPosition(suite, cause, marketSlug);
  return { times, worker: { ...worker, holding }, tminus: { ...tminus, opened } };
}

async function openPosition(
  suite: Pick<SuiteClient, 'open'>,
  { requestId, asset }: PreparedCause,
  marketSlug: string,
): Promise<Opened> {
  const terms = { requestId, asset, usd: String(STAKE_USD), marketSlug };
  for (let count = 1; ; count += 1) {
    const reply = await suite.open({ ...terms, side: OUTCOME, mode: 'live' });
    if ('position' in reply) return { positionId: reply.position.positionId, failure: '' };
    // A check reads with a deadline, which a busy machine misses.
    const isRepeated = 'code' in reply && reply.code === 'not-ready' && count < TRIES_MAX;
    if (!isRepeated) return { positionId: null, failure: `A position was not opened: ${reply.message}` };
  }
}

/** A read has a deadline, which a busy machine misses. */
async function readMarket(
  marketData: PlayCauseDeps['marketData'],
  slug: string,
  triesLeft: number,
): ReturnType<MarketData['findMarket']> {
  try {
    return await marketData.findMarket(slug);
  } catch (error) {
    if (triesLeft <= 1 || !(error instanceof UpstreamUnavailableError)) throw error;
    return readMarket(marketData, slug, triesLeft - 1);
  }
}

async function findMarket({ marketData }: Pick<PlayCauseDeps, 'marketData'>, slug: string): Promise<Market> {
  const market = await readMarket(marketData, slug, TRIES_MAX);
  if (market === undefined || !isTradable(market))
    throw new InvariantError('The local venue does not know the market that it added', { slug });
  return market;
}

/** Resolves with the position when only the market's result can still change it, or settlement has begun. */
async function followToEnd(
  { suite, clock }: Pick<PlayCauseDeps, 'suite' | 'clock'>,
  { positionId }: Opened,
  endsAtMs: number,
): Promise<Position | null> {
  if (positionId === null) return null;
  for (;;) {
    const position = (await suite.store.find(positionId)) ?? null;
    if ((position !== null && isTraded(position)) || Date.now() > endsAtMs + DEAD_AFTER_MS) return position;
    await clock.sleepUntil(Date.now() + POLL_MS);
  }
}

function isTraded(position: Position): boolean {
  if (position.state !== 'awaiting-resolution') return isClosed(position);
  return isSettled(position) || position.settlement.payout !== null;
}

/** Waits until the shares are in the wallet, at most until the exit is due. */
async function disturb(cause: PreparedCause, { trader }: Side, dueAtMs: number): Promise<bigint> {
  await trader.clock.sleepUntil(dueAtMs - DISTURBED_LEAD_MS);
  if (cause.disturb === undefined) return 0n;
  while (Date.now() < dueAtMs && (await heldMicros(trader)) === 0n) await trader.clock.sleepUntil(Date.now() + POLL_MS);
  return cause.disturb(trader);
}

async function repair({ operatorRepairs }: PreparedCause, trader: Trader, dueAtMs: number): Promise<void> {
  if (operatorRepairs === undefined) return;
  await trader.clock.sleepUntil(dueAtMs + OPERATOR_AFTER_MS);
  await operatorRepairs(trader);
}

type Closing = {
  readonly position: Position /** False where the functions have no settlement for live positions. */;
  readonly isSettledHere: boolean;
};

/** Resolves when the position is closed, told to be late or failing, or not settled by this deployment. */
async function followToClosing(
  { suite, clock }: Pick<PlayCauseDeps, 'suite' | 'clock'>,
  before: Position,
  endsAtMs: number,
): Promise<Closing> {
  let position = before;
  for (;;) {
    if (isClosed(position) || isToldOpen(position) || Date.now() > endsAtMs + DEAD_AFTER_MS)
      return { position, isSettledHere: true };
    const last = (await suite.store.listTimeline(position.positionId)).at(-1)?.event;
    const isConfigured = last?.type !== 'settlement-waited' || last.reason !== 'not-configured';
    if (!isConfigured) return { position, isSettledHere: false };
    await clock.sleepUntil(Date.now() + CLOSING_POLL_MS);
    position = (await suite.store.find(position.positionId)) ?? position;
  }
}

/** The suite has told that it cannot close the position yet. */
function isToldOpen(position: Position): boolean {
  if (position.state !== 'awaiting-resolution') return false;
  return position.settlement.isLateReported || isRedemptionFailing(position.settlement);
}

function describe(position: Position, alerts: readonly Alert[], money: AccountMoney): SuiteReport {
  const { positionId, state, exitReason, refusals, attemptCount, feeDriftMicros, soldMicros, exitAtMs, exitDueAtMs } =
    describePosition(position);
  return {
    positionId,
    state,
    exitReason,
    refusals,
    feeDriftMicros,
    sellCount: Math.max(attemptCount - 1, 0),
    alerts: alerts.map(({ kind }) => kind),
    soldAfterDueMs: soldMicros === '0' || exitAtMs === null ? null : exitAtMs - exitDueAtMs,
    ...money,
  };
}

/** The alerts that each end must have, each in one of these kinds. */
const ALERTS_OF_STATE: Readonly<Record<string, readonly (readonly AlertKind[])[]>> = {
  // A forced exit far below the last price that was seen is told as such.
  exited: [['forced-exit', 'low-sale']],
  'awaiting-resolution': [['sell-failed']],
  redeemed: [['sell-failed'], ['redeemed']],
  worthless: [['sell-failed'], ['worthless']],
  stranded: [['sell-failed'], ['stranded']],
  voided: [['buy-voided']],
};

function judge(
  { expected }: PreparedCause,
  { state, exitReason, refusals, alerts }: SuiteReport,
  isSettledHere: boolean,
): readonly string[] {
  const isWaiting = state === 'awaiting-resolution' && !isSettledHere;
  // Where nothing settles live positions, they wait whatever their end would be.
  const isLeft = expected.exitReason === 'emergency:timeout_sell_failed';
  const isExpected = expected.states.some((each) => each === state) || (isLeft && isWaiting);
  const causes: readonly string[] = expected.causes;
  return [
    ...(isExpected ? [] : [`ended ${state}, not ${expected.states.join(' or ')}`]),
    ...(exitReason === expected.exitReason ? [] : [`exit reason ${exitReason}, not ${expected.exitReason}`]),
    ...(causes.length === 0 || refusals.some(({ cause }) => causes.includes(cause))
      ? []
      : [`not diagnosed as ${causes.join(' or ')}`]),
    ...(ALERTS_OF_STATE[state] ?? [])
      .filter((kinds) => !alerts.some((alert) => kinds.includes(alert)))
      .map((kinds) => `no alert: ${kinds.join(' or ')}`),
  ];
}
