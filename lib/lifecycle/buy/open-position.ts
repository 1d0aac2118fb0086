/**
 * Opens a position, in an order in which no share can be lost:
 *   1. refuse, with a code, what could not be exited;
 *   2. write row, request id, market lock and account counters in one transaction;
 *   3. set the wake-ups: timer and delayed message;
 *   4. write the buy's intent, post it once, write the answer.
 * A crash after 2 leaves a row without an intent, which proves that nothing was bought: the sweep voids it. A crash
 * after the intent leaves an order that is looked up and never posted again.
 */

import { createPosition } from '#lib/domain/evolve/create-position.ts';
import { findOutcome, isSameName, type Outcome } from '#lib/domain/market/market.ts';
import type { Asset, Window } from '#lib/domain/market/up-down-markets.ts';
import {
  type OpeningPlan,
  type OpeningPolicy,
  type OwnTerms,
  type Presets,
  planOpening,
  withOwnTerms,
  withPreset,
} from '#lib/domain/plan/plan-opening.ts';
import { hasRules } from '#lib/domain/plan/plan-rules.ts';
import { type ExitPolicy, withExitTerms } from '#lib/domain/position/exit-policy.ts';
import { isGuarded } from '#lib/domain/position/guarded-shares.ts';
import { withSeenBid } from '#lib/domain/position/low-sale.ts';
import type { BuyingPosition, Mode, Origin, Position, PositionTerms } from '#lib/domain/position/position.ts';
import type { RiskLimits } from '#lib/domain/position/risk-limits.ts';
import { haltDetails, isTradable, type OpeningRefusal, unknownOutcome } from '#lib/domain/refusal/opening-refusal.ts';
import { findWindowMarket } from '#lib/lifecycle/buy/find-window-market.ts';
import { findOpeningLimits, withLimitsNote } from '#lib/lifecycle/buy/opening-limits.ts';
import { type PostBuyDeps, postBuy } from '#lib/lifecycle/buy/post-buy.ts';
import { marketTermsOf, tokenOf } from '#lib/lifecycle/market-terms.ts';
import { getPosition, recordResult } from '#lib/lifecycle/record-event.ts';
import { setWakeUps } from '#lib/lifecycle/set-wake-ups.ts';
import { type ChainRead, readChain, type TradingAccounts } from '#lib/lifecycle/trading-account.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';
import type { ExitTimer } from '#lib/ports/exit-timer.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { OpeningOutcome, PositionStore } from '#lib/ports/store/position-store.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import type { Blocker, Readiness } from '#lib/ports/venue/readiness.ts';
import type { ReferencePrice } from '#lib/ports/venue/reference-price.ts';

export type OpenPositionDeps = {
  readonly accounts: TradingAccounts;
  readonly clock: Clock;
  readonly ids: Pick<IdSource, 'nextId'>;
  readonly marketData: MarketData;
  readonly queue: Pick<ExitQueue, 'send'>;
  /** Checks that must pass before a mode may open; without it nothing is checked. */
  readonly readiness?: Readiness;
  readonly referencePrice: ReferencePrice;
  readonly store: Pick<PositionStore, 'create' | 'find' | 'findIdByRequest' | 'findTightened' | 'save'>;
  readonly timer: ExitTimer;
  readonly settings: OpeningSettings;
};

/** The same, with the account of the mode that is opened. */
type OpeningDeps = OpenPositionDeps & PostBuyDeps;

export type OpeningSettings = Presets & {
  readonly exitPolicy: ExitPolicy;
  readonly openingPolicy: OpeningPolicy;
  readonly limits: RiskLimits;
};

export type OpenPositionCommand = {
  readonly requestId: string;
  /** Default: a trader's request. */
  readonly origin?: Origin;
  readonly mode: Mode;
  /** Null where the market's slug alone says what is bought. */
  readonly asset: Asset | null;
  /** The outcome's name, in upper or lower case. */
  readonly outcome: string;
  readonly marketSlug: string;
  /** Instead of the slug: the window of `asset` that contains this time, under whatever slug the venue lists it. */
  readonly window?: { readonly length: Window; readonly atMs: number };
  /** When the exit is due. Default: T − exit lead, in an up/down market. */
  readonly exitAtMs?: number;
  /** The most the position may cost, fees included. */
  readonly budgetMicros: bigint;
  /** Instead of the stage's settings. */
  readonly terms?: OwnTerms;
};

export type OpenPositionOutcome =
  /** The position is `holding`, `buying` while the answer is missing, or `voided`. */
  | { readonly outcome: 'opened'; readonly position: Position }
  /** The same request opened this position before; nothing was done now. */
  | { readonly outcome: 'already-requested'; readonly position: Position }
  | { readonly outcome: 'refused'; readonly refusal: OpeningRefusal };

const READ_DEADLINE_MS = 3_000;
const OTHER_BOOK_DEADLINE_MS = 1_000;

/** @throws UpstreamUnavailableError, UnexpectedReplyError, StoreUnavailableError: repeat with the same request id */
export async function openPosition(deps: OpenPositionDeps, command: OpenPositionCommand): Promise<OpenPositionOutcome> {
  const [known, found] = await Promise.all([
    deps.store.findIdByRequest(command.requestId),
    findOpeningLimits(deps.store, deps.settings.limits, command),
  ]);
  if (known !== undefined) return answerOfEarlier(await getPosition(deps, known), command);
  const account = deps.accounts[command.mode];
  if (account === undefined) return refused(MODE_UNAVAILABLE);
  const chosen = command.origin === 'canary' ? {} : withPreset(deps.settings, command.terms ?? {});
  if ('code' in chosen) return refused(chosen);
  if ('code' in found) return refused(found);
  const { limits, isTightened } = found;
  const own = { ...deps, account, settings: withOwnTerms({ ...deps.settings, limits }, chosen) };
  const underlying = deps.referencePrice.findPriceMicros(command.asset, deps.clock.nowMs() + READ_DEADLINE_MS);
  const [{ plan, chain }, blockers] = await Promise.all([
    readAndPlan(own, { ...command, terms: chosen }),
    listBlockers(deps, command.mode),
  ]);
  if ('code' in plan) return refused(withLimitsNote(plan, isTightened));
  const blocker = blockers.find(({ marketVersion }) => (marketVersion ?? plan.market.version) === plan.market.version);
  if (blocker !== undefined) return refused(notReadyFor(blocker));
  const openedAtMs = deps.clock.nowMs();
  const terms = {
    ...termsOf(command, plan, own.settings),
    positionId: deps.ids.nextId(),
    wallet: account.address,
    openedAtMs,
    underlyingAtEntryMicros: await Promise.race([underlying, null]),
  };
  const lastBid = withSeenBid(null, plan.bidMicros, openedAtMs);
  const position = createPosition(terms, lastBid, plan.sellBackMicros);
  const created = await deps.store.create(position, limits);
  if (created.outcome === 'already-requested') {
    return answerOfEarlier(await getPosition(deps, created.positionId), command);
  }
  if (created.outcome === 'refused') return refused(withLimitsNote(refusalOf(created), isTightened));
  return { outcome: 'opened', position: await wakeThenBuy(own, position, plan, chain) };
}

const MODE_UNAVAILABLE: OpeningRefusal = {
  code: 'mode-unavailable',
  message: 'This stack trades on paper only.',
};

const refused = (refusal: OpeningRefusal): OpenPositionOutcome => ({ outcome: 'refused', refusal });

/**
 * A repeated request gets the position it opened. Other terms under a used id are refused. Only where the request names
 * no market may it differ: such a request takes the market that is running.
 */
function answerOfEarlier(position: Position, command: OpenPositionCommand): OpenPositionOutcome {
  const { mode, asset, outcome, outcomeName = outcome, budgetMicros, givenExitAtMs, policy } = position;
  const isSame =
    // A guarded position bought nothing.
    !isGuarded(position) &&
    mode === command.mode &&
    (command.window !== undefined || position.marketSlug === command.marketSlug) &&
    (command.asset === null || asset === command.asset) &&
    isSameName(outcomeName, command.outcome) &&
    givenExitAtMs === command.exitAtMs &&
    budgetMicros === command.budgetMicros &&
    hasTerms(policy, command.terms ?? {});
  return isSame ? { outcome: 'already-requested', position } : refused(REQUEST_ID_REUSED);
}

/** Terms that the request leaves out may have been changed by a deployment since. */
export function hasTerms(policy: ExitPolicy, terms: OwnTerms): boolean {
  const { exitLeadMs, minPriceMicros, priceLadder, mayMerge } = withExitTerms(policy, terms);
  return (
    exitLeadMs === policy.exitLeadMs &&
    minPriceMicros === policy.minPriceMicros &&
    mayMerge === policy.mayMerge &&
    priceLadder[0]?.slackTicks === policy.priceLadder[0]?.slackTicks &&
    hasRules(policy.rules, terms.rules)
  );
}

const REQUEST_ID_REUSED: OpeningRefusal = {
  code: 'request-id-reused',
  message: 'This requestId opened a position with other terms before. Nothing was opened; use a new requestId.',
};

async function listBlockers({ readiness, clock }: OpenPositionDeps, mode: Mode): Promise<readonly Blocker[]> {
  return (await readiness?.listBlockers(mode, clock.nowMs() + READ_DEADLINE_MS)) ?? [];
}

function notReadyFor({ check, advice }: Blocker): OpeningRefusal {
  return { code: 'not-ready', message: `The check "${check}" failed, so an exit might fail as well. ${advice}` };
}

type ReadAndPlanned = {
  readonly plan: (OpeningPlan & { readonly outcome: Outcome }) | OpeningRefusal;
  readonly chain?: ChainRead | undefined;
};

async function readAndPlan(deps: OpeningDeps, command: OpenPositionCommand): Promise<ReadAndPlanned> {
  const { mode, marketSlug, budgetMicros, exitAtMs } = command;
  const { exitPolicy, openingPolicy, limits } = deps.settings;
  const market = await findMarket(deps, command);
  const tradable = market !== undefined && isTradable(market) ? market : undefined;
  const outcome = tradable && findOutcome(tradable, command.outcome);
  if (tradable !== undefined && outcome === undefined) return { plan: unknownOutcome(tradable, command.outcome) };
  const chosen = outcome ?? 'UP';
  const token = tradable && tokenOf(tradable, chosen);
  const chain = token && readChain(deps, { mode, wallet: deps.account.address, ...token });
  const books = token === undefined ? {} : await readBooks(deps, token);
  const nowMs = deps.clock.nowMs();
  const input = { marketSlug, market, book: undefined, ...books, outcome: chosen, budgetMicros, nowMs, exitAtMs };
  const plan = planOpening({ ...input, exitPolicy, openingPolicy, limits, rules: command.terms?.rules });
  return { plan: 'code' in plan ? plan : { ...plan, outcome: chosen }, chain };
}

function findMarket({ marketData }: OpenPositionDeps, { asset, window, marketSlug }: OpenPositionCommand) {
  if (window === undefined || asset === null) return marketData.findMarket(marketSlug);
  return findWindowMarket(marketData, { asset, ...window });
}

/** The other outcome's book only confirms the first: an opening does without one that fails or is slow. */
async function readBooks(
  { marketData, clock }: OpenPositionDeps,
  { tokenId, otherTokenId }: Pick<PositionTerms, 'tokenId' | 'otherTokenId'>,
) {
  const nowMs = clock.nowMs();
  const [book, otherBook] = await Promise.all([
    marketData.findBook(tokenId, nowMs + READ_DEADLINE_MS),
    marketData.findBook(otherTokenId, nowMs + OTHER_BOOK_DEADLINE_MS).catch(() => undefined),
  ]);
  return { book, otherBook };
}

function termsOf(
  command: OpenPositionCommand,
  { market, outcome, rules }: OpeningPlan & { readonly outcome: Outcome },
  settings: OpeningSettings,
) {
  return {
    requestId: command.requestId,
    origin: command.origin ?? 'request',
    mode: command.mode,
    ...marketTermsOf(market, outcome),
    budgetMicros: command.budgetMicros,
    ...(command.exitAtMs !== undefined && { givenExitAtMs: command.exitAtMs }),
    policy: { ...settings.exitPolicy, ...(rules !== undefined && { rules }) },
  };
}

async function wakeThenBuy(
  deps: OpeningDeps,
  position: BuyingPosition,
  plan: OpeningPlan,
  chain: ChainRead | undefined,
): Promise<Position> {
  try {
    await setWakeUps(deps, position);
  } catch {
    // There is no buy without a durable wake-up. No intent was written, so nothing was posted.
    return recordResult(deps, position, { type: 'buy-abandoned', atMs: deps.clock.nowMs(), reason: 'wake-up-not-set' });
  }
  return postBuy(deps, position, plan.buy, chain);
}

const REFUSALS = {
  'market-occupied': 'A position is already open in this market. Wait for its end, or exit it with `tminus exit`.',
  'open-count-limit': 'The limit of open positions is reached. Wait for one to end, or raise the limit.',
  'exposure-limit': 'The open positions would cost more than the exposure limit. Ask for less, or raise the limit.',
  'day-loss-limit':
    "Today's losses have reached the limit. Openings are allowed again at midnight UTC, or when you raise the limit.",
} as const satisfies Record<Exclude<NotCreated['code'], 'halted'>, string>;

type NotCreated = Extract<OpeningOutcome, { outcome: 'refused' }>;

function refusalOf(refusal: NotCreated): OpeningRefusal {
  const { code } = refusal;
  if (code !== 'halted') return { code, message: REFUSALS[code] };
  return { code, message: `Openings are halted${haltDetails(refusal.halt)}. \`tminus resume\` allows them again.` };
}
